"""Simulated answers: what share of models is blessed that know something, and that know nothing."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from << cookiecutter.package_name >>.metrics.significance import (
    BOUND,
    Judgement,
    accuracy_test,
    agreement_test,
    error_test,
    rank_test,
)
from << cookiecutter.package_name >>.metrics.summaries import (
    Confusions,
    Errors,
    Scores,
    Summary,
)

# By the evaluated rows, how many models are simulated: of 200, five pass now and then by chance.
SEEDS = {100: 1000, 300: 1000, 400: 200, 6000: 200}
ROWS = [100, 300, 6000]
SHARES = [0.5, 0.05]


def summary(kind: type[Summary], labels: np.ndarray, answers: np.ndarray) -> Summary:
    made = kind()
    made.count(labels, answers)
    made.fold()
    return made


def blessed(rows: int, simulate: Callable[[np.random.Generator], list[Judgement]]) -> list[float]:
    """Return of each test the share of the seeds whose model passes."""
    judged = [simulate(np.random.default_rng([rows, seed])) for seed in range(SEEDS[rows])]
    return np.mean([[each.significance >= BOUND for each in tests] for tests in judged], 0).tolist()


def classes(random: np.random.Generator, rows: int, shares: list[float]) -> np.ndarray:
    """Return classes with the given shares, in random order."""
    counts = np.round(np.array(shares[1:]) * rows).astype(int)
    return random.permutation(np.repeat(range(len(shares)), [rows - counts.sum(), *counts]))


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("rows", ROWS)
def test_random_scores_of_two_classes_are_not_blessed(rows: int, share: float) -> None:
    def simulate(random: np.random.Generator) -> list[Judgement]:
        labels, scores = classes(random, rows, [1 - share, share]), random.random((rows, 1))
        return [rank_test(summary(Scores, labels, each)) for each in (scores, scores.round(1))]

    assert max(blessed(rows, simulate)) <= 0.02


def test_scores_that_tell_something_are_blessed() -> None:
    def simulate(random: np.random.Generator) -> list[Judgement]:
        labels = classes(random, 400, [0.5, 0.5])
        # Two normal distributions so far from each other have an AUC of 0.65.
        scores = random.normal(0.545 * labels)[:, None]
        return [rank_test(summary(Scores, labels, scores))]

    assert min(blessed(400, simulate)) >= 0.9


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("constant", [0.0, 0.9])
def test_random_answers_of_three_classes_are_not_blessed(
    constant: float, rows: int, share: float
) -> None:
    def simulate(random: np.random.Generator) -> list[Judgement]:
        answers = random.random((rows, 3))
        answers[random.random(rows) < constant] = [1, 0, 0]
        labels = classes(random, rows, [1 - share, share / 2, share / 2])
        made = summary(Confusions, labels, answers)
        return [accuracy_test(made), agreement_test(made)]

    assert max(blessed(rows, simulate)) <= 0.02


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("spread", [1.0, 0.01])
def test_random_numbers_are_not_blessed(spread: float, rows: int) -> None:
    def simulate(random: np.random.Generator) -> list[Judgement]:
        labels, noise = random.normal(size=rows), spread * random.normal(size=(rows, 1))
        skewed = np.exp(labels)
        return [error_test(summary(Errors, each, each.mean() + noise)) for each in (labels, skewed)]

    assert max(blessed(rows, simulate)) <= 0.02


def test_numbers_that_tell_something_are_blessed() -> None:
    def simulate(random: np.random.Generator) -> list[Judgement]:
        told = random.normal(size=400)
        labels = told + 2 * random.normal(size=400)
        return [error_test(summary(Errors, labels, told[:, None]))]

    assert min(blessed(400, simulate)) >= 0.9


def test_a_constant_tells_nothing_apart() -> None:
    labels = np.arange(300) % 3
    constant = np.full((300, 3), [0.6, 0.3, 0.1])
    judged = [
        rank_test(summary(Scores, labels // 2, constant[:, :1])),
        accuracy_test(summary(Scores, labels // 2, constant[:, 2:])),
        accuracy_test(summary(Confusions, labels, constant)),
        agreement_test(summary(Confusions, labels, constant)),
        error_test(summary(Errors, labels, np.ones((300, 1)))),
    ]
    assert all(math.isnan(each.significance) and each.rows >= 100 for each in judged)


@pytest.mark.parametrize(("rare", "judged"), [(9, False), (10, True)])
def test_fewer_than_ten_rows_are_too_few(rare: int, judged: bool) -> None:
    labels = np.array([0] * 90 + [1] * rare)
    answers = np.eye(3)[labels]
    for each in (
        rank_test(summary(Scores, labels, answers[:, 1:2])),
        accuracy_test(summary(Scores, labels, answers[:, 1:2])),
        accuracy_test(summary(Confusions, labels, answers)),
        agreement_test(summary(Confusions, labels, answers)),
        error_test(summary(Errors, np.arange(rare), np.arange(rare)[:, None] + 0.1)),
    ):
        assert each.rows == rare
        assert math.isnan(each.needed) == (not judged)
        assert judged or math.isnan(each.significance)


def test_the_margin_is_compared_with_what_is_needed() -> None:
    random = np.random.default_rng(1)
    labels = classes(random, 400, [0.5, 0.5])
    for distance in np.linspace(0, 1, 30):
        scores = random.normal(distance * labels)
        for each in (
            rank_test(summary(Scores, labels, scores[:, None])),
            accuracy_test(summary(Scores, labels, scores[:, None])),
            error_test(summary(Errors, labels + random.normal(size=400), scores[:, None])),
            agreement_test(
                summary(Confusions, labels, np.stack([-scores, scores, 0 * labels - 9], axis=1))
            ),
        ):
            assert (each.significance >= BOUND) == (each.margin >= each.needed)
