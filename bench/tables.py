"""Compares projects made of other people's tables with boosted trees and a linear model.

Usage: python tables.py WORK PAGE [--only NAME ...] [--half HALF] [--seeds N] [--line LINE]
[--model-api API] [--transform yes|no] [--jobs N] [--write]. Generates a project into the folder
WORK once. For each data set of tables.csv and each seed, two thirds of the rows are a CSV file that
a copy of it infers a schema from and trains on, as its user would; `predict` answers for the rest.
The rest is what all methods are scored on. Prints tables in Markdown, or with --write puts them
into PAGE.

What is measured is kept in WORK/tables/results.jsonl, and not measured again until the project's
code or lock changes; what failed is tried again.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, roc_auc_score, root_mean_squared_error
from threadpoolctl import threadpool_limits

import table_results
from project import CommandError, Project
from table_data import table_of
from table_list import HALVES, Candidate, Listed, read_list
from table_peers import boosting, features_of, linear
from table_results import FAILED, Result
from testing.cells import lines_of_this_host
from testing.template import CHOICES, LINES

SLUG = "bench-tables"
# The exit code of a run whose model is not blessed.
NOT_BLESSED = 3
# What the template wants of the example csv: the schema of each data set is inferred anew.
PLACEHOLDER = "number,label\n1,a\n2,b\n"


def split(table: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw two thirds of the rows, in an order of their own, and the rest."""
    order = np.random.default_rng(seed).permutation(len(table))
    bound = 2 * len(table) // 3
    return table.iloc[order[:bound]], table.iloc[order[bound:]]


def score(kind: str, truth: pd.Series, answers: pd.Series | np.ndarray) -> float:
    """Score answers: AUC of the second class's probability, accuracy or RMSE."""
    if kind == "binary":
        return float(roc_auc_score(truth == sorted(truth.unique())[1], answers))
    if kind == "classes":
        return float(accuracy_score(truth.map(_spelled), pd.Series(answers).map(_spelled)))
    return float(root_mean_squared_error(truth, np.asarray(answers, float)))


def _spelled(value: object) -> str:
    """Write a class in one way: 1, 1.0 and "1" are the same."""
    with contextlib.suppress(ValueError):
        return repr(float(str(value)))
    return str(value)


def peers(
    candidate: Candidate, train: pd.DataFrame, rest: pd.DataFrame, seed: int
) -> Iterator[tuple[str, float, float]]:
    """Train what the project is compared with; give name, score and seconds of each."""
    is_class = candidate.kind != "number"
    known, asked = (features_of(each.drop(columns=candidate.label)) for each in (train, rest))
    for name, model in (
        ("boosting", boosting(known, is_class, seed)),
        ("linear", linear(known, is_class)),
    ):
        started = time.monotonic()
        # Threads that wait for each other, beside projects that run, take many times as long.
        with threadpool_limits(1):
            model.fit(known, train[candidate.label])
            if candidate.kind == "binary":
                answers = model.predict_proba(asked)[:, 1]
            else:
                answers = model.predict(asked)
        seconds = time.monotonic() - started
        yield name, score(candidate.kind, rest[candidate.label], answers), seconds


class Asked:
    """A copy of the project that is asked once: for a data set and a seed."""

    def __init__(self, project: Project, folder: Path, candidate: Candidate, seed: int) -> None:
        self._project = project.copy_to(folder)
        self._candidate = candidate
        self._settings = {"seed": str(seed)}
        self.seconds = 0.0
        self.outcome = "blessed"
        self.said = ""

    def score(self, train: pd.DataFrame, rest: pd.DataFrame) -> float | None:
        """Train on some rows and score the answers to the rest; None if a command has failed."""
        label = self._candidate.label
        folder = self._project.folder
        files = [folder / "train.csv", folder / "rest.csv"]
        train.to_csv(files[0], index=False)
        rest.drop(columns=label).to_csv(files[1], index=False)
        answer = folder / "answer.csv"
        try:
            self._call("schema", "infer", files[0], "--label", label)
            model = self._train()
            self._call("predict", *model, files[1], answer=answer)
        except CommandError as error:
            self.seconds += error.seconds
            self.outcome, self.said = FAILED, str(error)
            return None
        answers = pd.read_csv(answer, dtype=str, keep_default_na=False)
        if len(answers) != len(rest):
            raise ValueError(
                f"{len(answers)} answers for {len(rest)} rows of {self._candidate.name}"
            )
        truth = rest[label].reset_index(drop=True)
        if self._candidate.kind != "binary":
            return score(self._candidate.kind, truth, answers.iloc[:, 0])
        columns = {_spelled(name.removeprefix("probability_")): name for name in answers}
        second = columns[_spelled(sorted(truth.unique())[1])]
        return score("binary", truth, answers[second].astype(float))

    def _train(self) -> list[str | Path]:
        """Run the pipeline; return the options that name a model which was not blessed."""
        try:
            self._call("run")
        except CommandError as error:
            if error.code != NOT_BLESSED:
                raise
            self.seconds += error.seconds
            self.outcome = "not blessed"
            *_, self.said = str(error).strip().splitlines()
            models = self._project.folder.glob("output/artifacts/Trainer/model/*/Format-Serving")
            return ["--model", *models]
        return []

    def _call(self, *arguments: str | Path, answer: Path | None = None) -> None:
        cost = self._project.call(*arguments, settings=self._settings, answer=answer)
        self.seconds += cost.seconds


