"""Asks the models that the matrix has pushed in TensorFlow for Java: what Python's are asked.

Usage: python compare.py WORK JARS. WORK is the matrix's; JARS has what pom.xml names.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).with_name("Ask.java")


def main(work: Path, jars: Path) -> int:
    """Print what each model does; give the exit code."""
    folders = sorted((work / "projects").glob("*/output/serving"))
    if not folders:
        print(f"no pushed model in {work / 'projects'}: run the matrix first", file=sys.stderr)
        return 1
    failed = 0
    for serving in folders:
        cell = serving.parts[-3]
        file = work / "asked" / f"{cell}.json"
        difference = compare(serving, file, jars) if file.is_file() else "not asked by the matrix"
        failed += bool(difference)
        print(f"{cell}: {difference or 'the same as in Python'}", flush=True)
    print(f"{len(folders) - failed} of {len(folders)} models answer the same in Java")
    return min(failed, 1)


def compare(serving: Path, file: Path, jars: Path) -> str:
    """Return how a model's answers in Java differ from those in Python; nothing if they do not."""
    asked = json.loads(file.read_text(encoding="utf-8"))
    cache = jars / "cache"
    command = ["java", f"-Dorg.bytedeco.javacpp.cachedir={cache}", f"--class-path={jars}/*", SOURCE]
    result = subprocess.run(
        [*command, serving / asked["version"], asked["signature"], asked["output"]],
        input="".join(f"{','.join(batch)}\n" for batch in asked["batches"]),
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"},
        text=True,
        capture_output=True,
        check=False,
    )
    if result.returncode:
        return result.stderr
    expected = asked["loaders"]["tf.saved_model.load"]["values"]
    answers = [float(number) for number in result.stdout.split()]
    if len(answers) != len(expected):
        return f"{len(answers)} numbers, not {len(expected)}"
    pairs = zip(answers, expected, strict=True)
    different = [pair for pair in pairs if not math.isclose(*pair, rel_tol=1e-5, abs_tol=1e-12)]
    return f"{len(different)} of {len(expected)} differ: {different[0]}" if different else ""


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
