"""What a project says about the template it was made from: .cookiecutter.json."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from errors import UpgradeError

NAME = ".cookiecutter.json"
FROM_OLDER = f"from an older commit: git log --oneline -- {NAME}"

# Texts, yes or no, and dicts.
Answers = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """Where a project comes from; an empty text is what is not known.

    Attributes:
        template: the template's address.
        version: the template's, for example 0.4.0.
        commit: the template's.
        answers: each question's answer.
    """

    template: str
    version: str
    commit: str
    answers: Answers


def read(project: Path) -> Record:
    """Read a project's record.

    Raises:
        UpgradeError: there is none, or it was changed into something else.
    """
    try:
        content = json.loads((project / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UpgradeError(
            f"{project} has no {NAME}: run this in the folder of a project made by the template."
        ) from None
    except ValueError as error:
        raise UpgradeError(f"{_damaged('is not JSON')} ({error})") from None
    if not isinstance(content, dict):
        raise UpgradeError(_damaged("holds no answers"))
    for name, value in content.items():
        if not isinstance(value, str if name.startswith("_") else (str, bool, dict)):
            raise UpgradeError(_damaged(f"holds {value!r} for {name}, which is no answer"))
    answers = {name: value for name, value in content.items() if not name.startswith("_")}
    slug = answers.get("project_slug", "")
    if not isinstance(slug, str) or Path(slug).name != slug or slug in {"", ".."}:
        raise UpgradeError(_damaged(f"holds the project_slug {slug!r}, which names no folder"))
    if content.get("_digest", digest(answers)) != digest(answers):
        raise UpgradeError(
            f"{_damaged('was edited, so that its answers are not those of the project')}; "
            "answers change with nox -s upgrade -- QUESTION=ANSWER"
        )
    commit = content.get("_commit", "")
    if not re.fullmatch("([0-9a-f]{7,64})?", commit):
        raise UpgradeError(_damaged(f"holds the _commit {commit!r}, which is no commit's name"))
    return Record(content.get("_template", ""), content.get("_version", ""), commit, answers)


def digest(answers: Answers) -> str:
    """Name answers, as the record does in `_digest` since 0.6.0: the beginning of their SHA-256."""
    return hashlib.sha256(json.dumps(answers, sort_keys=True).encode()).hexdigest()[:16]


def take(rendered: Path) -> bytes:
    """Take the record out of a rendered project, and return its content."""
    file = rendered / NAME
    content = file.read_bytes()
    file.unlink()
    return content


def _damaged(how: str) -> str:
    return f"{NAME} {how}; take it back {FROM_OLDER}"
