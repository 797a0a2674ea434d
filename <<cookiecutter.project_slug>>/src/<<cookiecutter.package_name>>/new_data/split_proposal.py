"""Which setting of `split` the data suggest: by copies, by an id that repeats, or by time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2

from ..features.schema import label_of, read_by_the_model, reading_of
from ..files import dates, examples, spelling, splits
from ..files.splits import Rule
from .group_columns import TIMES, Coded, described, words_of
from .profiling import Profile

# Of a column that is looked at, so many of the cells must be filled.
LEAST_KNOWN = 0.95
LEAST_TIMES = 20
# How many columns that describe a group are named.
MOST_NAMED = 3


@dataclass(frozen=True)
class Proposal:
    """A setting that fits the data better than the default.

    Attributes:
        rule: as the setting says it.
        why: what in the data suggests it.
        units: how many rows, or groups of rows, are independent of each other; 0 if those of one
            split need not be like those of the other.
    """

    rule: Rule
    why: str
    units: int


def propose(
    files: Sequence[Path],
    table: pa.Table,
    profiles: Sequence[Profile],
    schema: schema_pb2.Schema,
) -> Proposal | None:
    """Look for what makes splits by content unfair; None if there is nothing.

    Args:
        files: with one header.
        table: their beginning.
        profiles: of all columns.
        schema: of the same.
    """
    if proposal := by_copy(files, profiles, schema):
        return proposal
    filled = [each for each in profiles if each.known >= LEAST_KNOWN * each.rows]
    columns = {each.name: _coded(table, each) for each in profiles}
    return (
        by_order(table, filled, schema)
        or by_group(columns, filled, schema)
        or by_name(table, filled, schema)
    )


def by_copy(
    files: Sequence[Path], profiles: Sequence[Profile], schema: schema_pb2.Schema
) -> Proposal | None:
    """Look for few rows that stand for many."""
    rows = profiles[0].rows
    if max(each.unique for each in profiles) >= splits.FEW:
        return None
    distinct: set[tuple[Any, ...]] = set()
    for file in files:
        for batch in examples.batches(file, reading_of(schema)):
            columns = [examples.cells(column).to_pylist() for column in batch.columns]
            distinct.update(zip(*columns))
            if len(distinct) >= splits.FEW:
                return None
    if not splits.are_few(len(distinct), rows):
        return None
    why = f"only {len(distinct)} distinct rows stand for {rows:,}, and each copy counts as a row"
    return Proposal(Rule(splits.ROW), why, rows)


def by_order(
    table: pa.Table, profiles: Sequence[Profile], schema: schema_pb2.Schema
) -> Proposal | None:
    """Look for dates by which the rows are sorted."""
    for name, times in _dates(table, profiles, schema).items():
        later = np.diff(times)
        if np.all(later >= 0) or np.all(later <= 0):
            return Proposal(Rule(splits.NEWEST, name), f"the rows are in order of {name!r}", 0)
    return None


def by_name(
    table: pa.Table, profiles: Sequence[Profile], schema: schema_pb2.Schema
) -> Proposal | None:
    """Look for dates that are called no more than that, the only ones."""
    found = [*_dates(table, profiles, schema)]
    if len(found) == 1 and {*words_of(found[0])} <= TIMES:
        return Proposal(Rule(splits.NEWEST, found[0]), f"{found[0]!r} tells when a row is of", 0)
    return None


def by_group(
    columns: dict[str, Coded], profiles: Sequence[Profile], schema: schema_pb2.Schema
) -> Proposal | None:
    """Look for an id that repeats: the one that most columns describe, or of the most groups.

    It must not be all that there is to learn from.
    """
    label, read = label_of(schema).name, [each.name for each in read_by_the_model(schema)]
    found = []
    for each in profiles:
        if each.type == schema_pb2.FLOAT or each.date or each.name == label or read == [each.name]:
            continue
        told = described(each.name, columns)
        if told is not None:
            found.append((len(told), each.unique, each, told))
    if not found:
        return None
    _, unique, profile, told = max(found, key=lambda each: each[:2])
    more = f"; the same in all rows of one: {', '.join(told[:MOST_NAMED])}"
    why = (
        f"{profile.name!r} is like an id that repeats: {unique:,} values in {profile.known:,} rows"
        f"{more if told else ''}"
    )
    return Proposal(Rule(splits.COLUMN, profile.name), why, unique)


def _coded(table: pa.Table, profile: Profile) -> Coded:
    cells = table.column(profile.name).combine_chunks()
    are_numbers = profile.type != schema_pb2.BYTES
    values = spelling.floats(spelling.plain(cells, profile.form)) if are_numbers else cells
    encoded = values.dictionary_encode()
    count = len(encoded.dictionary)
    places = np.full(count + 1, -1)
    places[pc.sort_indices(encoded.dictionary).to_numpy()] = np.arange(count)
    codes = places[pc.fill_null(encoded.indices, count).to_numpy()]
    have_digits = are_numbers or pc.all(pc.match_substring_regex(encoded.dictionary, r"\d")).as_py()
    return Coded(codes, count, profile.type != schema_pb2.FLOAT and have_digits)


def _dates(
    table: pa.Table, profiles: Sequence[Profile], schema: schema_pb2.Schema
) -> dict[str, np.ndarray]:
    """Read the columns of dates that are those of no few days: seconds since 1970, by name."""
    features = {feature.name: feature for feature in schema.feature}
    found = {}
    for profile in profiles:
        if not profile.date or profile.unique < LEAST_TIMES:
            continue
        form = dates.form_of(features[profile.name].annotation.tag) or dates.DATE
        cells = table.column(profile.name).combine_chunks().drop_null()
        read = dates.seconds(cells, form)
        if not read.null_count and form != dates.TIME:
            found[profile.name] = read.to_numpy()
    return found
