"""Whether a column's values are ids that repeat, of people in a panel, say; or a category.

A category describes its rows, and so does a quantity; an id only says which rows belong together.
So what is asked for is that other columns describe the group, whatever the order of the ids, and
that the rows were put together by group; or that the column's name says whose id it is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

# So many groups there must be, the largest of which has at most such a share of the rows.
LEAST_GROUPS, LARGEST_GROUP = 20, 0.1
# So many rows a group must have on average: where the name says it all, and where it does not.
LEAST_ROWS_IF_NAMED, LEAST_ROWS = 1.1, 2
# What happens less often is no chance.
NO_CHANCE = 1e-6
# Of the changes that there would be in random order, so many are many.
MANY_CHANGES = 0.5
PEOPLE = {
    *("animal", "athlete", "client", "customer", "donor", "driver", "employee", "household"),
    *("individual", "member", "participant", "patient", "person", "player", "pupil"),
    *("respondent", "student", "subject", "user", "visitor"),
}
IDS = {"guid", "id", "key", "no", "nr", "uuid"}
TIMES = {
    *("date", "datetime", "day", "hour", "minute", "month", "quarter", "season", "second"),
    *("time", "timestamp", "week", "year"),
}


@dataclass(frozen=True)
class Coded:
    """The cells of a column.

    Attributes:
        codes: for each row the place of its value among all in their order; -1 if it has none.
        count: how many different values there are.
        can_be_ids: whether all of them are integers, or texts with digits.
    """

    codes: np.ndarray
    count: int
    can_be_ids: bool


def words_of(name: str) -> list[str]:
    """Split a column's name, be it customer_id, CustomerID or customerid."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)
    lower = [word.lower() for word in words]
    return [
        part
        for word in lower
        for part in ([word[:-2], "id"] if word[:-2] in PEOPLE and word[-2:] == "id" else [word])
    ]


def described(name: str, columns: Mapping[str, Coded]) -> list[str] | None:
    """Return which columns describe the groups that a column makes; None if it is no id.

    Args:
        name: of the column.
        columns: all, with the same rows.
    """
    column = columns[name]
    known = column.codes[column.codes >= 0]
    sizes = np.bincount(known, minlength=1)
    groups = np.count_nonzero(sizes)
    if groups < LEAST_GROUPS or sizes.max() > LARGEST_GROUP * len(known):
        return None
    words, rows = set(words_of(name)), len(known) / groups
    is_named = words & PEOPLE and words <= PEOPLE | IDS and rows >= LEAST_ROWS_IF_NAMED
    may_be_one = (column.can_be_ids or words & IDS) and not words & TIMES and rows >= LEAST_ROWS
    if not is_named and not (may_be_one and is_laid_out(known)):
        return None
    told = [other for other in columns if other != name and describes(columns[other], column)]
    return told if told or (is_named and words & IDS) else None


def describes(other: Coded, column: Coded) -> bool:
    """Whether a column has one value in each group, not by chance, and in no order of the groups.

    What stays the same while a number grows, such as the age group of an age, was made from it.
    """
    both = (other.codes >= 0) & (column.codes >= 0)
    values, groups = other.codes[both], column.codes[both]
    if not len(values):
        return False
    of_group = np.full(column.count, -1)
    of_group[groups] = values
    if not np.array_equal(of_group[groups], values):
        return False
    of_group = of_group[of_group >= 0]
    different = len(np.unique(of_group))
    # Another name of the group describes nothing.
    if different < 2 or different > len(of_group) / 2:
        return False
    alike = np.sum((np.bincount(values) / len(values)) ** 2)
    if (len(values) - len(of_group)) * math.log(alike) > math.log(NO_CHANCE):
        return False
    by_chance = len(of_group) * (1 - np.sum((np.bincount(of_group) / len(of_group)) ** 2))
    return np.count_nonzero(np.diff(of_group)) >= MANY_CHANGES * by_chance


def is_laid_out(groups: np.ndarray) -> bool:
    """Whether rows were put together by group: side by side, in waves, or as many for each.

    Args:
        groups: for each row the number of its group.
    """
    sizes = np.bincount(groups)
    found = np.count_nonzero(sizes)
    side_by_side = np.count_nonzero(np.diff(groups)) + 1 == found
    as_many = len(np.unique(sizes[sizes > 0])) == 1
    by_group = np.argsort(groups, kind="stable")
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    wave = np.empty(len(groups), int)
    wave[by_group] = np.arange(len(groups)) - np.repeat(starts, sizes)
    return bool(side_by_side or as_many or np.all(np.diff(wave) >= 0))
