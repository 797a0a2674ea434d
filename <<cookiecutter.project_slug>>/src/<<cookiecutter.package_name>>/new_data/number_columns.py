"""Whether a column holds numbers, and what a comma or a point in them means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from ..files import spelling

# So many cells that begin with 0, or such a share of all, are few.
FEW_CODES, SMALL_SHARE = 10, 0.05
MOST_NAMED = 3
# Currencies, shares and degrees.
SIGNS = r"^[\p{Sc}%‰°\s]+|[\p{Sc}%‰°\s]+$"
# Without thousands, such integers have no point.
LONG_INTEGER = r"^[+-]?\d{4,}$"

Place = Callable[[int], str]


@dataclass
class Strays:
    """Cells that do not fit, of which the first are named.

    Attributes:
        count: how many there are.
        named: the first of them, each with its place.
    """

    count: int = 0
    named: list[str] = field(default_factory=list)

    def update(self, cells: pa.Array, are_such: pa.Array, place: Place) -> None:
        """Add those of some strings that are such."""
        if count := pc.sum(are_such).as_py():
            self.count += count
            rows = pc.indices_nonzero(are_such).to_pylist()[: MOST_NAMED - len(self.named)]
            self.named += [f"{place(row)}: {cells[row].as_py()!r}" for row in rows]

    @property
    def told(self) -> str:
        """Name them; empty if there are none."""
        more = f", and {self.count - MOST_NAMED:,} more" if self.count > MOST_NAMED else ""
        return f"{', '.join(self.named)}{more}"


@dataclass
class Form:
    """How the cells of a column fit one of spelling.FORMS.

    Attributes:
        tag: of the form.
        strays: the known cells that are no such numbers.
        whole: whether all such numbers are integers of 64 bits.
    """

    tag: str
    strays: Strays = field(default_factory=Strays)
    whole: bool = True

    def update(self, cells: pa.Array, place: Place) -> None:
        """Add cells, strings; `place` says in words which row they are of, from 0 on."""
        written = spelling.plain(cells, self.tag)
        is_stray = pc.and_(cells.is_valid(), spelling.floats(written).is_null())
        self.strays.update(cells, is_stray, place)
        numbers = pc.if_else(is_stray, None, written)
        if self.whole and pc.all(pc.match_substring_regex(numbers, spelling.INTEGER)).as_py():
            self.whole = spelling.integers(numbers).null_count == numbers.null_count
        elif len(numbers.drop_null()):
            self.whole = False


@dataclass
class NumberColumn:
    """What is known of the numbers in a column.

    Attributes:
        forms: how the cells fit each form.
        known: how many cells are not empty.
        codes: the cells that begin with 0 as codes do.
        signed: whether all cells are numbers, but for signs beside them.
        comma, point: a cell that has one.
        without_point: a cell that has none.
        long: an integer that would have points if these were between thousands.
    """

    forms: dict[str, Form] = field(
        default_factory=lambda: {tag: Form(tag) for tag in spelling.FORMS}
    )
    known: int = 0
    codes: Strays = field(default_factory=Strays)
    signed: bool = True
    comma: str = ""
    point: str = ""
    without_point: str = ""
    long: str = ""

    def update(self, cells: pa.Array, place: Place) -> None:
        """Add cells, strings; `place` says in words which row they are of, from 0 on."""
        self.known += len(cells) - cells.null_count
        coded = pc.match_substring_regex(cells, f"^{spelling.LEADING_ZERO}")
        self.codes.update(cells, pc.fill_null(coded, False), place)
        self.signed = self.signed and _are_numbers(pc.replace_substring_regex(cells, SIGNS, ""))
        self.without_point = self.without_point or _first(pc.invert(_has(cells, ".")), cells)
        self.long = self.long or _first(pc.match_substring_regex(cells, LONG_INTEGER), cells)
        self.comma = self.comma or _first(_has(cells, ","), cells)
        self.point = self.point or _first(_has(cells, "."), cells)
        for form in self.forms.values():
            form.update(cells, place)

    @property
    def fitting(self) -> list[str]:
        """The forms that all cells have; none if they are codes or texts."""
        if self.codes.count or not self.known:
            return []
        return [tag for tag, form in self.forms.items() if not form.strays.count]

    def form(self, told: str, decimal_commas: bool, semicolons: bool) -> Form | None:
        """Return the form of the numbers; None if they are none, or can be read in two ways.

        Args:
            told: the tag that somebody gave the column; empty if nobody did.
            decimal_commas: whether other columns of the data have these.
            semicolons: whether these are between the cells.
        """
        fitting = self.fitting
        if told and told in fitting:
            return self.forms[told]
        if not fitting or self.ambiguous(decimal_commas, semicolons):
            return None
        return self.forms[fitting[0]]

    def ambiguous(self, decimal_commas: bool, semicolons: bool) -> str:
        """Return a cell that can be read in two ways, as far as its column tells; empty if none.

        Where commas are decimal, semicolons are usual, and points are between thousands.
        """
        fitting = self.fitting
        if {spelling.THOUSANDS_COMMA, spelling.DECIMAL_COMMA} <= {*fitting} and self.comma:
            return self.comma
        grouped = decimal_commas or (semicolons and self.without_point)
        if {"", spelling.DECIMAL_COMMA} <= {*fitting} and grouped and not self.long:
            return self.point
        return ""

    def readings(self, decimal_commas: bool, semicolons: bool) -> str:
        """Say which numbers a cell can be, if it cannot be told which of them it is."""
        cell = self.ambiguous(decimal_commas, semicolons)
        if not cell:
            return ""
        numbers = {
            f"{number:.10g}"
            for tag in self.fitting
            for number in spelling.floats(spelling.plain(pa.array([cell]), tag)).to_pylist()
        }
        return f"{cell!r} can be {' or '.join(sorted(numbers))}"

    @property
    def strays(self) -> str:
        """Name the cells that keep the column from being one of numbers, unless it is of texts."""
        strays = min((form.strays for form in self.forms.values()), key=lambda each: each.count)
        if strays.count:
            return strays.told if 2 * strays.count < self.known or self.signed else ""
        few = 2 * self.codes.count < self.known and self.codes.count <= FEW_CODES
        return self.codes.told if few or self.codes.count <= SMALL_SHARE * self.known else ""


def _are_numbers(cells: pa.Array) -> bool:
    """Whether all known cells are numbers of any form."""
    return bool(pc.all(pc.match_substring_regex(cells, "|".join(spelling.FORMS.values()))).as_py())


def _has(cells: pa.Array, sign: str) -> pa.Array:
    return pc.match_substring(cells, sign)


def _first(are_such: pa.Array, cells: pa.Array) -> str:
    row = pc.index(are_such, True).as_py()
    return "" if row < 0 else cells[row].as_py()
