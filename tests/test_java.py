"""matrix/java/compare.py fails unless each pushed model answers in Java what it does in Python."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from testing.template import ROOT

# Stands in for Java: it prints what the test wants, if it is asked for two batches.
JAVA = """#!/bin/sh
test "$(cat)" = "QQ==,Qg==\nQQ==" || exit 3
test "$(basename "$4") $5 $6" = "17 predict probabilities" || exit 4
{answer}
"""
SAME = "echo 0.25 0.5; echo 0.125"


def compare(work: Path, answer: str) -> subprocess.CompletedProcess[str]:
    java = work / "bin" / "java"
    java.parent.mkdir()
    java.write_text(JAVA.format(answer=answer), encoding="utf-8")
    java.chmod(0o755)
    return subprocess.run(
        [sys.executable, ROOT / "matrix" / "java" / "compare.py", work, work / "jars"],
        env={**os.environ, "PATH": f"{java.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def work(tmp_path: Path) -> Path:
    asked = {
        "version": "17",
        "signature": "predict",
        "output": "probabilities",
        "batches": [["QQ==", "Qg=="], ["QQ=="]],
        "loaders": {"tf.saved_model.load": {"values": [0.25, 0.5, 0.125]}},
    }
    (tmp_path / "asked").mkdir()
    for cell in ("a", "b"):
        (tmp_path / "projects" / cell / "output" / "serving" / "17").mkdir(parents=True)
        (tmp_path / "asked" / f"{cell}.json").write_text(json.dumps(asked), encoding="utf-8")
    return tmp_path


def test_it_passes_if_all_models_answer_the_same(work: Path) -> None:
    result = compare(work, SAME)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "2 of 2 models answer the same in Java" in result.stdout


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("echo 0.25 0.5; echo 0.1250013", "1 of 3 differ: (0.1250013, 0.125)"),
        ("echo 0.25 NaN; echo 0.125", "1 of 3 differ: (nan, 0.5)"),
        ("echo 0.25 0.5", "2 numbers, not 3"),
        ("echo No Operation named x >&2; exit 1", "No Operation named x"),
    ],
)
def test_it_fails_if_a_model_does_not(work: Path, answer: str, told: str) -> None:
    result = compare(work, f'case "$4" in */a/*) {answer};; *) {SAME};; esac')
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"a: {told}" in result.stdout
    assert "1 of 2 models answer the same in Java" in result.stdout


def test_it_fails_if_a_model_was_not_asked_in_python(work: Path) -> None:
    (work / "asked" / "b.json").unlink()
    result = compare(work, SAME)
    assert result.returncode == 1
    assert "b: not asked by the matrix" in result.stdout


def test_it_fails_if_there_is_no_model(tmp_path: Path) -> None:
    result = compare(tmp_path, SAME)
    assert result.returncode == 1
    assert result.stderr.startswith("no pushed model in ")