def measure_one(project: Project, name: str, candidate: Candidate, seed: int) -> Result:
    """Train and score all methods on one data set, split by a seed."""
    train, rest = split(table_of(candidate), seed)
    folder = project.folder.parent / "tables" / f"{candidate.package}-{candidate.item}-{seed}"
    asked = Asked(project, folder, candidate, seed)
    ours = asked.score(train, rest)
    scores = {} if ours is None else {"ours": ours}
    seconds = {"ours": asked.seconds}
    for method, reached, took in peers(candidate, train, rest, seed):
        scores[method], seconds[method] = reached, took
    if asked.outcome != FAILED:
        shutil.rmtree(folder)
    return Result(candidate.name, seed, name, asked.outcome, asked.said, scores, seconds)


def measure_all(
    project: Project, name: str, waiting: list[tuple[Candidate, int]], jobs: int, kept: Path
) -> None:
    """Measure data sets and seeds, some side by side, and keep each result at once."""
    with ThreadPoolExecutor(jobs) as pool:
        try:
            for future in as_completed(
                pool.submit(measure_one, project, name, *each) for each in waiting
            ):
                result = future.result()
                table_results.append(kept, result)
                scores = {method: round(each, 4) for method, each in result.scores.items()}
                print(f"{result.name}, seed {result.seed}: {result.outcome} {scores}", flush=True)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def generate(work: Path, line: str, **answers: str) -> Project:
    """Generate the project that each data set gets a copy of."""
    placeholder = work / "tables" / "placeholder.csv"
    placeholder.parent.mkdir(parents=True, exist_ok=True)
    placeholder.write_text(PLACEHOLDER, encoding="utf-8")
    data = {"csv_path": str(placeholder), "label_column": "label"}
    return Project(work, line, SLUG, example="csv", **data, **answers)


def parse(listed: list[Listed]) -> argparse.Namespace:
    """Parse the command line."""
    names = sorted(each.candidate.name for each in listed)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("page", type=Path)
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="PACKAGE/ITEM")
    parser.add_argument("--half", choices=HALVES)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--line", choices=list(LINES), default=lines_of_this_host()[0])
    parser.add_argument("--model-api", choices=CHOICES["model_api"], default="keras")
    parser.add_argument("--transform", choices=CHOICES["transform"], default="yes")
    parser.add_argument("--jobs", type=int, default=2, help="how many projects run side by side")
    parser.add_argument("--write", action="store_true", help="put the tables into the page")
    return parser.parse_args()


def main() -> None:
    listed = read_list()
    options = parse(listed)
    answers = {"model_api": options.model_api, "transform": options.transform}
    project = generate(options.work.resolve(), options.line, **answers)
    name = " ".join([options.line, *answers.values(), project.digest])
    kept = options.work / "tables" / "results.jsonl"
    chosen = [
        (each.candidate, seed)
        for seed in range(1, options.seeds + 1)
        for each in listed
        if each.candidate.name in options.only and options.half in (None, each.half)
    ]
    done = table_results.read(kept, name)
    waiting = [
        (candidate, seed)
        for candidate, seed in chosen
        if (candidate.name, seed) not in done or done[candidate.name, seed].outcome == FAILED
    ]
    measure_all(project, name, waiting, options.jobs, kept)
    results = table_results.read(kept, name)
    text = table_results.report(listed, results.values())
    print(f"\n{text}")
    if options.write:
        table_results.write(options.page, text)
    asked = [results[candidate.name, seed] for candidate, seed in chosen]
    if failed := [each for each in asked if each.outcome == FAILED]:
        sys.exit("\n\n".join(f"{each.name}, seed {each.seed}: {each.said}" for each in failed))


if __name__ == "__main__":
    main()
