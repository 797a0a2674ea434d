from __future__ import annotations

import dataclasses
import os
import shutil
from pathlib import Path

import pytest
import yaml
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.features.schema import (
    IGNORED_TAG,
    INFERRED_TAG,
    label_of,
)
from << cookiecutter.package_name >>.files import spelling
from << cookiecutter.package_name >>.new_data import schema_inference
from << cookiecutter.package_name >>.new_data.profiling import Profile
from << cookiecutter.package_name >>.settings import Settings

BYTES, INT, FLOAT = schema_pb2.BYTES, schema_pb2.INT, schema_pb2.FLOAT


def text(name: str, *values: str, **more: object) -> Profile:
    counts = tuple((value, 100 // len(values)) for value in values)
    facts = {"rows": 100, "known": 100, "unique": len(values), "values": counts, **more}
    return Profile(name, BYTES, **facts)


def number(name: str, type: schema_pb2.FeatureType = FLOAT, **more: object) -> Profile:
    facts = {"rows": 100, "known": 100, "unique": 90, "greatest": 9.0, "deviation": 2.0, **more}
    return Profile(name, type, **facts)


LABEL = text("label", "yes", "no")


def feature(profile: Profile) -> schema_pb2.Feature:
    schema, _ = schema_inference.build_schema([profile, number("other"), LABEL], "label", {})
    return schema.feature[0]


def test_numbers_are_kept_without_limits() -> None:
    described = feature(number("size"))
    assert described.type == FLOAT
    assert not described.annotation.tag
    assert not described.HasField("float_domain")


def test_few_integers_in_a_row_are_a_range() -> None:
    described = feature(number("level", INT, unique=3, least=1, greatest=3))
    assert (described.int_domain.min, described.int_domain.max) == (1, 3)


def test_few_integers_that_are_ordinal_are_numbers() -> None:
    described = feature(number("grade", INT, unique=3, least=1, greatest=3, ordinal=True))
    assert described.type == INT
    assert not described.HasField("int_domain")


def test_few_integers_with_gaps_are_listed() -> None:
    values = (("1", 40), ("20", 40), ("3", 20))
    described = feature(number("code", INT, unique=3, least=1, greatest=20, values=values))
    assert described.type == BYTES
    assert list(described.string_domain.value) == ["1", "3", "20"]


def test_few_texts_are_listed_and_a_few_more_are_tolerated() -> None:
    described = feature(text("color", "red", "blue"))
    assert list(described.string_domain.value) == ["blue", "red"]
    assert described.distribution_constraints.min_domain_mass == 0.95


def test_many_texts_of_a_label_are_classes_if_each_has_some_rows() -> None:
    names = [f"product {number}" for number in range(200)]
    counts = tuple((name, 5) for name in names)
    label = text("label", *names, rows=1000, known=1000, values=counts)
    schema, task = schema_inference.build_schema([label, number("size")], "label", {})
    assert len(schema.feature[0].string_domain.value) == 200
    assert (task.kind, task.metric) == ("one of 200 classes", "SparseCategoricalAccuracy")
    for more in ({"known": 999}, {"strays": "2 of 1,000 cells, such as 'x'"}):
        rare = dataclasses.replace(label, **more)
        with pytest.raises(UserError, match=r"200 different texts in .* are classes, with 5 rows"):
            schema_inference.task_of(rare)


def test_many_texts_are_not() -> None:
    described = feature(text("maker", "a", rows=1000, known=1000, unique=80))
    assert described.type == BYTES
    assert not described.HasField("string_domain")
    assert not described.annotation.tag


@pytest.mark.parametrize(
    ("profile", "reason"),
    [
        (text("same", "x"), "constant"),
        (number("same", unique=1), "constant"),
        (text("rare", "x", "y", known=10), "mostly missing: 90%"),
        (text("nothing", "x", known=0, unique=0), "empty"),
        (text("key", "x", unique=100, words=1.0), "id-like: mostly unique, such as 'x'"),
        (number("when", lost="float32 …"), "numbers that float32"),
        (number("row", INT, unique=100, ascending=True), "id-like"),
        (number("customer ID", INT, unique=100), "id-like"),
    ],
    ids=lambda value: value.name if isinstance(value, Profile) else value,
)
def test_useless_columns_are_set_aside_with_the_reason(profile: Profile, reason: str) -> None:
    described = feature(profile)
    assert list(described.annotation.tag) == [IGNORED_TAG, INFERRED_TAG]
    assert described.annotation.comment[0].startswith(reason)


def test_what_the_user_ignores_is_ignored() -> None:
    profiles = [number("a"), number("b"), LABEL]
    schema, _ = schema_inference.build_schema(profiles, "label", {"a": "why"})
    assert list(schema.feature[0].annotation.tag) == [IGNORED_TAG]
    assert list(schema.feature[0].annotation.comment) == ["why"]


def test_cells_that_are_no_numbers_are_named() -> None:
    described = feature(text("size", "x", unique=90, strays="toys.csv, row 7: 'Total'"))
    assert list(described.annotation.comment) == ["no numbers: toys.csv, row 7: 'Total'"]
    label = text("label", "x", unique=90, strays="toys.csv, row 7: 'Total'")
    with pytest.raises(UserError, match=r"would be a number but for toys\.csv, row 7: 'Total'"):
        schema_inference.task_of(label)


def test_a_column_that_can_be_read_in_two_ways_is_refused_unless_it_is_ignored() -> None:
    profiles = [text("size", "x", ambiguous="'1,200' can be 1.2 or 1200"), number("a"), LABEL]
    with pytest.raises(UserError, match=r"column 'size': '1,200' can be 1\.2 or 1200, and no"):
        schema_inference.build_schema(profiles, "label", {})
    schema_inference.build_schema(profiles, "label", {"size": "why"})


def test_what_a_comma_is_goes_into_the_schema() -> None:
    described = feature(number("size", form=spelling.DECIMAL_COMMA))
    assert list(described.annotation.tag) == [spelling.DECIMAL_COMMA]


def test_dates_are_tagged_with_their_form_and_cycles() -> None:
    described = feature(text("day", "x", "y", date=True, form="date", cycles=("hour",)))
    assert described.type == BYTES
    assert list(described.annotation.tag) == ["date", "cycle:hour"]


@pytest.mark.parametrize(
    ("profile", "tags"),
    [
        (text("remark", "x", unique=100, words=6.0), ["text"]),
        (text("remark", "x", unique=1001, known=9000, rows=9000, words=6.0), ["text"]),
        (text("remark", "x", unique=1000, known=9000, rows=9000, words=6.0), []),
        (text("remark", "x", unique=40, words=6.0), []),
        (text("colors", "x", unique=51, separator="|"), ["list:|"]),
        (text("colors", "x", unique=90, separator=",", words=6.0), ["list:,"]),
        (text("colors", "x", unique=30, separator=","), []),
    ],
)
def test_texts_and_lists_are_tagged(profile: Profile, tags: list[str]) -> None:
    described = feature(profile)
    assert list(described.annotation.tag) == tags
    assert bool(described.string_domain.value) == (profile.unique <= 50)


def test_which_number_of_a_date_is_the_day_is_asked() -> None:
    forms = ("date:day-first", "date:month-first")
    day = text("day", "x", ambiguous="'1/2/2021' can be a or b", unclear=forms)
    told = r"column 'day': '1/2/2021' .* dates .* \{ tag: \"date:day-first\" \} \} or \"date:mon"
    with pytest.raises(UserError, match=told):
        schema_inference.build_schema([day, number("a"), LABEL], "label", {})
    schema_inference.build_schema([day, number("a"), LABEL], "label", {"day": "why"})


def test_two_classes() -> None:
    task = schema_inference.task_of(LABEL)
    assert (task.metric, task.trivial, task.threshold) == ("AUC", 0.5, 0.55)


def test_several_classes() -> None:
    label = text("label", "a", "b", "c", values=(("a", 50), ("b", 25), ("c", 25)))
    task = schema_inference.task_of(label)
    assert task.metric == "SparseCategoricalAccuracy"
    assert task.trivial == 0.5
    assert task.threshold == pytest.approx(0.55)


def test_a_number_to_predict() -> None:
    task = schema_inference.task_of(number("label"))
    assert task.metric == "RootMeanSquaredError"
    assert task.trivial == 2.0
    assert task.threshold == pytest.approx(1.8)


@pytest.mark.parametrize(
    ("profiles", "message"),
    [
        ([number("a"), text("label", "x")], "'x' in all rows"),
        ([number("a"), text("label", "x", unique=90)], "neither a number nor a class"),
        ([number("a"), text("label", "x", "y", known=49)], "only 49 rows"),
        ([LABEL], "no column is left"),
        ([text("a", "x"), LABEL], r"no column is left .*a \(constant\)"),
    ],
)
def test_too_little_to_learn_from_is_refused(profiles: list[Profile], message: str) -> None:
    with pytest.raises(UserError, match=message):
        schema_inference.build_schema(profiles, "label", {})


def test_some_cells_may_always_be_missing() -> None:
    assert schema_inference.least_filled(number("a", known=99), 0) == 0
    assert schema_inference.least_filled(number("a"), 100) == 1
    assert schema_inference.least_filled(number("a", known=3), 100) == 0
    assert 0.7 <= schema_inference.least_filled(number("a", rows=1000, known=800), 1000) < 0.8


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(schema_inference, "DATASET_FILE", tmp_path / "dataset.yaml")
    monkeypatch.setattr(schema_inference, "SCHEMA_FILE", tmp_path / "schema.pbtxt")
    rows = [f"{row % 7 * 0.5};{'uvw'[row % 3]};{row}" for row in range(60)]
    (tmp_path / "mine.csv").write_text("\n".join(["size;kind;row", *rows, ""]), encoding="utf-8")
    return tmp_path


def test_a_file_is_described(project: Path) -> None:
    lines = list(schema_inference.infer(project / "mine.csv", "kind"))
    assert [line.split()[1] for line in lines[1:4]] == ["number", "label", "ignored"]
    assert "one of 3 classes" in lines[4]
    written = text_format.Parse((project / "schema.pbtxt").read_text(), schema_pb2.Schema())
    assert label_of(written).name == "kind"
    settings = Settings(**yaml.safe_load((project / "dataset.yaml").read_text()))
    assert settings.data == project / "mine.csv"
    assert settings.metric == "SparseCategoricalAccuracy"


def test_what_the_data_suggest_about_the_split_is_written_and_told(project: Path) -> None:
    rows = [
        f"{patient};{'ab'[patient % 2]};{['', 'x', 'y'][(patient + row) % 8 % 3]};{row / 7:.3f}"
        for patient in range(40)
        for row in range(4)
    ]
    (project / "mine.csv").write_text("\n".join(["patient;kind;note;size", *rows]))
    told = list(schema_inference.infer(project / "mine.csv", "kind"))
    (line,) = [each for each in told if "split: " in each]
    assert line.startswith("'patient' is like an id that repeats: 40 values in 160 rows")
    assert "so `split: column:patient` in dataset.yaml" in line
    settings = Settings(**yaml.safe_load((project / "dataset.yaml").read_text()))
    assert settings.split == "column:patient"
    written = text_format.Parse((project / "schema.pbtxt").read_text(), schema_pb2.Schema())
    patient, _, note, _ = written.feature
    assert list(patient.annotation.tag) == [IGNORED_TAG, INFERRED_TAG]
    assert patient.type == INT
    # 62 % are filled: those of 40 patients, and not of 160 independent rows.
    assert note.presence.min_fraction == pytest.approx(0.08, abs=0.02)


def test_too_few_rows_to_judge_by_are_told(project: Path) -> None:
    told = str(list(schema_inference.infer(project / "mine.csv", "kind")))
    assert "no model will be blessed" not in told
    text = (project / "mine.csv").read_text(encoding="utf-8")
    (project / "mine.csv").write_text(text.replace(";w;", ";u;"), encoding="utf-8")
    told = str(list(schema_inference.infer(project / "mine.csv", "kind", ["row"])))
    assert "the eval split has about 7 rows of all classes but" in told


def test_rows_without_a_label_are_told(project: Path) -> None:
    with (project / "mine.csv").open("a", encoding="utf-8") as file:
        file.write("1.5;;60\n")
    assert "1 rows have no label and are left out" in list(
        schema_inference.infer(project / "mine.csv", "kind")
    )


def test_what_was_there_is_kept_and_still_says_the_label(project: Path) -> None:
    list(schema_inference.infer(project / "mine.csv", "kind"))
    before = (project / "schema.pbtxt").read_text()
    shutil.copy(project / "mine.csv", project / "more.csv")
    list(schema_inference.infer(project / "more.csv", None, ["row"]))
    assert (project / "schema.pbtxt.old").read_text() == before
    assert "more.csv" in (project / "dataset.yaml").read_text()


def test_what_is_the_same_is_not_written_again(project: Path) -> None:
    list(schema_inference.infer(project / "mine.csv", "kind"))
    for name in ("schema.pbtxt", "dataset.yaml"):
        # Another user's, say.
        os.utime(project / name, (0, 0))
    told = list(schema_inference.infer(project / "mine.csv", "kind"))
    assert all(line.endswith(": the same as before") for line in told[-2:])
    assert (project / "schema.pbtxt").stat().st_mtime == 0
    assert not [*project.glob("*.old")]


def test_a_column_is_no_longer_ignored_when_its_cells_are_correct(project: Path) -> None:
    file = project / "mine.csv"
    right = file.read_text(encoding="utf-8")
    file.write_text(right.replace("\n1.0;v;16\n", "\nTotal;v;16\n"), encoding="utf-8")
    told = list(schema_inference.infer(file, "kind", ["row"]))
    assert "'size' would hold numbers but for mine.csv, row 17: 'Total'; correct these" in str(told)
    file.write_text(right, encoding="utf-8")
    list(schema_inference.infer(file, None))
    size, _, row = schema_inference.read_schema(project / "schema.pbtxt").feature
    assert (size.type, list(size.annotation.tag)) == (FLOAT, [])
    assert list(row.annotation.tag) == [IGNORED_TAG]


def test_a_folder_that_may_not_be_written_to_is_told(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *asked: False)
    with pytest.raises(UserError, match=f"{project} may not be written to"):
        list(schema_inference.infer(project / "mine.csv", "kind"))
    assert {file.name for file in project.iterdir()} == {"mine.csv"}


def test_a_refusal_writes_nothing(project: Path) -> None:
    for label in ("nix", None):
        with pytest.raises(UserError, match="--label"):
            list(schema_inference.infer(project / "mine.csv", label))
    assert {file.name for file in project.iterdir()} == {"mine.csv"}
