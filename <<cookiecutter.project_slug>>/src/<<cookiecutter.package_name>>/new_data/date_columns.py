"""Whether a column holds dates or times, and which of their short numbers is the day."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..files import dates
from .number_columns import Strays

# So many cells of the first rows show whether a column may hold dates.
LOOKED_AT = 100
LIKE_A_DATE = "|".join(pattern for form in dates.FORMS for pattern, _ in dates.rules(form))
# Integers of eight digits are dates if they are all from the years 1900 to 2099.
EIGHT_DIGITS = r"^\d{8}$"
FIRST_OF_EIGHT, LAST_OF_EIGHT = -2_208_988_800, 4_102_444_799
EPOCH = datetime.datetime(1970, 1, 1)

Place = Callable[[int], str]


@dataclass
class Form:
    """How the cells of a column fit one of dates.FORMS.

    Attributes:
        tag: of the form.
        strays: the known cells that are no such dates.
        first, last: what clocks have shown, in seconds since 1970.
        seen: some hours, days of the week and months, by these words; two are enough.
    """

    tag: str
    strays: Strays = field(default_factory=Strays)
    first: float = np.inf
    last: float = -np.inf
    seen: dict[str, set[float]] = field(
        default_factory=lambda: {"hour": set(), "weekday": set(), "month": set()}
    )

    def update(self, cells: pa.Array, read: pa.Array, place: Place) -> None:
        """Add cells, strings, and what dates.seconds reads them as."""
        self.strays.update(cells, pc.and_(cells.is_valid(), read.is_null()), place)
        seconds = read.drop_null().to_numpy()
        if not len(seconds):
            return
        self.first = min(self.first, float(seconds.min()))
        self.last = max(self.last, float(seconds.max()))
        days = seconds // dates.SECONDS_OF_A_DAY
        months = seconds.astype("datetime64[s]").astype("datetime64[M]").astype(int)
        hours = seconds % dates.SECONDS_OF_A_DAY
        parts = {"hour": hours, "weekday": days % 7, "month": months % 12}
        for cycle, seen in self.seen.items():
            if len(seen) < 2:
                seen.update(np.unique(parts[cycle])[:2].tolist())

    @property
    def cycles(self) -> list[str]:
        """The cycles that the dates are at different places of."""
        return [cycle for cycle, seen in self.seen.items() if len(seen) > 1]


@dataclass
class DateColumn:
    """What is known of the dates in a column.

    Attributes:
        forms: how the cells fit each form; none if they are no dates.
        known: how many cells are not empty.
        digits: whether all cells have eight digits.
        unclear: a cell that is another date in another form.
    """

    forms: dict[str, Form] = field(default_factory=lambda: {tag: Form(tag) for tag in dates.FORMS})
    known: int = 0
    digits: bool = True
    unclear: str = ""

    def update(self, cells: pa.Array, place: Place) -> None:
        """Add cells, strings; `place` says in words which row they are of, from 0 on."""
        known = cells.drop_null()
        if not self.known and len(known) and not _may_be_dates(known):
            self.forms = {}
        if not self.forms:
            return
        self.known += len(known)
        self.digits = self.digits and pc.all(pc.match_substring_regex(known, EIGHT_DIGITS)).as_py()
        plain = dates.seconds(cells, dates.DATE, zoned=False)
        others = pc.if_else(plain.is_valid(), pa.scalar(None, pa.string()), cells)
        read = {tag: dates.seconds(others, tag, zoned=False) for tag in self.forms}
        for tag in {dates.DATE, dates.YEAR_FIRST, dates.DAY_FIRST, dates.MONTH_FIRST}:
            read[tag] = pc.coalesce(plain, read[tag])
        for tag, form in self.forms.items():
            form.update(cells, read[tag], place)
        fitting = [read[tag] for tag in self.fitting]
        for one, other in zip(fitting, fitting[1:]):
            differ = pc.fill_null(pc.not_equal(one, other), False)
            self.unclear = self.unclear or _first(differ, cells)

    @property
    def fitting(self) -> list[str]:
        """The forms that all cells have."""
        return [tag for tag, form in self.forms.items() if self.known and not form.strays.count]

    @property
    def told(self) -> str:
        """The form that the cells alone tell; empty if they are no dates, or can be of several."""
        fitting = self.fitting
        if not fitting or (self.unclear and len(fitting) > 1):
            return ""
        form = self.forms[fitting[0]]
        is_number = form.first < FIRST_OF_EIGHT or form.last > LAST_OF_EIGHT
        return "" if self.digits and is_number else form.tag

    def form(self, given: str, others: Collection[str]) -> Form | None:
        """Return the form of the dates; None if they are none, or can be read in several ways.

        Args:
            given: the tag that somebody gave the column; empty if nobody did.
            others: what other columns of the data have told.
        """
        fitting = self.fitting
        alike = [tag for tag in fitting if tag in others]
        chosen = given if given in fitting else self.told
        if not chosen and len(alike) == 1:
            (chosen,) = alike
        return self.forms[chosen] if chosen else None

    @property
    def readings(self) -> str:
        """Say which dates a cell can be, if the column does not tell which of them it is."""
        if len(self.fitting) < 2 or not self.unclear:
            return ""
        cell = pa.array([self.unclear])
        read = {dates.seconds(cell, tag).to_pylist()[0] for tag in self.fitting}
        return f"{self.unclear!r} can be {' or '.join(map(in_words, sorted(read)))}"

    @property
    def strays(self) -> str:
        """Name the cells that keep the column from being one of dates, if they are not many."""
        if not self.forms or self.fitting:
            return ""
        strays = min((form.strays for form in self.forms.values()), key=lambda each: each.count)
        return strays.told if 2 * strays.count < self.known else ""


def in_words(seconds: float) -> str:
    """Write seconds since 1970 as a date, and as a time if it has one."""
    moment = EPOCH + datetime.timedelta(seconds=seconds)
    return str(moment if seconds % dates.SECONDS_OF_A_DAY else moment.date())


def _may_be_dates(known: pa.Array) -> bool:
    """Whether at least half of some cells look like dates."""
    looked_at = known.take(pa.array(np.linspace(0, len(known) - 1, LOOKED_AT).astype(int)))
    like = pc.match_substring_regex(pc.ascii_lower(looked_at), LIKE_A_DATE)
    return 2 * pc.sum(like).as_py() >= LOOKED_AT


def _first(are_such: pa.Array, cells: pa.Array) -> str:
    row = pc.index(are_such, True).as_py()
    return "" if row < 0 else cells[row].as_py()
