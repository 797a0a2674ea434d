"""What a project says about the template it was made from: .cookiecutter.json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from errors import UpgradeError

NAME = ".cookiecutter.json"


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
    answers: dict[str, str]


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
        if not isinstance(value, str):
            raise UpgradeError(_damaged(f"holds {value!r} for {name}, which is no text"))
    answers = {name: value for name, value in content.items() if not name.startswith("_")}
    slug = answers.get("project_slug", "")
    if Path(slug).name != slug or slug in {"", ".."}:
        raise UpgradeError(_damaged(f"holds the project_slug {slug!r}, which names no folder"))
    template, version, commit = (
        content.get(name, "") for name in ("_template", "_version", "_commit")
    )
    return Record(template, version, commit, answers)


def take(rendered: Path) -> bytes:
    """Take the record out of a rendered project, and return its content.

    Each side of the merge has another one, so it is written and not merged.
    """
    file = rendered / NAME
    content = file.read_bytes()
    file.unlink()
    return content


def _damaged(how: str) -> str:
    return f"{NAME} {how}; take it back from an older commit: git log --oneline -- {NAME}"
