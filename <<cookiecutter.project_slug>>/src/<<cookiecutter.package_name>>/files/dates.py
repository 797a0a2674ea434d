"""What dates and times in cells say: seconds since 1970, by pyarrow or, in a graph, by TensorFlow.

Both read a cell with the same patterns, of RE2, and reckon with the same arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Tags of a column in the schema. What one form has more than DATE, which reads the year first, in
# four digits, or the month by its English name, is the order of three short numbers.
DATE = "date"
YEAR_FIRST = "date:year-first"
DAY_FIRST = "date:day-first"
MONTH_FIRST = "date:month-first"
TIME = "time"

NAMES = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
MONTHS = {
    **{name: month for month, name in enumerate(NAMES, 1)},
    **{name[:3]: month for month, name in enumerate(NAMES, 1)},
    **{f"{month:02}": month for month in range(1, 13)},
    **{str(month): month for month in range(1, 13)},
    "sept": 9,
}
# Before and after noon.
HALVES = {"a": 1, "p": 2}

_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +)?"
_YEAR, _SHORT_YEAR, _NUMBER = r"([1-9]\d{3})", r"([1-9]\d{3}|\d{2})", r"(\d{1,2})"
_NAME, _ORDINAL = "([a-z]{3,9})", "(?:st|nd|rd|th)?"
_HOUR, _MINUTE, _SECOND = r"([01]?\d|2[0-3])", r"([0-5]\d)", r"([0-5]\d|60)(?:[.,](\d+))?"
_HALF, _ZONE = r"(?: ?([ap])\.?m\.?)?", r"(?: ?(z|utc|gmt|[+-]\d{2}(?::?\d{2})?))?"
_CLOCK = f"{_HOUR}:{_MINUTE}(?::{_SECOND})?{_HALF}{_ZONE}"
_AFTER_A_DATE = f"(?:(?:t|[ ,]+){_HOUR}(?::?{_MINUTE}(?::?{_SECOND})?)?{_HALF}{_ZONE})?"
# Each has groups, and which of them are year, month and day.
_DATES = (
    (rf"{_YEAR}[-/. ](\d{{1,2}}|[a-z]{{3,9}})[-/. ]{_NUMBER}", (1, 2, 3)),
    (rf"{_YEAR}(\d{{2}})(\d{{2}})", (1, 2, 3)),
    (f"{_NUMBER}{_ORDINAL}[-/., ]*{_NAME}[-/., ]*{_SHORT_YEAR}", (3, 2, 1)),
    (f"{_NAME}[-/. ]*{_NUMBER}{_ORDINAL}(?:[-/]|,? +){_SHORT_YEAR}", (3, 1, 2)),
)
_ORDERS = {
    DATE: (),
    YEAR_FIRST: ((r"(\d{2})-(\d{2})-(\d{2})", (1, 2, 3)),),
    DAY_FIRST: ((f"{_NUMBER}[-/.]{_NUMBER}[-/.]{_SHORT_YEAR}", (3, 2, 1)),),
    MONTH_FIRST: ((f"{_NUMBER}[-/]{_NUMBER}[-/]{_SHORT_YEAR}", (3, 1, 2)),),
}
FORMS = {
    **{
        tag: tuple(
            (f"^{_WEEKDAY}{pattern}{_AFTER_A_DATE}$", "\t".join(rf"\{group}" for group in groups))
            for pattern, groups in (*_DATES, *more)
        )
        for tag, more in _ORDERS.items()
    },
    TIME: ((f"^()()(){_CLOCK}$", "1970\t1\t1"),),
}
# Tabs stand between what `rules` writes: no pattern has one.
_REST = "\t0\\4\t0\\5\t0\\6.\\70\t\\8\t\\9"
FIELDS = {
    "year": r"\d+",
    "month": "[a-z0-9]+",
    "day": r"\d+",
    "hour": r"\d+",
    "minute": r"\d+",
    "second": r"[\d.]+",
    "half": "[ap]?",
    "zone": "[a-z0-9:+-]*",
}
WRITTEN = "^" + "\t".join(f"(?P<{name}>{pattern})" for name, pattern in FIELDS.items()) + "$"
NUMBERS = ("year", "day", "hour", "minute", "second")
WORDS = {"month": MONTHS, "half": HALVES}
_OFFSET = r"^(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{0,2})$"

SECONDS_OF_A_DAY = 86_400
# From the first of March of the year 0 on.
_DAYS_BEFORE_1970 = 719_468


def form_of(tags: Sequence[str]) -> str:
    """Return which of FORMS the dates of a column have, by its tags; empty if it has none."""
    return next((tag for tag in tags if tag in FORMS), "")


def rules(form: str) -> Iterator[tuple[str, str]]:
    """Return patterns, and what the cells that match one are to be rewritten as: as WRITTEN.

    Args:
        form: one of FORMS. Cells are in lower case; no more than one pattern fits one.
    """
    return ((pattern, rewritten + _REST) for pattern, rewritten in FORMS[form])


def seconds(cells: pa.Array, form: str, zoned: bool = True) -> pa.Array:
    """Read dates and times as seconds since 1970, float64; null where a cell is none.

    Years are from 1000 on, those of two digits from 1969 to 2068. What names no zone is of UTC.
    Of 60 seconds, the last one is the next minute's first.

    Args:
        cells: strings, with null for what is missing.
        form: one of FORMS.
        zoned: whether they are those of UTC, and not what a clock shows where a cell is from.
    """
    encoded = cells.dictionary_encode()
    written = pc.ascii_lower(encoded.dictionary)
    has_tab = pc.match_substring(written, "\t")
    for pattern, rewritten in rules(form):
        written = pc.replace_substring_regex(written, pattern, rewritten)
    fields = pc.extract_regex(pc.if_else(has_tab, "", written), WRITTEN)
    texts = dict(zip(FIELDS, fields.flatten()))
    parts = {name: _number(texts[name]) for name in NUMBERS}
    parts.update({name: _numbered(texts[name], numbers) for name, numbers in WORDS.items()})
    are_dates = fields.is_valid().to_numpy(zero_copy_only=False) & is_right(parts)
    numbers = on_the_clock(parts) - (_offset(texts["zone"]) if zoned else 0)
    return pa.array(numbers, mask=~are_dates).take(encoded.indices)


def is_right(parts: Mapping[str, Any]) -> Any:
    """Return which dates there are: none is a 30th of February; bool, NumPy or TensorFlow.

    Args:
        parts: of each cell, float64: NUMBERS, and WORDS as numbers, 0 where there is none.
    """
    year, month, half = _full_year(parts["year"]), parts["month"], parts["half"]
    length = _days(year + month // 12, month % 12 + 1, 1) - _days(year, month, 1)
    in_month = (month >= 1) & (parts["day"] >= 1) & (parts["day"] <= length)
    return in_month & ((half < 1) | ((parts["hour"] >= 1) & (parts["hour"] <= 12)))


def on_the_clock(parts: Mapping[str, Any]) -> Any:
    """Return the seconds since 1970 that a clock shows where the cells are from, float64.

    Args:
        parts: as is_right takes them.
    """
    hour, half = parts["hour"], parts["half"]
    # 12 am is the hour 0, and 1 pm the hour 13.
    hour = hour - (half + 1) // 2 * (hour // 12) * 12 + half // 2 * 12
    days = _days(_full_year(parts["year"]), parts["month"], parts["day"])
    return ((days * 24 + hour) * 60 + parts["minute"]) * 60 + parts["second"]


def _full_year(year: Any) -> Any:
    """Put years of two digits between 1969 and 2068, as POSIX does."""
    is_short = (10 - year // 1000) // 10
    return year + is_short * (2000 - (year + 31) // 100 * 100)


def _days(year: Any, month: Any, day: Any) -> Any:
    """Return the days since 1970, in years that begin in March, of which February is the end."""
    month = (month + 9) % 12
    year = year - month // 10
    leap_days = year // 4 - year // 100 + year // 400
    return 365 * year + leap_days + (306 * month + 5) // 10 + day - 1 - _DAYS_BEFORE_1970


def _number(texts: pa.Array) -> np.ndarray:
    return _known(pc.binary_join_element_wise("0", texts, "").cast(pa.float64()))


def _numbered(texts: pa.Array, numbers: Mapping[str, int]) -> np.ndarray:
    places = pc.index_in(texts, pa.array([*numbers]))
    return _known(pa.array([*numbers.values()], pa.float64()).take(places))


def _offset(zones: pa.Array) -> np.ndarray:
    """Return by how many seconds the clocks of zones are ahead of UTC."""
    sign, hours, minutes = pc.extract_regex(zones, _OFFSET).flatten()
    ahead = _numbered(sign, {"+": 1, "-": -1})
    return ahead * (_number(hours) * 60 + _number(minutes)) * 60


def _known(values: pa.Array) -> np.ndarray:
    """Return numbers, with 0 for what is null."""
    return pc.fill_null(values, 0).to_numpy(zero_copy_only=False)
