"""What suggests a split: the files are such as people have, and others that are much like them."""

from __future__ import annotations

import collections
import csv
import datetime
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Dict, List, Optional

import numpy as np
import pyarrow as pa
import pytest
from tensorflow_metadata.proto.v0 import schema_pb2

from << cookiecutter.package_name >>.new_data import (
    profiling,
    schema_inference,
    split_proposal,
)
from << cookiecutter.package_name >>.new_data.group_columns import (
    is_laid_out,
    words_of,
)
from << cookiecutter.package_name >>.new_data.profiling import Profile
from << cookiecutter.package_name >>.new_data.split_proposal import (
    Proposal,
)

BYTES, INT, FLOAT = schema_pb2.BYTES, schema_pb2.INT, schema_pb2.FLOAT
Row = Dict[str, object]
Proposed = Callable[[Iterable[Row]], Optional[Proposal]]
CHANCE = random.Random(1)


def profile(name: str, cells: List[str]) -> Profile:
    """Look at cells, none of which is empty, as profiling does with files."""
    kind = profiling.Kind()
    kind.update(pa.array(cells), str)
    dated = kind.dates.form("", set())
    form = None if dated else kind.numbers.form("", False, False)
    counts = tuple(collections.Counter(cells).most_common())
    numbers = [*map(float, cells)] if form else [0.0]
    return Profile(
        name,
        (INT if form.whole else FLOAT) if form else BYTES,
        rows=len(cells),
        known=len(cells),
        unique=len(counts),
        values=counts,
        least=min(numbers),
        greatest=max(numbers),
        ascending=kind.ascending,
        date=bool(dated),
    )


@pytest.fixture
def proposed(tmp_path: Path) -> Proposed:
    """Return a function that says what is proposed for rows."""

    def proposed(made: Iterable[Row]) -> Optional[Proposal]:
        rows = [*made]
        file = tmp_path / "data.csv"
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, [*rows[0]])
            writer.writeheader()
            writer.writerows(rows)
        profiles = [profile(name, [str(row[name]) for row in rows]) for name in rows[0]]
        schema, _ = schema_inference.build_schema(profiles, "label", {})
        table = profiling.beginning([file], len(profiles))
        return split_proposal.propose([file], table, profiles, schema)

    return proposed


def label() -> str:
    return CHANCE.choice(["yes", "no"])


def number() -> str:
    return f"{CHANCE.gauss(0, 1):.3f}"


def people(name: str, count: int = 40, years: int = 6) -> List[Row]:
    """Make a panel, sorted by person and year."""
    rows: List[Row] = []
    for _ in range(count):
        person = CHANCE.randrange(100, 9_999)
        sex, born = CHANCE.choice("fm"), CHANCE.randrange(1950, 1990)
        rows += [
            {name: person, "year": 1990 + year, "sex": sex, "born": born, "wage": number()}
            for year in range(years)
        ]
    return [{**row, "label": label()} for row in rows]


def shuffled(rows: List[Row]) -> List[Row]:
    return CHANCE.sample(rows, len(rows))


def by_year(rows: List[Row]) -> List[Row]:
    return sorted(rows, key=lambda row: int(str(row["year"])))


def uneven(rows: List[Row]) -> List[Row]:
    return [row for row in rows if CHANCE.random() < 0.8]


@pytest.mark.parametrize(
    "rows",
    [
        people("nr"),
        uneven(people("unit")),
        by_year(people("unit")),
        shuffled(people("unit")),
        shuffled(uneven(people("patient_id"))),
        [{**row, "x": f"a{row['x']}"} for row in uneven(people("x"))],
    ],
    ids=["as it is", "uneven", "in waves", "of equal size", "called so", "texts"],
)
def test_people_in_a_panel_are_an_id_that_repeats(proposed: Proposed, rows: List[Row]) -> None:
    proposal = proposed(rows)
    assert str(proposal.rule) == f"column:{next(iter(rows[0]))}"
    assert "values in" in proposal.why
    assert proposal.units >= 35


def test_near_copies_of_rows_are_an_id_that_repeats(proposed: Proposed) -> None:
    rows = [
        {"source": source, "x": f"{source % 7 + CHANCE.random():.4f}", "label": kind}
        for source in range(60)
        for kind in [label()]
        for _ in range(5)
    ]
    assert str(proposed(rows).rule) == "column:source"


def test_customers_without_a_description_are_told_by_their_name(
    proposed: Proposed,
) -> None:
    rows = [
        {"CustomerID": CHANCE.randrange(1, 200), "amount": number(), "label": label()}
        for _ in range(600)
    ]
    assert str(proposed(rows).rule) == "column:CustomerID"
    assert proposed([{key: row[key] for key in ("CustomerID", "label")} for row in rows]) is None


