"""What a cell says, however it is spelled: numbers with commas, categories that are numbers."""

from __future__ import annotations

import decimal
import re
from collections.abc import Callable, Sequence
from typing import Optional

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Tags of a column in the schema: what a comma in its numbers is. Without one there is no comma.
THOUSANDS_COMMA = "comma:thousands"
DECIMAL_COMMA = "comma:decimal"
NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
# What may stand between thousands where a comma is a decimal one.
GROUPING = r"[. '\x{2019}\x{a0}\x{202f}]"
# How a number is written, by the tag.
FORMS = {
    "": f"^{NUMBER}$",
    THOUSANDS_COMMA: rf"^({NUMBER}|[+-]?[1-9]\d{{0,2}}(,\d{{2,3}})*,\d{{3}}(\.\d*)?)$",
    DECIMAL_COMMA: (
        r"^[+-]?(\d+,?\d*|,\d+|[1-9]\d{0,2}" + rf"({GROUPING}\d{{3}})+(,\d*)?)([eE][+-]?\d+)?$"
    ),
}
INTEGER = r"^[+-]?\d+$"
# Telephone numbers and postal codes.
LEADING_ZERO = r"[+-]?0\d"
BOOLEANS = {"true", "false"}
GREATEST = float(np.finfo(np.float32).max)
# Of an integer of 64 bits, and of what float64, in which TensorFlow compares them, can hold.
MOST_DIGITS, DIGITS_OF_FLOAT64 = 19, 15

Key = Callable[[str], Optional[object]]


def form_of(tags: Sequence[str]) -> str:
    """Return which of FORMS the numbers of a column have, by its tags."""
    return next((tag for tag in tags if tag in FORMS), "")


def plain(cells: pa.Array, form: str) -> pa.Array:
    """Write numbers as Python does.

    Args:
        cells: strings.
        form: one of FORMS; what is no number of this form stays as it is if it is none of
            Python's either, and else becomes one that is none.
    """
    if not form:
        return cells
    if form == THOUSANDS_COMMA:
        written = pc.replace_substring(cells, ",", "")
    else:
        ungrouped = pc.replace_substring_regex(cells, GROUPING, "")
        written = pc.replace_substring(ungrouped, ",", ".")
    others = pc.replace_substring_regex(cells, f"^({NUMBER})$", r"\1 ")
    return pc.if_else(pc.match_substring_regex(cells, FORMS[form]), written, others)


def floats(cells: pa.Array) -> pa.Array:
    """Read plain numbers as float64; null where there is none that float32 can hold, too."""
    try:
        numbers = cells.cast(pa.float64())
    except pa.ArrowInvalid:
        are_numbers = pc.match_substring_regex(cells, FORMS[""])
        unsigned = pc.replace_substring_regex(cells, r"^\+", "")
        numbers = pc.if_else(are_numbers, unsigned, None).cast(pa.float64())
    return pc.if_else(pc.less_equal(pc.abs(numbers), GREATEST), numbers, None)


def integers(cells: pa.Array) -> pa.Array:
    """Read plain numbers without a fraction, 5 or 5.0, as int64; null where there is none."""
    if pc.all(pc.match_substring_regex(cells, INTEGER)).as_py():
        try:
            return cells.cast(pa.int64())
        except pa.ArrowInvalid:
            # One has a sign, or is too great.
            pass
    whole = _each(cells, _integer)
    return pa.array([each and int(each) for each in whole.to_pylist()], pa.int64())


def key_of(values: Sequence[str]) -> Key | None:
    """Return what makes two spellings of a category the same; None if only the text does.

    Numbers are the same by their value, unless one begins with 0 as codes do or has too many
    digits, or two of them would be the same; booleans by their word.

    Args:
        values: all that a column may have.
    """
    digits = [len(re.sub(r"\D", "", value)) for value in values]
    coded = any(re.match(LEADING_ZERO, value) for value in values)
    if not values or coded or max(digits) > DIGITS_OF_FLOAT64:
        return None
    for key in (number, boolean):
        keys = {key(value) for value in values}
        if None not in keys and len(keys) == len(values):
            return key
    return None


def respelled(cells: pa.Array, values: Sequence[str]) -> pa.Array:
    """Spell categories as a list of values does; what is not in it stays as it is."""
    key = key_of(values)
    if not key:
        return cells
    spelled = {key(value): value for value in values}
    return _each(cells, lambda text: spelled.get(key(text), text))


def number(text: str) -> decimal.Decimal | None:
    """Return the value of a plain number; None if a text is none."""
    return decimal.Decimal(text) if re.fullmatch(NUMBER, text) else None


def boolean(text: str) -> str | None:
    """Return true or false, whatever its case; None if a text is none of them."""
    word = text.lower()
    return word if word in BOOLEANS else None


def in_full(number: np.floating) -> str:
    """Write a number with as many digits as tell it from all others of its dtype."""
    # NumPy finds the digits; from where on it writes exponents depends on its version.
    return str(float(str(number)))


def _each(cells: pa.Array, function: Callable[[str], str | None]) -> pa.Array:
    """Map each different string once."""
    encoded = cells.dictionary_encode()
    texts = pa.array([function(text) for text in encoded.dictionary.to_pylist()], pa.string())
    return texts.take(encoded.indices)


def _integer(text: str) -> str | None:
    value = number(text)
    if value is None or value.adjusted() >= MOST_DIGITS or value != value.to_integral_value():
        return None
    return str(int(value)) if -(2**63) <= value < 2**63 else None
