"""Whether a column holds numbers, and what a comma or a point in them means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from ..files import spelling

INTEGER = r"^[+-]?\d+$"
# So many cells that are no numbers, or such a share of all, are few.
FEW_STRAYS, SMALL_SHARE = 10, 0.05
MOST_NAMED = 3


@dataclass
class Form:
    """How the cells of a column fit one of spelling.FORMS.

    Attributes:
        tag: of the form.
        strays: how many known cells are no such numbers.
        named: the first of these, each with its place.
        whole: whether all such numbers are integers of 64 bits.
    """

    tag: str
    strays: int = 0
    named: list[str] = field(default_factory=list)
    whole: bool = True

    def update(self, cells: pa.Array, place: Callable[[int], str]) -> None:
        """Add cells, strings; `place` says in words which row they are of, from 0 on."""
        written = spelling.plain(cells, self.tag)
        is_stray = pc.and_(cells.is_valid(), spelling.floats(written).is_null())
        if strays := pc.sum(is_stray).as_py():
            self.strays += strays
            rows = pc.indices_nonzero(is_stray).to_pylist()[: MOST_NAMED - len(self.named)]
            self.named += [f"{place(row)}: {cells[row].as_py()!r}" for row in rows]
        numbers = pc.if_else(is_stray, None, written)
        if self.whole and pc.all(pc.match_substring_regex(numbers, INTEGER)).as_py():
            self.whole = spelling.integers(numbers).null_count == numbers.null_count
        elif len(numbers.drop_null()):
            self.whole = False


@dataclass
class NumberColumn:
    """What is known of the numbers in a column.

    Attributes:
        forms: how the cells fit each form.
        known: how many cells are not empty.
        coded: whether one begins with 0 as codes do.
        comma, point: a cell that has one.
    """

    forms: dict[str, Form] = field(
        default_factory=lambda: {tag: Form(tag) for tag in spelling.FORMS}
    )
    known: int = 0
    coded: bool = False
    comma: str = ""
    point: str = ""

    def update(self, cells: pa.Array, place: Callable[[int], str]) -> None:
        """Add cells, strings; `place` says in words which row they are of, from 0 on."""
        self.known += len(cells) - cells.null_count
        coded = pc.match_substring_regex(cells, f"^{spelling.LEADING_ZERO}")
        self.coded = self.coded or bool(pc.any(coded).as_py())
        self.comma = self.comma or _first_with(cells, ",")
        self.point = self.point or _first_with(cells, ".")
        for form in self.forms.values():
            form.update(cells, place)

    @property
    def fitting(self) -> list[str]:
        """The forms that all cells have; none if they are codes or texts."""
        if self.coded or not self.known:
            return []
        return [tag for tag, form in self.forms.items() if not form.strays]

    def form(self, told: str, decimal_commas: bool) -> Form | None:
        """Return the form of the numbers; None if they are none, or can be read in two ways.

        Args:
            told: the tag that somebody gave the column; empty if nobody did.
            decimal_commas: whether other columns of the data have these.
        """
        fitting = self.fitting
        if told and told in fitting:
            return self.forms[told]
        if not fitting or self.ambiguous(decimal_commas):
            return None
        return self.forms[fitting[0]]

    def ambiguous(self, decimal_commas: bool) -> str:
        """Return a cell that can be read in two ways, as far as its column tells; empty if none."""
        fitting = self.fitting
        if {spelling.THOUSANDS_COMMA, spelling.DECIMAL_COMMA} <= {*fitting} and self.comma:
            return self.comma
        if {"", spelling.DECIMAL_COMMA} <= {*fitting} and decimal_commas:
            return self.point
        return ""

    @property
    def strays(self) -> str:
        """Name the cells that keep the column from being one of numbers, if they are few."""
        form = min(self.forms.values(), key=lambda form: form.strays)
        share = form.strays / max(self.known, 1)
        if self.coded or not 0 < form.strays <= FEW_STRAYS or share > SMALL_SHARE:
            return ""
        more = f", and {form.strays - MOST_NAMED} more" if form.strays > MOST_NAMED else ""
        return f"{', '.join(form.named)}{more}"


def _first_with(cells: pa.Array, sign: str) -> str:
    row = pc.index(pc.match_substring(cells, sign), True).as_py()
    return "" if row < 0 else cells[row].as_py()
