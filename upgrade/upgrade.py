# /// script
# requires-python = ">=3.9"
# dependencies = ["cookiecutter>=2.6,<3"]
# ///
"""Merges a newer version of the template, or other answers, into the project in this folder."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from pathlib import Path

import changelog
import record
from errors import UpgradeError
from merge import UNDO, Outcome, Repository
from run_git import GitError, git
from template import Template, Version

COMMAND = "nox -s upgrade --"


def main(arguments: list[str], project: Path, repository: Path) -> int:
    """Upgrade a project.

    Args:
        arguments: of the command line.
        project: its folder.
        repository: of the template.

    Returns:
        0 if all is merged, 1 if there are conflicts or the upgrade is refused.
    """
    options = parser().parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="upgrade-") as folder:
            template = Template(repository, Path(folder).resolve())
            return upgrade(project.resolve(), template, options)
    except UpgradeError as error:
        print(f"Nothing was changed: {error}", file=sys.stderr)
    except GitError as error:
        print(f"Nothing was changed, for git failed: {error}", file=sys.stderr)
    return 1


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    result = argparse.ArgumentParser(
        prog=COMMAND,
        description=__doc__,
        epilog="The session itself takes --template ADDRESS, if the recorded one is not right.",
    )
    result.add_argument("answers", nargs="*", metavar="QUESTION=ANSWER", help="answer it anew")
    result.add_argument("--to", default="HEAD", metavar="REF", help="a tag, branch or commit")
    result.add_argument(
        "--from", dest="since", metavar="REF", help="what the project was made from, if not known"
    )
    result.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="QUESTION",
        help="drop an answer that the template does not ask for any more",
    )
    result.add_argument("--dry-run", action="store_true", help="print the difference alone")
    return result


def upgrade(project: Path, template: Template, options: argparse.Namespace) -> int:
    """Merge, and tell what was done.

    Args:
        project: its folder.
        template: that the project was made from.
        options: of the command line.

    Returns:
        0 if all is merged, 1 if there are conflicts.

    Raises:
        UpgradeError: the upgrade is refused.
        GitError: git failed. Nothing was changed then either.
    """
    known = record.read(project)
    repository = Repository(project)
    old = old_version(template, known, options.since)
    new = template.version(options.to)
    answers = new.complete(new_answers(known, new, options), ask=sys.stdin.isatty())

    message = title(old, new, known.answers, answers)
    rendered = new.render(answers, template.folder / "new", previous=known.answers)
    recorded = record.take(rendered)
    former = old.render(known.answers, template.folder / "old")
    before = repository.commit(former, f"Template {old}")
    after = repository.commit(rendered, message, before)
    repository.refuse_obstacles(before, after)

    print(message)
    if new.number != old.number:
        print(f"\n{changelog.extract(new.changelog, since=old.number or old.commit[:7])}\n")
    if options.dry_run:
        with repository.copy(template.folder / "copy") as copy:
            outcome = copy.merge(before, after, recorded)
            print(git(copy.root, "diff", "HEAD"))
        report(outcome)
    else:
        outcome = repository.merge(before, after, recorded)
        report(outcome)
        advise(outcome)
    return 1 if outcome.conflicts else 0


def title(old: Version, new: Version, before: dict[str, str], after: dict[str, str]) -> str:
    """Say which version becomes which, and which answers change."""
    answers = [f"{name}={after[name]}" for name in after if after[name] != before.get(name)]
    versions = str(old) if old.commit == new.commit else f"{old} -> {new}"
    return ", ".join([f"Template {versions}", *answers])


def old_version(template: Template, known: record.Record, since: str | None) -> Version:
    """Find the version that a project was made from.

    Raises:
        UpgradeError: it is not known or not there, or it has other questions than were answered.
    """
    name = since or known.commit or (known.version and f"v{known.version}")
    hint = f"say what comes next to it: {COMMAND} --from=REF"
    if not name:
        raise UpgradeError(f"{record.NAME} does not say which version it was made from; {hint}")
    try:
        version = template.version(name)
    except UpgradeError as error:
        raise UpgradeError(f"{error} The project was made from it; {hint}") from None
    missing = [f"{name} has no answer." for name in version.questions if name not in known.answers]
    if strange := " ".join([*strange_answers(known.answers, version), *missing]):
        raise UpgradeError(
            f"{record.NAME} does not fit the template {version} that it names: {strange} "
            f"Take it back from an older commit: git log --oneline -- {record.NAME}"
        )
    return version


def new_answers(
    known: record.Record, version: Version, options: argparse.Namespace
) -> dict[str, str]:
    """Take the recorded answers, but for those that the user changes or drops.

    Raises:
        UpgradeError: the version does not ask for one of them, or has not that choice.
    """
    answers = dict(known.answers)
    for text in options.answers:
        name, separator, answer = text.partition("=")
        if not separator:
            raise UpgradeError(f"{text!r} is not QUESTION=ANSWER.")
        answers[name] = answer
    for name in options.without:
        if answers.pop(name, None) is None or name in version.questions:
            raise UpgradeError(f"--without={name}: the template still asks that, or never did.")
    if strange := strange_answers(answers, version):
        raise UpgradeError(
            f"{' '.join(strange)} Answer anew with {COMMAND} QUESTION=ANSWER, or drop an answer "
            "that the template does not ask for any more with --without=QUESTION."
        )
    return answers


def strange_answers(answers: dict[str, str], version: Version) -> list[str]:
    """Say which answers are to no question of a version, or are none of its choices."""
    found = []
    for name, answer in answers.items():
        choices = version.questions.get(name)
        if choices is None:
            found.append(f"there is no question {name} in the template {version}.")
        elif isinstance(choices, list) and answer not in choices:
            found.append(f"{name} is {answer!r}, but may be: {', '.join(choices)}.")
    return found


def report(outcome: Outcome) -> None:
    """Print a line for each kind of change."""
    kinds = {
        "updated": outcome.updated,
        "added": outcome.added,
        "removed": outcome.removed,
        "kept because you changed them": outcome.kept,
        "conflicts": outcome.conflicts,
    }
    for kind, names in kinds.items():
        if names:
            print(f"{kind} ({len(names)}): {', '.join(names)}")


def advise(outcome: Outcome) -> None:
    """Print how to go on, and how to go back."""
    if outcome.conflicts:
        print("Mend the conflicts, then: git commit --all")
    elif any(vars(outcome).values()):
        print("Look at it: git diff --cached. Then: git commit")
    else:
        print("The project is as this template makes it already.")
        return
    print(f"Undo it: {UNDO}")


if __name__ == "__main__":
    # The hooks of a template tell their users more than the traceback does.
    logging.getLogger("cookiecutter").setLevel(logging.CRITICAL)
    sys.exit(main(sys.argv[1:], Path.cwd(), Path(__file__).resolve().parents[1]))
