from __future__ import annotations

from pathlib import Path

import pytest

from << cookiecutter.package_name >> import csv_files
from << cookiecutter.package_name >>.errors import UserError
from << cookiecutter.package_name >>.features import LABEL

pytestmark = pytest.mark.usefixtures("toys")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "toys.csv"


def write(file: Path, header: list[str], *rows: list[str]) -> None:
    file.write_text("".join(",".join(row) + "\n" for row in [header, *rows]), encoding="utf-8")


@pytest.fixture
def toy(toy_rows: list[dict[str, str]]) -> dict[str, str]:
    return toy_rows[0]


def without(row: dict[str, str], name: str) -> dict[str, str]:
    return {key: cell for key, cell in row.items() if key != name}


def test_good_data_pass(file: Path, toy: dict[str, str]) -> None:
    write(file, list(toy), list(toy.values()))
    csv_files.check(file.parent)
    assert list(csv_files.rows(file)) == [toy]


def test_a_folder_without_csv_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"no .*csv file in {tmp_path}"):
        csv_files.check(tmp_path)


@pytest.mark.parametrize("content", ["", "header,alone\n"])
def test_an_empty_file_is_named(file: Path, content: str) -> None:
    file.write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=r"toys\.csv is empty"):
        csv_files.check(file.parent)


@pytest.mark.parametrize(("name", "told"), [(LABEL, f"label '{LABEL}'"), ("size", "column 'size'")])
def test_a_missing_column_is_named(file: Path, toy: dict[str, str], name: str, told: str) -> None:
    rest = without(toy, name)
    write(file, list(rest), list(rest.values()))
    with pytest.raises(UserError, match=f"lacks .*{told}"):
        csv_files.check(file.parent)


def test_rows_need_neither_the_label_nor_ignored_columns(file: Path, toy: dict[str, str]) -> None:
    rest = without(without(toy, LABEL), "note")
    write(file, list(rest), list(rest.values()))
    assert list(csv_files.rows(file)) == [rest]


def test_rows_need_the_columns_of_the_model(file: Path, toy: dict[str, str]) -> None:
    rest = without(toy, "size")
    write(file, list(rest), list(rest.values()))
    with pytest.raises(UserError, match="lacks columns that the model reads: size"):
        list(csv_files.rows(file))


@pytest.mark.parametrize("cells", [["only", "two"], ["x"] * 20])
def test_a_row_of_another_length_is_named(
    file: Path, toy: dict[str, str], cells: list[str]
) -> None:
    write(file, list(toy), list(toy.values()), cells)
    with pytest.raises(UserError, match=r"toys\.csv, line 3: expected 9 cells"):
        list(csv_files.rows(file))


def test_a_missing_file_is_named(file: Path) -> None:
    with pytest.raises(UserError, match=r"toys\.csv does not exist"):
        list(csv_files.rows(file))
