from __future__ import annotations

import csv
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


def test_what_counts_the_rows_is_noticed(profiles: dict[str, Profile]) -> None:
    assert {name for name, profile in profiles.items() if profile.ascending} == {"integer"}


def test_dates_and_sentences_are_noticed(profiles: dict[str, Profile]) -> None:
    assert {name for name, profile in profiles.items() if profile.date} == {"date"}
    assert profiles["sentence"].words == 5
    assert profiles["text"].words == 1


def test_dates_have_many_forms(tmp_path: Path) -> None:
    dates = [
        "2020-1-31",
        "31.12.1999",
        "12/31/99 10:00",
        "20140502T000000",
        "3 May 2020",
        "May 3, 2020",
    ]
    row = {f"column {i}": date for i, date in enumerate(dates)}
    profiles = profiling.profile([write(tmp_path / "a.csv", [row])])
    assert [profile.date for profile in profiles] == [True] * len(dates)


def test_files_must_have_the_same_columns(tmp_path: Path) -> None:
    files = [
        write(tmp_path / "a.csv", [{"x": "1", "y": "2"}]),
        write(tmp_path / "b.csv", [{"x": "1", "z": "2"}]),
    ]
    with pytest.raises(UserError, match=r"b\.csv has other columns than .*a\.csv: y, z"):
        profiling.profile(files)


@pytest.mark.parametrize(
    ("cells", "type", "form", "values"),
    [
        (["1,5", "2", "-1.234,25"], schema_pb2.FLOAT, "comma:decimal", ["1.5", "2", "-1234.25"]),
        (
            ["1,200", "950", "1,200.5"],
            schema_pb2.FLOAT,
            "comma:thousands",
            ["1200", "950", "1200.5"],
        ),
        (["12,345,678", "5", "+7"], schema_pb2.INT, "comma:thousands", ["12345678", "5", "+7"]),
        (["1.200", "950", "1.5"], schema_pb2.FLOAT, "", ["1.200", "950", "1.5"]),
        (["1", "1.0", "0", "0.0", "1", "0"], schema_pb2.FLOAT, "", ["1", "0"]),
        (["True", "TRUE", "false", "true", "True"], schema_pb2.BYTES, "", ["True", "false"]),
        (["007", "7", "8"], schema_pb2.BYTES, "", ["007", "7", "8"]),
        (["1e3", ".5", "2."], schema_pb2.FLOAT, "", ["1e3", ".5", "2."]),
        (["9223372036854775807", "1"], schema_pb2.INT, "", ["9223372036854775807", "1"]),
        (["9223372036854775808", "1"], schema_pb2.FLOAT, "", ["9223372036854775808", "1"]),
    ],
)
def test_values_count_and_not_how_they_are_written(
    tmp_path: Path, cells: list[str], type: int, form: str, values: list[str]
) -> None:
    file = write(tmp_path / "a.csv", [{"x": cell, "y": "a"} for cell in cells])
    profile, _ = profiling.profile([file])
    assert (profile.type, profile.form, profile.unique) == (type, form, len(values))
    assert {value for value, _ in profile.values} == {*values}
    assert (profile.strays, profile.ambiguous) == ("", "")


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"x": ["1,200", "950"]}, "'1,200' can be 1.2 or 1200"),
        ({"x": ["1.200", "950"], "y": ["1,5", "2"]}, "'1.200' can be 1.2 or 1200"),
    ],
)
def test_what_can_be_read_in_two_ways_is_told(
    tmp_path: Path, columns: dict[str, list[str]], told: str
) -> None:
    rows = [dict(zip(columns, cells)) for cells in zip(*columns.values())]
    file = write(tmp_path / "a.csv", [{**row, "z": "a"} for row in rows])
    assert profiling.profile([file])[0].ambiguous == told
    assert profiling.profile([file], {"x": "comma:decimal"})[0].ambiguous == ""


@pytest.mark.parametrize("stray", ["Total", "inf", "-Infinity", "1e39", "$5", "1,2,3"])
def test_a_few_cells_that_are_no_numbers_are_named(tmp_path: Path, stray: str) -> None:
    rows = [{"x": str(row), "y": "a"} for row in range(100)]
    rows[60]["x"] = stray
    files = [write(tmp_path / "a.csv", rows[:50]), write(tmp_path / "b.csv", rows[50:])]
    profile, other = profiling.profile(files)
    assert (profile.type, profile.strays) == (schema_pb2.BYTES, f"b.csv, row 11: {stray!r}")
    assert other.strays == ""