def cities() -> List[Row]:
    """Make a category that others describe, in the order in which the rows came."""
    states = {city: CHANCE.choice("abcdef") for city in range(80)}
    found = [min(int(CHANCE.expovariate(0.1)), 79) for _ in range(800)]
    return [
        {"city": f"city {city}", "zip": 1000 + city, "state": states[city], "x": number()}
        for city in found
    ]


def ages() -> List[Row]:
    """Make a number that its group was made from, sorted by it."""
    found = sorted(CHANCE.randrange(18, 80) for _ in range(600))
    return [{"age": age, "age_group": f"{age // 10 * 10}s", "x": number()} for age in found]


def prices() -> List[Row]:
    found = sorted(CHANCE.randrange(100, 300) for _ in range(900))
    return [{"price": price, "cut": CHANCE.choice("abc"), "x": number()} for price in found]


def weeks() -> List[Row]:
    return [
        {"week": week, "holiday": (week * 7) % 5 == 0, "store": CHANCE.choice("abc")}
        for week in range(60)
        for _ in range(10)
    ]


def grid() -> List[Row]:
    return [
        {"heat": heat, "salt": salt, "x": number()} for heat in range(20, 60) for salt in "abcdef"
    ]


def blocks() -> List[Row]:
    """Make a designed experiment: as many rows of each of a few, which others describe."""
    return [
        {"plot": plot, "soil": "abc"[plot * 5 % 3], "x": number()}
        for plot in range(8)
        for _ in range(30)
    ]


def visits() -> List[Row]:
    return [
        {"patient_age": CHANCE.randrange(18, 80), "user_type": CHANCE.choice("abc"), "x": number()}
        for _ in range(600)
    ]


def distinct() -> List[Row]:
    return [{"row": row, "key": f"k{row}", "x": number()} for row in range(300)]


def rare() -> List[Row]:
    """Make a column that is the same in nearly all rows, and so in all groups."""
    return [{"unit": row // 5, "rare": row < 5, "x": number()} for row in range(300)]


@pytest.mark.parametrize(
    "make", [cities, ages, prices, weeks, grid, blocks, visits, distinct, rare]
)
def test_neither_categories_nor_quantities_are_ids(
    proposed: Proposed, make: Callable[[], List[Row]]
) -> None:
    assert proposed({**row, "label": label()} for row in make()) is None


def days(name: str, order: Callable[[int], int] = lambda day: day) -> List[Row]:
    first = datetime.date(2024, 1, 1)
    return [
        {name: first + datetime.timedelta(order(day // 3)), "x": number(), "label": label()}
        for day in range(300)
    ]


@pytest.mark.parametrize(
    "rows",
    [
        days("opened"),
        days("opened", lambda day: 99 - day),
        days("Date", lambda day: day * 37 % 100),
    ],
    ids=["ascending", "descending", "called so"],
)
def test_the_order_or_the_name_of_dates_suggests_the_newest(
    proposed: Proposed, rows: List[Row]
) -> None:
    proposal = proposed(rows)
    assert str(proposal.rule) == f"newest:{next(iter(rows[0]))}"
    assert proposal.units == 0


@pytest.mark.parametrize(
    "rows",
    [
        days("birth date", lambda day: day * 37 % 100),
        days("opened", lambda day: day % 10),
        [
            {"opened": f"{row // 25 + 1}/{row % 12 + 1}/2024", "x": number(), "label": label()}
            for row in range(300)
        ],
    ],
    ids=["a birthday", "few days", "of unknown order"],
)
def test_other_dates_suggest_nothing(proposed: Proposed, rows: List[Row]) -> None:
    assert proposed(rows) is None


def test_few_rows_that_stand_for_many_are_rows_of_their_own(
    proposed: Proposed,
) -> None:
    some = [{"class": kind, "sex": sex} for kind in "abcd" for sex in "fm"]
    rows = [{**CHANCE.choice(some), "label": label()} for _ in range(400)]
    proposal = proposed(rows)
    assert str(proposal.rule) == "row"
    assert proposal.why.startswith("only 16 distinct rows stand for 400")
    assert proposed({**row, "x": number()} for row in rows) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("customer_id", ["customer", "id"]),
        ("CustomerID", ["customer", "id"]),
        ("patientid", ["patient", "id"]),
        ("Subject", ["subject"]),
        ("isValid", ["is", "valid"]),
        ("paid", ["paid"]),
    ],
)
def test_names_are_words(name: str, words: List[str]) -> None:
    assert words_of(name) == words


def test_rows_are_laid_out_side_by_side_or_in_waves_or_evenly() -> None:
    assert is_laid_out(np.array([1, 1, 1, 0, 2, 2]))
    assert is_laid_out(np.array([0, 2, 1, 2, 1, 2]))
    assert is_laid_out(np.array([0, 1, 0, 2, 1, 2]))
    assert not is_laid_out(np.array([0, 1, 0, 2, 2, 0, 1]))
