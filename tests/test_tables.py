"""The list of data sets of the bench `tables`, which follows from its rule."""

from __future__ import annotations

from collections import Counter

import pytest

from table_list import (
    COLUMNS,
    HALVES,
    MOST,
    ROWS,
    STRATA,
    draw,
    label_of_formulas,
    read_candidates,
    read_list,
)


def test_the_list_follows_from_the_rule() -> None:
    assert read_list() == draw(read_candidates())


def test_the_list_has_both_halves_of_every_kind() -> None:
    listed = read_list()
    assert len(listed) >= 24
    for half in HALVES:
        found = [each.candidate for each in listed if each.half == half]
        assert len(found) == len(listed) // 2
        met = set().union(*(each.properties for each in found))
        assert set().union(*(properties for properties, _ in STRATA)) <= met
    assert max(Counter(each.candidate.package for each in listed).values()) <= MOST


def test_the_candidates_are_of_the_sizes_that_the_rule_names() -> None:
    for candidate in read_candidates():
        assert int(candidate.rows) in ROWS
        assert int(candidate.columns) in COLUMNS
        assert candidate.label not in candidate.left_out.split("|")


def test_a_stratum_that_cannot_be_filled_is_named() -> None:
    few = [each for each in read_candidates() if "text" not in each.properties]
    with pytest.raises(ValueError, match="less than 2"):
        draw(few)


@pytest.mark.parametrize(
    ("examples", "label"),
    [
        ("lm(log(wage) ~ age + I(age^2), data = d)", "wage"),
        ("glm(wage ~ ., data = d)", "wage"),
        ("xtabs(~ wage + age)\nlm(age ~ wage)", "age"),
        ("cbind(wage, age) ~ city", None),
        ("Surv(time, status) ~ other", None),
        ("wage ~ 1", None),
    ],
)
def test_the_label_is_what_the_first_formula_explains(examples: str, label: str | None) -> None:
    documentation = f"wage ~ age is no example\n### Examples\n{examples}"
    assert label_of_formulas(documentation, ["wage", "age", "city"]) == label
