from __future__ import annotations

import pyarrow as pa
import pytest

from << cookiecutter.package_name >>.new_data.date_columns import (
    DateColumn,
    Form,
)


def column(*cells: str | None) -> DateColumn:
    found = DateColumn()
    for batch in (cells[:1], cells[1:]):
        found.update(pa.array(batch, pa.string()), "row {}".format)
    return found


def form(*cells: str | None, given: str = "", others: tuple[str, ...] = ()) -> Form | None:
    return column(*cells).form(given, others)


@pytest.mark.parametrize(
    ("cells", "tag"),
    [
        (["2020-1-31", None, "3 May 2020", "20140502T000000"], "date"),
        (["20200131", "20991231"], "date"),
        (["31/12/1999", "1/1/99"], "date:day-first"),
        (["1/1/99", "12/31/1999 10:00"], "date:month-first"),
        (["1.2.2021", "2020-05-06"], "date:day-first"),
        (["99-12-31", "00-01-02"], "date:year-first"),
        (["5/5/2021", "2021-06-07"], "date:day-first"),
        (["7:08", "12:30:01 pm"], "time"),
    ],
)
def test_cells_tell_the_form(cells: list[str | None], tag: str) -> None:
    found = form(*cells)
    assert found is not None
    assert found.tag == tag


@pytest.mark.parametrize(
    "cells",
    [
        ["12345678", "20200131"],
        ["19000101", "30000101"],
        ["1.5", "2.25"],
        ["acme", "bolt"],
        ["31/12/1999", "12/31/1999"],
        ["2020-01-31", "7:08"],
        ["1.2.3", "1.2.10"],
        [None, None],
        ["2020", "2021"],
    ],
)
def test_what_is_no_date_has_none(cells: list[str | None]) -> None:
    assert form(*cells) is None
    assert column(*cells).readings == ""


def test_what_can_be_several_dates_is_told_by_others_or_by_somebody() -> None:
    cells = ("1/2/2021", "3/4/2021 7:08")
    assert form(*cells) is None
    assert column(*cells).readings == "'1/2/2021' can be 2021-01-02 or 2021-02-01"
    assert form(*cells, given="date:month-first").tag == "date:month-first"
    assert form(*cells, others=("date", "date:day-first")).tag == "date:day-first"
    assert form(*cells, others=("date:month-first", "date:day-first")) is None
    assert form("1/20/2021", given="date:day-first").tag == "date:month-first"


def test_cycles_are_those_that_vary() -> None:
    assert form("2021-03-01", "2021-03-08T00:00:00").cycles == []
    assert form("2021-03-01", "2021-03-02").cycles == ["weekday"]
    assert form("2021-03-01 7:08", "2022-03-07 7:08").cycles == []
    assert form("2021-02-01 7:08", "2021-03-08 23:00+05:00").cycles == ["hour", "month"]


def test_cells_that_are_no_dates_are_named_if_they_are_few() -> None:
    few = column("2021-03-01", "2021-03-02", "unknown")
    assert few.form("", ()) is None
    assert few.strays == "row 1: 'unknown'"
    assert column("2021-03-01", "2021-03-02").strays == ""
    assert column("2021-03-01", "a", "b").strays == ""
