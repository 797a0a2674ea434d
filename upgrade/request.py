"""What the user asks for: a version of the template, and answers to its questions."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import origin
import recognition
import record
from errors import UpgradeError
from journal import COMMAND
from record import Answers, Record
from repository import Files
from template import Template, Version

# Of the releases that did not ask about images.
EXAMPLES_OF_IMAGES = ("digits",)


@dataclass(frozen=True)
class Request:
    """What becomes of a project.

    Attributes:
        old: the version that it was made from.
        before: the answers that it was made with.
        new: the version that it shall be of.
        after: the answers that it shall have.
        title: of the commit to come.
        why: lines that say how the old version, and answers to new questions, were found.
    """

    old: Version
    before: Answers
    new: Version
    after: Answers
    title: str
    why: list[str]

    def renamed(self, path: str) -> str:
        """Return what a path of the old answers is with the new ones: the package's name counts."""
        old, new = (f"src/{each.get('package_name')}/" for each in (self.before, self.after))
        return f"{new}{path.removeprefix(old)}" if path.startswith(old) else path


def understand(
    options: argparse.Namespace, known: Record, project: Path, mine: Files, template: Template
) -> Request:
    """Find out what is asked for, with the user's help if a question has no answer yet.

    Args:
        options: of the command line.
        known: the project's record.
        project: its folder.
        mine: its files.
        template: that it was made from.

    Raises:
        UpgradeError: there is no such version, question or choice.
    """
    recorded = known.answers
    known = origin.with_renamed_package(known, mine)
    old, why = origin.find(template, known, options.since, project)
    new = template.version(options.to)
    asks = sys.stdin is not None and sys.stdin.isatty()
    answers = _new_answers(known.answers, new, options)
    package = str(known.answers.get("package_name"))
    of_images = known.answers.get("example") in EXAMPLES_OF_IMAGES
    found = recognition.recognise(project, package, of_images)
    for question, (answer, place) in found.items():
        if question in new.questions and question not in answers:
            answers[question] = answer
            why.append(f"{question}={answer}, as {place} says.")
    after = new.complete(answers, asks)
    if not record.names_folder(after.get("project_slug")):
        raise UpgradeError(f"project_slug is {after.get('project_slug')!r}, which names no folder.")
    return Request(old, known.answers, new, after, _title(old, new, recorded, after), why)


def _new_answers(known: Answers, version: Version, options: argparse.Namespace) -> Answers:
    """Take the recorded answers, but for those that the user changes or drops."""
    answers = dict(known)
    for text in options.answers:
        name, separator, answer = text.partition("=")
        if not separator:
            raise UpgradeError(f"{text!r} is not QUESTION=ANSWER.")
        answers[name] = version.parse(name, answer)
    for name in options.without:
        if answers.pop(name, None) is None or name in version.questions:
            raise UpgradeError(f"--without={name}: the template still asks that, or never did.")
    if strange := origin.strange_answers(answers, version):
        raise UpgradeError(
            f"{' '.join(strange)} Answer anew with {COMMAND} QUESTION=ANSWER, or drop an answer "
            "that the template does not ask for any more with --without=QUESTION."
        )
    return answers


def _title(old: Version, new: Version, before: Answers, after: Answers) -> str:
    """Return which version becomes which, and which answers change."""
    answers = [f"{name}={after[name]}" for name in after if after[name] != before.get(name)]
    versions = str(old) if old.commit == new.commit else f"{old} -> {new}"
    return ", ".join([f"Template {versions}", *answers])
