from __future__ import annotations

import pyarrow as pa
import pytest

from << cookiecutter.package_name >>.new_data import number_columns


def column(cells: list[str]) -> number_columns.NumberColumn:
    """Show a column its cells in two parts."""
    found = number_columns.NumberColumn()
    for first, part in ((0, cells[:2]), (2, cells[2:])):
        strings = pa.array(part, pa.string())
        found.update(strings, lambda row, first=first: f"row {first + row + 1}")
    return found


@pytest.mark.parametrize(
    ("cells", "decimal_commas", "semicolons", "told"),
    [
        (["1,200", "950"], False, False, "'1,200' can be 1.2 or 1200"),
        (["1,200", "950", "1,200,300"], False, False, ""),
        (["1,200", "950", "0,5"], False, False, ""),
        (["1.200", "950"], False, False, ""),
        (["1.200", "950"], True, False, "'1.200' can be 1.2 or 1200"),
        (["1.200", "2950"], True, False, ""),
        (["0.200", "950"], True, False, ""),
        (["723", "2.077", "12.345"], False, True, "'2.077' can be 2.077 or 2077"),
        (["7230", "2.077", "12.345"], False, True, ""),
        # These are numbers with three decimals.
        (["1.723", "2.077", "12.345"], False, True, ""),
        (["723", "2.07", "12.345"], False, True, ""),
    ],
)
def test_what_can_be_read_in_two_ways_is_told(
    cells: list[str], decimal_commas: bool, semicolons: bool, told: str
) -> None:
    found = column(cells)
    assert found.readings(decimal_commas, semicolons) == told
    assert (found.form("", decimal_commas, semicolons) is None) == bool(told)
    said = found.form("comma:decimal", decimal_commas, semicolons)
    assert said is None or not told or said.tag == "comma:decimal"


@pytest.mark.parametrize("stray", ["Total", "inf", "-Infinity", "1e39", "$5", "1,2,3", "00"])
def test_a_few_cells_that_are_no_numbers_are_named(stray: str) -> None:
    cells = [str(row + 1) for row in range(100)]
    cells[60] = stray
    found = column(cells)
    assert found.strays == f"row 61: {stray!r}"
    assert found.form("", False, False) is None


@pytest.mark.parametrize(
    ("count", "rows", "told"),
    [
        (0, 7, ""),
        (3, 7, "row 1: '-', row 2: '-', row 3: '-'"),
        (4, 7, ""),
        (500, 1_200, "row 1: '-', row 2: '-', row 3: '-', and 497 more"),
        (600, 1_200, ""),
    ],
)
def test_cells_are_named_where_most_others_are_numbers(count: int, rows: int, told: str) -> None:
    cells = ["-"] * count + [str(row + 1) for row in range(rows - count)]
    assert column(cells).strays == told


@pytest.mark.parametrize(
    ("count", "rows", "told"),
    [
        (3, 7, "row 1: '01', row 2: '01', row 3: '01'"),
        (12, 1_200, "row 1: '01', row 2: '01', row 3: '01', and 9 more"),
        (100, 1_200, ""),
    ],
)
def test_cells_that_begin_with_0_are_codes_unless_they_are_few(
    count: int, rows: int, told: str
) -> None:
    cells = ["01"] * count + [str(row + 1) for row in range(rows - count)]
    assert column(cells).strays == told


@pytest.mark.parametrize("cell", ["$5", "€ 1,200.50", "12 %", "5€", "1.200,50 £", "20°", "-3%"])
def test_signs_beside_numbers_are_named(cell: str) -> None:
    assert column([cell] * 4).strays == ", ".join(f"row {row}: {cell!r}" for row in (1, 2, 3)) + (
        ", and 1 more"
    )
    assert column([cell, "Total", cell]).strays == ""
