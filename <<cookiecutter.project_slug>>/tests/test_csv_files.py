from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from << cookiecutter.package_name >> import csv_files
from << cookiecutter.package_name >>.errors import UserError

pytestmark = pytest.mark.usefixtures("toys")


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
    csv_files.check(file.parent)
    assert rows(file) == [toy]


def test_a_folder_without_csv_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"no .*csv file in {tmp_path}"):
        csv_files.check(tmp_path)


@pytest.mark.parametrize("content", ["", "header,alone\n"])
def test_an_empty_file_is_named(file: Path, content: str) -> None:
    file.write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=r"toys\.csv is empty"):
        csv_files.check(file.parent)


@pytest.mark.parametrize(("name", "told"), [("kind", "label 'kind'"), ("size", "column 'size'")])
def test_a_missing_column_is_named(file: Path, toy: dict[str, str], name: str, told: str) -> None:
    rest = without(toy, name)
    write(file, list(rest), list(rest.values()))
    with pytest.raises(UserError, match=f"lacks .*{told}"):
        csv_files.check(file.parent)


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
    with pytest.raises(UserError, match=r"toys\.csv: .*Row #3: Expected 10 columns"):
        rows(file)


def test_other_encodings_are_refused(file: Path) -> None:
    file.write_bytes("a\ngrün\n".encode("latin-1"))
    with pytest.raises(UserError, match=r"toys\.csv is not in UTF-8"):
        rows(file)


def test_a_missing_file_is_named(file: Path) -> None:
    with pytest.raises(UserError, match=r"toys\.csv does not exist"):
        rows(file)
