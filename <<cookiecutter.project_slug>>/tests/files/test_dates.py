from __future__ import annotations

import datetime
import random

import pyarrow as pa
import pytest

from << cookiecutter.package_name >>.files import dates

EPOCH = datetime.datetime(1970, 1, 1)


def read(cell: str | None, form: str) -> datetime.datetime | None:
    (number,) = dates.seconds(pa.array([cell], pa.string()), form).to_pylist()
    return None if number is None else EPOCH + datetime.timedelta(seconds=number)


@pytest.mark.parametrize(
    ("form", "cell", "expected"),
    [
        ("date", "2021-03-05", (2021, 3, 5)),
        ("date", "2021/3/5 7:08", (2021, 3, 5, 7, 8)),
        ("date", "2021.03.05, 07:08:09", (2021, 3, 5, 7, 8, 9)),
        ("date", "2021-03-05T07:08:09.25Z", (2021, 3, 5, 7, 8, 9, 250_000)),
        ("date", "2021-03-05T07:08:09,5+01:30", (2021, 3, 5, 5, 38, 9, 500_000)),
        ("date", "2021-03-05 23:08:09 -0130", (2021, 3, 6, 0, 38, 9)),
        ("date", "2021-03-05t07-05", (2021, 3, 5, 12)),
        ("date", "2021-03-05 07:08 UTC", (2021, 3, 5, 7, 8)),
        ("date", "20210305", (2021, 3, 5)),
        ("date", "20210305T070809Z", (2021, 3, 5, 7, 8, 9)),
        ("date", "2021-03-05 23:59:60", (2021, 3, 6)),
        ("date", "2021-03-05 12:00 AM", (2021, 3, 5)),
        ("date", "2021-03-05 12:30 p.m.", (2021, 3, 5, 12, 30)),
        ("date", "2021-Mar-05 3 pm", (2021, 3, 5, 15)),
        ("date", "5 Mar 2021", (2021, 3, 5)),
        ("date", "05MAR21", (2021, 3, 5)),
        ("date", "5. September 2021 7:08", (2021, 9, 5, 7, 8)),
        ("date", "Sept. 5th, 2021", (2021, 9, 5)),
        ("date", "Fri, 05 Mar 2021 07:08:09 GMT", (2021, 3, 5, 7, 8, 9)),
        ("date", "9999-12-31", (9999, 12, 31)),
        ("date:day-first", "1/2/21", (2021, 2, 1)),
        ("date:day-first", "01.02.2021 07:08", (2021, 2, 1, 7, 8)),
        ("date:day-first", "2021-03-05", (2021, 3, 5)),
        ("date:day-first", "31-12-68", (2068, 12, 31)),
        ("date:day-first", "31-12-69", (1969, 12, 31)),
        ("date:month-first", "1/2/21", (2021, 1, 2)),
        ("date:month-first", "12-31-1999 7:08 PM", (1999, 12, 31, 19, 8)),
        ("date:year-first", "21-03-05", (2021, 3, 5)),
        ("time", "7:08", (1970, 1, 1, 7, 8)),
        ("time", "07:08:09.5", (1970, 1, 1, 7, 8, 9, 500_000)),
        ("time", "12:08 am", (1970, 1, 1, 0, 8)),
    ],
)
def test_reads(form: str, cell: str, expected: tuple[int, ...]) -> None:
    assert read(cell, form) == datetime.datetime(*expected)


@pytest.mark.parametrize(
    ("form", "cell"),
    [
        ("date", None),
        ("date", ""),
        ("date", "2021"),
        ("date", "2021-02-29"),
        ("date", "1900-02-29"),
        ("date", "2021-13-01"),
        ("date", "2021-00-10"),
        ("date", "0000-00-00"),
        ("date", "0999-01-01"),
        ("date", "12021-01-01"),
        ("date", "2021-01-01 24:00"),
        ("date", "2021-01-01 7:60"),
        ("date", "2021-01-01 13:00 pm"),
        ("date", "2021-01-01 0:10 am"),
        ("date", "2021-01-01 07:08 CET"),
        ("date", "5 Mai 2021"),
        ("date", "5 März 2021"),
        ("date", "1/2/2021"),
        ("date", "21-03-05"),
        ("date", "2021\t1\t1\t1\t1\t1.0\t\t"),
        ("date:day-first", "1/13/2021"),
        ("date:month-first", "13/1/2021"),
        ("date:month-first", "1.2.2021"),
        ("time", "708"),
        ("time", "2021-03-05"),
    ],
)
def test_takes_nothing_else_for_a_date(form: str, cell: str | None) -> None:
    assert read(cell, form) is None


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("date", "%Y-%m-%dT%H:%M:%S"),
        ("date", "%B %d, %Y %I:%M:%S %p"),
        ("date:day-first", "%d.%m.%Y %H:%M:%S"),
        ("date:month-first", "%m/%d/%Y %I:%M:%S %p"),
    ],
)
def test_reads_what_python_writes(form: str, written: str) -> None:
    numbers = [random.Random(seed).randrange(-30_000_000_000, 250_000_000_000) for seed in range(9)]
    cells = [(EPOCH + datetime.timedelta(seconds=each)).strftime(written) for each in numbers]
    assert dates.seconds(pa.array([*cells, *cells]), form).to_pylist() == [*numbers, *numbers]


def test_all_days_of_four_centuries_follow_each_other() -> None:
    first = datetime.date(1800, 1, 1)
    cells = [str(first + datetime.timedelta(days=day)) for day in range(146_097)]
    days = dates.seconds(pa.array(cells), dates.DATE).to_numpy() / dates.SECONDS_OF_A_DAY
    assert days.tolist() == [*range(-62_091, -62_091 + 146_097)]


def test_cells_may_all_be_missing() -> None:
    assert dates.seconds(pa.array([None, None], pa.string()), dates.DATE).to_pylist() == [None] * 2
    assert dates.seconds(pa.array([], pa.string()), dates.DATE).to_pylist() == []


@pytest.mark.parametrize("form", dates.FORMS)
def test_tags_name_the_form(form: str) -> None:
    assert dates.form_of(["inferred", form]) == form
    assert dates.form_of(["inferred"]) == ""
