from __future__ import annotations

import csv
from itertools import zip_longest
from pathlib import Path

import pytest
from tensorflow_metadata.proto.v0 import schema_pb2

from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.new_data import profiling
from << cookiecutter.package_name >>.new_data.profiling import Profile

ROWS = [
    {
        "integer": str(row),
        "float": "?" if row % 4 == 0 else f"{row}.5",
        "text": "abc"[row % 3],
        "date": f"2020-01-{row % 28 + 1:02d}",
        "postcode": f"0{1000 + row}",
        "sentence": f"this is sentence number {row}",
        "empty": "",
        "mixed": str(row) if row else "none of them",
    }
    for row in range(60)
]


def write(file: Path, rows: list[dict[str, str]]) -> Path:
    with file.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return file


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Profile]:
    folder = tmp_path_factory.mktemp("profiled")
    files = [write(folder / "a.csv", ROWS[:30]), write(folder / "b.csv", ROWS[30:])]
    return {profile.name: profile for profile in profiling.profile(files)}


def test_types_follow_from_all_cells(profiles: dict[str, Profile]) -> None:
    assert {name: profile.type for name, profile in profiles.items()} == {
        "integer": schema_pb2.INT,
        "float": schema_pb2.FLOAT,
        "text": schema_pb2.BYTES,
        "date": schema_pb2.BYTES,
        "postcode": schema_pb2.BYTES,
        "sentence": schema_pb2.BYTES,
        "empty": schema_pb2.BYTES,
        "mixed": schema_pb2.BYTES,
    }


def test_known_and_different_cells_are_counted(profiles: dict[str, Profile]) -> None:
    assert {profile.rows for profile in profiles.values()} == {60}
    assert profiles["float"].known == 45
    assert profiles["empty"].known == 0
    assert profiles["integer"].unique == 60
    assert sorted(profiles["text"].values) == [("a", 20), ("b", 20), ("c", 20)]


def test_numbers_are_measured(profiles: dict[str, Profile]) -> None:
    integer = profiles["integer"]
    assert (integer.least, integer.greatest) == (0, 59)
    assert integer.mean == pytest.approx(29.5)
    assert integer.deviation == pytest.approx(17.318, abs=1e-3)


def test_a_few_numbers_far_from_the_others_do_not_hide_what_float32_loses(tmp_path: Path) -> None:
    file = tmp_path / "near.csv"
    near = [10_000_000 + row % 7 / 4 for row in range(100)]
    cells = [f"{each},{each - 10_000_000}" for each in [*near, 0.5, 9e7]]
    file.write_text("\n".join(["near,small", *cells]), encoding="utf-8")
    near, small = profiling.profile([file])
    assert near.lost.startswith("float32 cannot tell numbers between 10000000")
    assert small.lost == ""


def test_what_counts_the_rows_is_noticed(profiles: dict[str, Profile]) -> None:
    assert {name for name, profile in profiles.items() if profile.ascending} == {"integer"}


def test_dates_and_sentences_are_noticed(profiles: dict[str, Profile]) -> None:
    assert {name for name, profile in profiles.items() if profile.date} == {"date"}
    assert profiles["sentence"].words == 5
    assert profiles["text"].words == 1


def test_files_must_have_the_same_columns(tmp_path: Path) -> None:
    files = [
        write(tmp_path / "a.csv", [{"x": "1", "y": "2"}]),
        write(tmp_path / "b.csv", [{"x": "1", "z": "2"}]),
    ]
    with pytest.raises(UserError, match=r"b\.csv has other columns than .*a\.csv: y, z"):
        profiling.profile(files)


SPELLED = [
    (["1,5", "2", "-1.234,25"], schema_pb2.FLOAT, "comma:decimal", ["1.5", "2", "-1234.25"]),
    (["1,200", "950", "1,200.5"], schema_pb2.FLOAT, "comma:thousands", ["1200", "950", "1200.5"]),
    (["12,345,678", "5", "+7"], schema_pb2.INT, "comma:thousands", ["12345678", "5", "+7"]),
    (["1.200", "950", "1.5"], schema_pb2.FLOAT, "", ["1.200", "950", "1.5"]),
    (["1", "1.0", "0", "0.0", "1", "0"], schema_pb2.FLOAT, "", ["1", "0"]),
    (["True", "TRUE", "false", "true", "True"], schema_pb2.BYTES, "", ["True", "false"]),
    (["007", "08", "7"], schema_pb2.BYTES, "", ["007", "08", "7"]),
    (["1e3", ".5", "2."], schema_pb2.FLOAT, "", ["1e3", ".5", "2."]),
    (["2", "9223372036854775807"], schema_pb2.INT, "", ["2", "9223372036854775807"]),
    (["2", "9223372036854775808"], schema_pb2.FLOAT, "", ["2", "9223372036854775808"]),
    (["9007199254740992", "9007199254740993"], schema_pb2.INT, "", None),
]


def test_values_count_and_not_how_they_are_written(tmp_path: Path) -> None:
    columns = zip_longest(*(cells for cells, *_ in SPELLED), fillvalue="")
    rows = [{f"column {place}": cell for place, cell in enumerate(cells)} for cells in columns]
    profiles = profiling.profile([write(tmp_path / "a.csv", rows)])
    for profile, (cells, type, form, values) in zip(profiles, SPELLED):
        expected = {*(values or cells)}
        assert (profile.type, profile.form, profile.unique) == (type, form, len(expected))
        assert {value for value, _ in profile.values} == expected
        assert (profile.strays, profile.ambiguous) == ("", "")


def test_what_can_be_read_in_two_ways_is_told(tmp_path: Path) -> None:
    rows = [{"x": "1,200", "y": "1.200"}, {"x": "950", "y": "1.5"}]
    file = write(tmp_path / "a.csv", rows)
    grouped, plain = profiling.profile([file])
    assert grouped.ambiguous == "'1,200' can be 1.2 or 1200"
    assert not plain.ambiguous
    assert profiling.profile([file], {"x": "comma:decimal"})[0].form == "comma:decimal"


def test_cells_that_are_no_numbers_are_named_by_file_and_row(tmp_path: Path) -> None:
    rows = [{"x": str(row), "y": "a"} for row in range(100)]
    rows[60]["x"] = "Total"
    files = [write(tmp_path / "a.csv", rows[:50]), write(tmp_path / "b.csv", rows[50:])]
    profile, other = profiling.profile(files)
    assert (profile.type, profile.strays) == (schema_pb2.BYTES, "b.csv, row 11: 'Total'")
    assert other.strays == ""
