"""One run with a template and a project of a few files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import upgrade

from .case import make_case
from .oracle import Oracle
from .result import UNDO, WRONG, Result
from .trial import Seen, Trial, differences


def run(seed: int, monorepo: bool) -> Result:
    """Do one upgrade, and look at what came of it."""
    random = Random(f"{seed} {monorepo}")
    case = make_case(random)
    result = Result(done=case.done)
    with tempfile.TemporaryDirectory(prefix="campaign-") as folder:
        trial = Trial(Path(folder), case, random, monorepo)
        before = trial.look()
        if random.random() < 0.1:
            result.failures += _dry_run(trial, before)
        result.code, out, err = trial.upgrade()
        result.said = out + err
        result.failures += Oracle(trial, before, trial.look(), result).failures()
        if result.code != upgrade.REFUSED:
            code, out, err = trial.upgrade("--undo")
            if code:
                result.failures.append((UNDO, f"it ends with {code}: {out}{err}"))
            result.failures += ((UNDO, told) for told in differences(before, trial.look()))
    return result


def _dry_run(trial: Trial, before: Seen) -> Iterator[tuple[str, str]]:
    """Look at the difference alone, which changes nothing."""
    trial.upgrade("--dry-run")
    for told in differences(before, trial.look()):
        yield WRONG, f"the dry run has changed {told}"
