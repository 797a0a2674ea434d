"""Columns of dates and times."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from ..files import dates
# <% if cookiecutter.transform == "no" %>
from .learners import Moments, Read
# <% endif %>
from .treatments import Dense, Treatment

# What the clock shows is taken for UTC. The month is told by the place of a day in the mean year of
# the Gregorian calendar.
PERIODS = {"hour": 1.0, "weekday": 7.0, "month": 365.2425}
# So many waves a cycle is described by: of seven days, any week.
HARMONICS = 3
NO_DATE = "1000\t1\t1\t\t\t0\t\t"


@dataclass(frozen=True)
class Dates(Treatment):
    """A date or a time: the days since 1970, scaled as a number, and where in its cycles it is.

    That are a sine and a cosine for each cycle, and for its half and its third: the first terms of
    a Fourier series. All are 0 where a cell is missing, or no date.

    Attributes:
        form: how dates are written, one of dates.FORMS.
        cycles: some of PERIODS.
    """

    form: str
    cycles: tuple[str, ...] = ()

    types = (schema_pb2.BYTES,)
    raw_dtype = tf.string

    @property
    def shape(self) -> tuple[int, ...]:
        """The days, and the numbers of each cycle."""
        return (1 + 2 * HARMONICS * len(self.cycles),)
# <% if cookiecutter.transform == "no" %>

    def learner(self) -> Read:
        """Learn mean and variance of the days."""
        return Read(self.days, Moments())
# <% endif %>

    def days(self, cells: tf.Tensor) -> tf.Tensor:
        """Read cells as days since 1970, float64 of the same shape; NaN where there is no date."""
        written = tf.strings.lower(tf.strings.strip(tf.reshape(cells, [-1])))
        has_tab = tf.strings.regex_full_match(written, "(?s).*\t.*")
        for pattern, rewritten in dates.rules(self.form):
            written = tf.strings.regex_replace(written, pattern, rewritten)
        is_written = tf.strings.regex_full_match(written, dates.WRITTEN) & ~has_tab
        written = tf.where(is_written, written, NO_DATE)
        zero = tf.constant([0], tf.float64)
        types = [zero if name in dates.NUMBERS else [""] for name in dates.FIELDS]
        fields = tf.io.decode_csv(written, types, field_delim="\t", use_quote_delim=False)
        parts = dict(zip(dates.FIELDS, fields))
        parts.update({name: _number(parts[name], words) for name, words in dates.WORDS.items()})
        is_date = is_written & dates.is_right(parts)
        days = dates.on_the_clock(parts) / dates.SECONDS_OF_A_DAY
        return tf.reshape(tf.where(is_date, days, math.nan), tf.shape(cells))

    def apply(self, cells: tf.Tensor, learned: Any) -> tf.Tensor:
        """Scale the days, and put the places in the cycles beside them."""
        days = self.days(cells)
        scaled = tf.cast(Dense().apply(days, learned), tf.float32)
        return tf.concat([scaled, *(circle(days, cycle) for cycle in self.cycles)], axis=1)


def circle(days: tf.Tensor, cycle: str) -> tf.Tensor:
    """Return sines and cosines of where in a cycle days are, float32, [batch, 2 * HARMONICS].

    Args:
        days: since 1970, [batch, 1]; all are 0 where one is NaN.
        cycle: one of PERIODS.
    """
    # A day of the week is told by its number; 1970 began on a Thursday, weeks on a Monday.
    moments = tf.floor(days) + 3 if cycle == "weekday" else days
    angles = moments * (2 * math.pi / PERIODS[cycle] * np.arange(1.0, HARMONICS + 1))
    both = tf.concat([tf.sin(angles), tf.cos(angles)], axis=1)
    return tf.cast(tf.where(tf.math.is_nan(both), tf.zeros_like(both), both), tf.float32)


def _number(texts: tf.Tensor, numbers: Mapping[str, int]) -> tf.Tensor:
    """Replace words by their numbers, float64; 0 for others."""
    are_equal = tf.equal(texts[:, tf.newaxis], tf.constant([*numbers]))
    values = tf.constant([*numbers.values()], tf.float64)
    return tf.linalg.matvec(tf.cast(are_equal, tf.float64), values)
