"""Do many runs, and tell which have failed and what came of all."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import campaign

from . import synthetic
from .projects import Projects
from .result import KINDS, Result, summary


def main(arguments: list[str]) -> int:
    """Do many runs, and tell which have failed and what came of all."""
    parser = argparse.ArgumentParser(description=campaign.__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0, help="of the first run; others follow")
    parser.add_argument("--monorepo", action="store_true", help="the project is one of several")
    parser.add_argument("--projects", action="store_true", help="with projects of releases")
    parser.add_argument("--show", action="store_true", help="what was done and said in each run")
    options = parser.parse_args(arguments)
    counts: Counter[str] = Counter()
    for seed, result in results(options):
        counts[str(result.code)] += 1
        counts.update(kind for kind, _ in result.failures)
        if result.failures:
            print(f"seed {seed}:", flush=True)
        for kind, told in result.failures:
            print(f"  {kind}: {told}"[:400], flush=True)
        if options.show:
            print("\n".join([*result.done, result.said]))
    print(f"seeds {options.seed} to {options.seed + options.runs - 1}")
    print(summary(options.runs, counts))
    return 1 if any(counts[kind] for kind in KINDS) else 0


def results(options: argparse.Namespace) -> Iterator[tuple[int, Result]]:
    """Do the runs, one after the other."""
    with tempfile.TemporaryDirectory(prefix="campaign-") as folder:
        run = Projects(Path(folder)).run if options.projects else synthetic.run
        for seed in range(options.seed, options.seed + options.runs):
            yield seed, run(seed, options.monorepo)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
