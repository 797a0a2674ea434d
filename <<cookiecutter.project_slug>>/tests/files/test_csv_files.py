from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.files import csv_files


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


@pytest.mark.parametrize("seed", range(60))
def test_what_pythons_csv_module_writes_is_read(
    file: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_files, "BATCH_SIZE", 1 + seed % 40)
    choose = random.Random(seed)
    width = choose.randint(2, 6)

    def cell() -> str:
        size = choose.choice([1, 1, 3, 20, 200_000 if seed % 10 == 0 else 5])
        return "x" + "".join(choose.choices(' ,;|\t"\r\n#é€未', k=size)) + "x"

    table = [[f"name {column}" for column in range(width)]]
    table += [[cell() for _ in range(width)] for _ in range(choose.randint(1, 30))]
    encoding = choose.choice(["utf-8", "utf-8-sig", "utf-16", "utf-32"])
    # Else it leaves line breaks of other kinds without quotes.
    end, quoting = choose.choice(
        [("\r\n", csv.QUOTE_MINIMAL), *((each, csv.QUOTE_ALL) for each in ("\n", "\r\n", "\r"))]
    )
    with file.open("w", newline="", encoding=encoding) as lines:
        csv.writer(
            lines,
            delimiter=choose.choice(",;|\t"),
            lineterminator=end,
            quoting=quoting,
        ).writerows(table)
    assert [list(row.values()) for row in rows(file)] == table[1:]


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
    told = rf"toys\.csv, line 3: {len(cells)} cells where the header has {len(toy)}:"
    with pytest.raises(UserError, match=told):
        rows(file)


@pytest.mark.parametrize("marker", csv_files.MISSING)
def test_markers_of_missing_cells_are_null(file: Path, marker: str) -> None:
    write(file, ["a", "b"], [f" {marker} ", "1"])
    assert rows(file) == [{"a": None, "b": "1"}]


def test_spaces_around_a_cell_are_no_part_of_it(file: Path) -> None:
    file.write_text("a, b\n x y , 2\n", encoding="utf-8")
    assert rows(file) == [{"a": "x y", "b": "2"}]


def test_only_columns_that_are_asked_for_are_read(file: Path) -> None:
    write(file, ["a", "b", "c"], ["1", "2", "3"])
    (batch,) = csv_files.record_batches(file, ["c", "a"], others=False)
    assert batch.to_pylist() == [{"c": "3", "a": "1"}]


def test_a_missing_file_is_named(file: Path) -> None:
    with pytest.raises(UserError, match=r"toys\.csv does not exist"):
        rows(file)
