"""Whether the cells of a column are lists, and what stands between their items."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

SEPARATORS = ("|", ";", ",")
# So many different items are counted; what has more is no list of categories.
MOST_ITEMS = 1000
# How often each item must be there on average, and how many more lists than items there must be.
LEAST_OF_AN_ITEM, LISTS_OF_AN_ITEM = 5, 2
# In this share of the cells there must be several items.
LEAST_SEVERAL = 0.1


@dataclass
class Items:
    """What stands between separators.

    Attributes:
        different: the items.
        count: how many there are in all cells.
        several: how many cells have a separator.
    """

    different: set[str] = field(default_factory=set)
    count: int = 0
    several: int = 0


@dataclass
class ListColumn:
    """What is known of the lists in a column.

    Attributes:
        known: how many cells are not empty.
        items: by separator, unless there are too many.
    """

    known: int = 0
    items: dict[str, Items] = field(
        default_factory=lambda: {separator: Items() for separator in SEPARATORS}
    )

    def update(self, known: pa.Array) -> None:
        """Add cells, strings, none of which is empty."""
        self.known += len(known)
        for separator, items in [*self.items.items()]:
            items.several += pc.sum(pc.match_substring(known, separator)).as_py()
            if items.several < LEAST_SEVERAL * self.known:
                # No cell is looked at closely while there are hardly any separators.
                del self.items[separator]
                continue
            found = pc.utf8_trim_whitespace(pc.split_pattern(known, separator).flatten())
            items.count += len(found)
            items.different.update(pc.unique(found).to_pylist())
            if len(items.different) > MOST_ITEMS:
                del self.items[separator]

    def separator(self, unique: int) -> str:
        """Return what is between the items; empty if the cells are no lists of categories.

        Args:
            unique: how many different cells there are.
        """
        fitting = {
            separator: items.several
            for separator, items in self.items.items()
            if items.count >= LEAST_OF_AN_ITEM * len(items.different)
            and unique >= LISTS_OF_AN_ITEM * len(items.different)
        }
        return max(fitting, key=lambda separator: fitting[separator], default="")
