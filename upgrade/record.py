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
    except (ValueError, RecursionError) as error:
        raise UpgradeError(f"{_damaged('is not JSON')} ({error})") from None
    except OSError as error:
        raise UpgradeError(f"{_damaged('cannot be read')} ({error})") from None
    if not isinstance(content, dict):
        raise UpgradeError(_damaged("holds no answers"))
    for name, value in content.items():
        if not isinstance(value, str if name.startswith("_") else (str, bool, dict)):
            raise UpgradeError(_damaged(f"holds {value!r} for {name}, which is no answer"))
    answers = {name: value for name, value in content.items() if not name.startswith("_")}
    if not names_folder(answers.get("project_slug")):
        slug = answers.get("project_slug", "")
        raise UpgradeError(_damaged(f"holds the project_slug {slug!r}, which names no folder"))
    commit, version = content.get("_commit", ""), content.get("_version", "")
    if not re.fullmatch("([0-9a-f]{7,64})?", commit):
        raise UpgradeError(_damaged(f"holds the _commit {commit!r}, which is no commit's name"))
    expected = digest(answers, version, commit)
    if content.get("_digest", expected) != expected:
        raise UpgradeError(
            f"{_damaged('was edited, so that it does not say how the project was made')}; "
            "answers change with nox -s upgrade -- QUESTION=ANSWER"
        )
    return Record(content.get("_template", ""), version, commit, answers)


def names_folder(slug: object) -> bool:
    """Whether a project's folder can have this name."""
    return isinstance(slug, str) and Path(slug).name == slug and slug not in {"", ".."}


def digest(answers: Answers, version: str, commit: str) -> str:
    """Return what the record holds in `_digest` since 0.6.0: the beginning of a SHA-256."""
    text = json.dumps({**answers, "_version": version, "_commit": commit}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def take(rendered: Path) -> bytes:
    """Take the record out of a rendered project, and return its content.

    Raises:
        UpgradeError: there is none.
    """
    file = rendered / NAME
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise UpgradeError(f"the template's hooks write no {NAME}.") from None
    file.unlink()
    return content


def _damaged(how: str) -> str:
    return f"{NAME} {how}; take it back {FROM_OLDER}"
