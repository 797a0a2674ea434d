"""docs/migrating.md tells what really changes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import upgrade
from testing.baking import generate, git, template_repository
from testing.template import ROOT

PAGE = (ROOT / "docs" / "migrating.md").read_text(encoding="utf-8")
STEPS = PAGE.split("\n## ")[1:]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_the_page_is_true(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    template = template_repository(tmp_path)
    project = generate(template, tmp_path, model_api="estimator", tfx_version="1.15")
    assert len(STEPS) == 3
    for step in STEPS:
        (command,) = blocks(step, "shell")
        (told,) = blocks(step, "text")
        capsys.readouterr()
        assert upgrade.main(command.split()[4:], project, template) == 0
        assert told in capsys.readouterr().out
        difference = git(project, "diff", "--cached", "--unified=1")
        changes = blocks(step, "diff")
        assert len(changes) >= 3
        for change in changes:
            assert change in difference
        git(project, "commit", "--quiet", "--no-edit")
