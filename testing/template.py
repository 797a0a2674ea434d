"""The template: where it is, what it asks, and which versions of it there are."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
QUESTIONS = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))
CHOICES = {
    question: answers for question, answers in QUESTIONS.items() if isinstance(answers, list)
}
TEXTS = [
    question
    for question, answer in QUESTIONS.items()
    if isinstance(answer, str) and not question.startswith("_")
]
LINES = QUESTIONS["_lines"]
EXAMPLES = QUESTIONS["_examples"]
# Those that a new project is offered; the others stay for the projects that were made with them.
OFFERED = [name for name, each in EXAMPLES.items() if "successor" not in each]
# The commit of each released version, the newest first.
RELEASES = dict(
    re.findall(
        r"^## (\S+) \(.*commit (\w+)\)",
        (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
)
