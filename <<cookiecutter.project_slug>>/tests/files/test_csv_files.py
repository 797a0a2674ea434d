from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.files import csv_files

COLUMNS = ["kind", "size", "color"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "toys.csv"


def write(file: Path, header: list[str], *rows: list[str]) -> None:
    file.write_text("".join(",".join(row) + "\n" for row in [header, *rows]), encoding="utf-8")


@pytest.fixture
def toy(toy_file: Path) -> dict[str, str]:
    with toy_file.open(newline="", encoding="utf-8") as lines:
        return next(csv.DictReader(lines))


def without(row: dict[str, str], name: str) -> dict[str, str]:
    return {key: cell for key, cell in row.items() if key != name}


def rows(file: Path, required: Sequence[str] = ()) -> list[dict[str, str | None]]:
    return [row for batch in csv_files.record_batches(file, required) for row in batch.to_pylist()]


def test_good_data_pass(file: Path, toy: dict[str, str]) -> None:
    write(file, list(toy), list(toy.values()))
    csv_files.require_columns(file.parent, COLUMNS, label="kind")
    assert rows(file) == [toy]


def test_a_folder_without_csv_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"no .*csv file in {tmp_path}"):
        csv_files.require_columns(tmp_path, COLUMNS, label="kind")


@pytest.mark.parametrize("content", ["", "header,alone\n"])
def test_an_empty_file_is_named(file: Path, content: str) -> None:
    file.write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=r"toys\.csv is empty"):
        csv_files.require_columns(file.parent, COLUMNS, label="kind")


@pytest.mark.parametrize(("name", "told"), [("kind", "label 'kind'"), ("size", "column 'size'")])
def test_a_missing_column_is_named(file: Path, toy: dict[str, str], name: str, told: str) -> None:
    rest = without(toy, name)
    write(file, list(rest), list(rest.values()))
    with pytest.raises(UserError, match=f"lacks .*{told}"):
        csv_files.require_columns(file.parent, COLUMNS, label="kind")


def test_an_empty_cell_is_null(file: Path) -> None:
    write(file, ["a", "b"], ["", "1"], ["2", '""'])
    assert rows(file) == [{"a": None, "b": "1"}, {"a": "2", "b": None}]


def test_quoted_cells_may_hold_commas_newlines_and_quotes(file: Path) -> None:
    cell = 'one, "two"\nthree'
    with file.open("w", newline="", encoding="utf-8") as lines:
        csv.writer(lines).writerows([["a", "b"], [cell, "ü"]])
    assert rows(file) == [{"a": cell, "b": "ü"}]


def test_a_byte_order_mark_is_no_part_of_the_first_name(file: Path) -> None:
    file.write_text("a,b\n1,2\n", encoding="utf-8-sig")
    assert rows(file, ["a"]) == [{"a": "1", "b": "2"}]


def test_a_large_file_comes_in_pieces(file: Path) -> None:
    write(file, ["a", "b"], *[[str(i), "x" * 100] for i in range(30_000)])
    batches = list(csv_files.record_batches(file))
    assert len(batches) > 1
    assert [cell.as_py() for batch in batches for cell in batch.column(0)] == [
        str(i) for i in range(30_000)
    ]


def test_required_columns_are_needed(file: Path, toy: dict[str, str]) -> None:
    rest = without(toy, "size")
    write(file, list(rest), list(rest.values()))
    with pytest.raises(UserError, match="lacks columns that the model reads: size"):
        rows(file, ["color", "size"])


@pytest.mark.parametrize("cells", [["only", "two"], ["x"] * 20])
def test_a_row_of_another_length_is_named(
    file: Path, toy: dict[str, str], cells: list[str]
) -> None:
    write(file, list(toy), list(toy.values()), cells)
    with pytest.raises(UserError, match=r"toys\.csv: .*Row #3: Expected 12 columns"):
        rows(file)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_any_encoding_is_read(file: Path, encoding: str) -> None:
    file.write_bytes("größe,b\ngrün,1\n".encode(encoding))
    assert rows(file) == [{"größe": "grün", "b": "1"}]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_delimiter_is_found(file: Path, delimiter: str) -> None:
    table = [["a", "b", "c"], ["1", "x; y, z", "3"], ["4", "", "|"]]
    with file.open("w", newline="", encoding="utf-8") as lines:
        csv.writer(lines, delimiter=delimiter).writerows(table)
    assert rows(file) == [
        {"a": "1", "b": "x; y, z", "c": "3"},
        {"a": "4", "b": None, "c": "|"},
    ]


def test_a_single_column_needs_no_delimiter(file: Path) -> None:
    write(file, ["a"], ["1"], ["2"])
    assert rows(file) == [{"a": "1"}, {"a": "2"}]


@pytest.mark.parametrize("marker", csv_files.MISSING)
def test_markers_of_missing_cells_are_null(file: Path, marker: str) -> None:
    write(file, ["a", "b"], [f" {marker} ", "1"])
    assert rows(file) == [{"a": None, "b": "1"}]


def test_spaces_around_a_cell_are_no_part_of_it(file: Path) -> None:
    file.write_text("a, b\n x y , 2\n", encoding="utf-8")
    assert rows(file) == [{"a": "x y", "b": "2"}]


def test_a_decimal_comma_is_read_where_it_can_be_nothing_else(file: Path) -> None:
    file.write_text('a;b\n-1,5;"x,5"\n', encoding="utf-8")
    assert rows(file) == [{"a": "-1.5", "b": "x,5"}]
    file.write_text('a,b\n"1,5",2\n', encoding="utf-8")
    assert rows(file) == [{"a": "1,5", "b": "2"}]


def test_columns_of_one_name_are_refused(file: Path) -> None:
    write(file, ["a", "b", "a "], ["1", "2", "3"])
    with pytest.raises(UserError, match="several columns named a; rename them"):
        rows(file)


def test_a_column_without_a_name_gets_one(file: Path) -> None:
    write(file, ["", "b"], ["1", "2"])
    assert rows(file) == [{"column_1": "1", "b": "2"}]


def test_a_file_or_its_folder_may_be_given(file: Path) -> None:
    write(file, ["a", "b"], ["1", "2"])
    assert csv_files.files(file) == csv_files.files(file.parent) == [file]


def test_a_missing_file_is_named(file: Path) -> None:
    with pytest.raises(UserError, match=r"toys\.csv does not exist"):
        rows(file)
