from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf

from << cookiecutter.package_name >>.features.timestamps import (
    Dates,
    circle,
)
from << cookiecutter.package_name >>.files import dates

CELLS = [
    "2021-03-05",
    "2021/3/5 7:08",
    " 2021-03-05T07:08:09.25Z ",
    "2021-03-05T23:08:09,5+01:30",
    "20210305T070809",
    "2021-03-05 12:00 AM",
    "2021-03-05 12:30 p.m.",
    "05MAR21",
    "Sept. 5th, 2021",
    "1/2/21",
    "13/1/2021",
    "1/13/2021",
    "31.12.69",
    "21-03-05",
    "7:08",
    "12:08 am",
    "1900-02-29",
    "0000-00-00",
    "9999-12-31",
    "2021-01-01 13:00 pm",
    "2021\t1\t1\t1\t1\t1.0\t\t",
    "\t2021-03-05",
    "2021-03-05\n",
    '"2021-03-05"',
    "5 Mär 2021",
    "\N{ARABIC-INDIC DIGIT ONE}/2/2021",
    "no date",
    "",
]


@pytest.mark.parametrize("form", dates.FORMS)
def test_cells_are_read_as_in_the_data(form: str) -> None:
    known = pa.array([cell.strip() or None for cell in CELLS])
    expected = dates.seconds(known, form, zoned=False).to_numpy(zero_copy_only=False)
    read = tf.function(Dates(form).days)
    for batch in (CELLS, [[cell] for cell in CELLS]):
        days = read(tf.constant(batch)).numpy()
        assert days.shape == np.shape(batch)
        np.testing.assert_allclose(days.ravel(), expected / 86_400, rtol=1e-15)


@pytest.mark.parametrize(
    ("cycle", "cells", "turns"),
    [
        ("hour", ["1969-12-31", "2021-03-05 06:00", "2021-03-05T18:00+01:00"], [0, 0.25, 0.75]),
        ("weekday", ["1969-12-29", "2021-03-01 23:59", "2021-03-07"], [0, 0, 6 / 7]),
        ("month", ["1970-01-01", "2070-01-01", "1770-01-01"], [0, 0, 0]),
        ("month", ["2021-04-02", "2021-07-02", "2021-10-01"], [0.25, 0.5, 0.75]),
    ],
)
def test_cycles_are_those_of_the_clock_where_a_date_is_from(
    cycle: str, cells: list[str], turns: list[float]
) -> None:
    both = circle(Dates("date").days(tf.constant([[cell] for cell in [*cells, ""]])), cycle)
    angles = 2 * np.pi * np.array(turns)[:, np.newaxis] * [1, 2, 3]
    expected = np.concatenate([np.sin(angles), np.cos(angles)], axis=1)
    np.testing.assert_allclose(both[:-1], expected, atol=0.1 if cycle == "month" else 1e-6)
    np.testing.assert_array_equal(both[-1], 0)


def test_any_day_of_the_week_can_be_told_from_the_others() -> None:
    days = tf.range(7.0, dtype=tf.float64)[:, tf.newaxis]
    waves = np.concatenate([np.ones((7, 1)), circle(days, "weekday")], axis=1)
    assert np.linalg.matrix_rank(waves, tol=1e-3) == 7


def test_no_cells_are_no_days() -> None:
    assert Dates("date").days(tf.constant([], tf.string, [0, 1])).shape == (0, 1)
