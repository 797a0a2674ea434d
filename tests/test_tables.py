"""The bench `tables`: its list follows from the rule, its page from what was measured."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

import pytest

from table_list import (
    COLUMNS,
    HALVES,
    MOST,
    ROWS,
    STRATA,
    Candidate,
    Listed,
    draw,
    label_of_formulas,
    read_candidates,
    read_list,
)
from table_results import FAILED, Result, Row, append, read, report, write

PROJECT = "1.15 keras yes 0123456789ab"


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


def listed(kind: str, half: str = "tuning") -> Listed:
    """Make a data set of a kind."""
    size = {"rows": "1500", "columns": "9"}
    made = Candidate("p", f"{kind}-{half}", "y", kind=kind, traits="", left_out="", **size)
    return Listed(made, half)


def result(
    of: Listed, ours: float | None, boosting: float, seed: int = 1, said: str = ""
) -> Result:
    """Make a result; without a score of ours, of a run that has failed."""
    scores = {"boosting": boosting, "linear": boosting}
    outcome = FAILED
    if ours is not None:
        scores["ours"] = ours
        outcome = "not blessed" if said else "blessed"
    seconds = {"ours": 40.0, "boosting": 1.0, "linear": 0.1}
    return Result(of.candidate.name, seed, PROJECT, outcome, said, scores, seconds)


@pytest.mark.parametrize(
    ("kind", "ours", "boosting", "level", "far"),
    [
        ("binary", 0.795, 0.80, True, False),
        ("binary", 0.785, 0.80, False, False),
        ("classes", 0.765, 0.80, False, True),
        ("classes", 0.9, 0.80, True, False),
        # A smaller error is better.
        ("number", 90.0, 100.0, True, False),
        ("number", 102.5, 100.0, True, False),
        ("number", 105.0, 100.0, False, False),
        ("number", 111.0, 100.0, False, True),
        ("number", None, 100.0, False, True),
    ],
)
def test_how_far_ours_may_be_behind(
    kind: str, ours: float | None, boosting: float, level: bool, far: bool
) -> None:
    of = listed(kind)
    row = Row(of, [result(of, ours, boosting)])
    assert (row.is_level, row.is_far_behind) == (level, far)


def test_the_report_has_means_of_the_seeds_and_says_what_is_not_there() -> None:
    binary, number, missing = listed("binary"), listed("number", "untouched"), listed("classes")
    results = [
        result(binary, 0.7, 0.8),
        result(binary, 0.9, 0.8, seed=2, said="stdout\nnot blessed: too few"),
        result(number, None, 2.0, said="it failed:\nno such column"),
    ]
    text = report([binary, number, missing], results)
    assert "| binary | tuning | 0.8 | 0.8 | 0.8 | +0.000 | level | 1 of 2 |" in text
    assert "| - | 2 | 2 | failed | far behind | 0 of 1 |" in text
    assert "| tuning | 1 of 2 | 1 (100%; the goal is 80%) | 0 (the goal is 0) | 1 | 40 |" in text
    assert "| untouched | 1 of 1 | 0 (0%; the goal is 80%) | 1 (the goal is 0) | 0 | 40 |" in text
    assert "Not measured: p/classes-tuning." in text
    assert "- p/binary-tuning, seed 2: not blessed: too few\n" in text
    assert "- p/number-untouched, seed 1: no such column\n" in text


def test_the_newest_result_of_the_same_project_counts(tmp_path: Path) -> None:
    kept = tmp_path / "results.jsonl"
    assert read(kept, PROJECT) == {}
    failed, better = result(listed("binary"), None, 0.8), result(listed("binary"), 0.7, 0.8)
    other = result(listed("number"), 2.0, 2.0, seed=2)
    for each in (failed, other, better, dataclasses.replace(other, project="1.21 keras")):
        append(kept, each)
    assert read(kept, PROJECT) == {
        ("p/binary-tuning", 1): better,
        ("p/number-tuning", 2): other,
    }


def test_the_page_keeps_what_stands_before_the_tables(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Tables\n\nBy hand.\n\n## Measured\n\nolder\n", encoding="utf-8")
    write(page, "| newer |\n")
    expected = "# Tables\n\nBy hand.\n\n## Measured\n\n| newer |\n"
    assert page.read_text(encoding="utf-8") == expected
    page.write_text("# Tables\n", encoding="utf-8")
    with pytest.raises(ValueError, match="## Measured"):
        write(page, "| newer |\n")
    assert page.read_text(encoding="utf-8") == "# Tables\n"
