# /// script
# requires-python = ">=3.9"
# dependencies = ["cookiecutter>=2.6,<3"]
# ///
"""Merges a newer version of the template, or other answers, into the project in this folder."""

from __future__ import annotations

import argparse
import io
import logging
import sys
import tempfile
from pathlib import Path

import changelog
import imports
import journal
import moves
import origin
import record
import report
from errors import HalfDoneError, UpgradeError
from journal import COMMAND, Journal, Plan
from merge import Merged, Scratch
from record import Answers
from repository import Blob, Files, Repository
from run_git import GitError
from template import Template, Version

REFUSED = 1


def main(arguments: list[str], project: Path, repository: Path) -> int:
    """Upgrade a project.

    Args:
        arguments: of the command line.
        project: its folder.
        repository: of the template.

    Returns:
        0 if all is merged, 3 if there are conflicts, 1 if the upgrade is refused.
    """
    options = parser().parse_args(arguments)
    try:
        if options.undo or options.go_on:
            return journal.recover(project, undo=options.undo)
        with tempfile.TemporaryDirectory(prefix="upgrade-") as folder:
            # Cookiecutter leaves files there.
            tempfile.tempdir = folder
            template = Template(repository, Path(folder).resolve())
            return upgrade(project.resolve(), template, options)
    except UpgradeError as error:
        print(f"Nothing was changed: {error}", file=sys.stderr)
    except GitError as error:
        print(f"Nothing was changed, for git failed: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("Nothing was changed: interrupted.", file=sys.stderr)
    except HalfDoneError as error:
        print(error, file=sys.stderr)
    finally:
        tempfile.tempdir = None
    return REFUSED


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
    way = result.add_mutually_exclusive_group()
    way.add_argument("--dry-run", action="store_true", help="print the difference alone")
    way.add_argument("--undo", action="store_true", help="undo one that is not committed yet")
    way.add_argument(
        "--continue", dest="go_on", action="store_true", help="go on with one that was interrupted"
    )
    return result


def upgrade(project: Path, template: Template, options: argparse.Namespace) -> int:
    """Merge, and tell what was done.

    Args:
        project: its folder.
        template: that the project was made from.
        options: of the command line.

    Returns:
        0 if all is merged, 3 if there are conflicts.

    Raises:
        UpgradeError: the upgrade is refused.
        GitError: git failed. Nothing was changed then either.
        HalfDoneError: files can be neither written nor taken back.
    """
    recorded = record.read(project)
    repository = Repository(project)
    known = origin.with_renamed_package(recorded, repository.files)
    old, why = origin.find(template, known, options.since, project)
    new = template.version(options.to)
    answers = new.complete(new_answers(known, new, options), ask=sys.stdin.isatty())

    message = title(old, new, recorded.answers, answers)
    rendered = new.render(answers, template.folder / "new", previous=known.answers)
    new_record = record.take(rendered)
    former = old.render(known.answers, template.folder / "old")
    before, after = repository.store(former), repository.store(rendered)
    mine = dict(repository.files)
    its_record = mine.pop(record.NAME)

    scratch = Scratch(template.folder / "scratch", repository)
    listed = {**old.moves(known.answers), **new.moves(answers)}
    moved = moves.between(listed, before, after)
    renamed = scratch.renames(before, mine) if moved else {}
    merged = scratch.merge(*moves.apply(moved, before, mine, renamed), after)
    broken = imports.broken(imports.read(project, mine), scratch.sources())

    found = report.changes(
        before, after, mine, merged, {**scratch.renames(mine, merged.files), **moved}
    )
    said = report.describe(found, broken, merged, scratch.commit(after))
    difference = scratch.difference(mine, merged.files) if options.dry_run else ""
    mine[record.NAME] = its_record
    merged.files[record.NAME] = repository.store_text(new_record)
    planned = plan(repository, mine, merged, message, f"{said}\n{report.advise(merged)}".strip())
    refuse_obstacles(repository, planned)

    print("\n".join([*why, message]))
    if new.number != old.number:
        print(f"\n{changelog.difference(old, new)}\n")
    if options.dry_run:
        print(difference)
        print(said)
    elif planned.files:
        write(repository, planned)
    else:
        print("The project is as this template makes it already.")
    return planned.code


def plan(repository: Repository, mine: Files, merged: Merged, title: str, text: str) -> Plan:
    """Say what is to be written in the repository.

    Args:
        repository: the user's.
        mine: the project's files before.
        merged: the same afterwards.
        title: of the commit to come.
        text: what is printed at the end.
    """
    changed = {
        name
        for name in {*mine, *merged.files, *merged.stages}
        if name in merged.stages or mine.get(name) != merged.files.get(name)
    }
    index: dict[str, list[str]] = {}
    for name in changed:
        stages = merged.stages.get(name)
        if stages is None:
            stages = {"0": merged.files[name]} if name in merged.files else {}
        index[name] = [f"{mode} {blob} {stage}" for stage, (mode, blob) in stages.items()]
    prefix = repository.prefix
    return Plan(
        head=repository.head,
        title=title,
        # A conflict's other names are in the index alone.
        files={
            f"{prefix}{name}": _described(merged.files.get(name))
            for name in sorted(changed.intersection({*mine, *merged.files}))
        },
        index={f"{prefix}{name}": lines for name, lines in sorted(index.items())},
        conflicts=[f"{prefix}{name}" for name in sorted(merged.stages)],
        report=text,
    )


def refuse_obstacles(repository: Repository, planned: Plan) -> None:
    """Make sure that nothing that git does not know is in the way of what is planned.

    Raises:
        UpgradeError: there is something.
    """
    length = len(repository.prefix)
    gone = [path[length:] for path, blob in planned.files.items() if not blob]
    coming = [path[length:] for path, blob in planned.files.items() if blob]
    repository.refuse_obstacles(gone, coming)


def write(repository: Repository, planned: Plan) -> None:
    """Write what is planned, if all is still as it was; else write nothing.

    Raises:
        UpgradeError: something has changed in the meantime, or cannot be written.
        HalfDoneError: what was written cannot be taken back.
    """
    written = Journal(repository.root, repository.folder)
    with written.alone():
        written.prepare(planned)
        try:
            with written.index_locked():
                repository.require_unchanged()
                refuse_obstacles(repository, planned)
                written.write()
            written.finish()
        except BaseException as error:
            if not written.state:
                written.remove()
                raise
            try:
                written.undo()
            except (OSError, GitError) as second:
                raise journal.half_done(second) from error
            if isinstance(error, OSError):
                raise UpgradeError(f"{error}.") from None
            raise
    print(planned.report)


def _described(blob: Blob | None) -> str | None:
    return f"{blob.mode} {blob.name}" if blob else None


def title(old: Version, new: Version, before: Answers, after: Answers) -> str:
    """Say which version becomes which, and which answers change."""
    answers = [f"{name}={after[name]}" for name in after if after[name] != before.get(name)]
    versions = str(old) if old.commit == new.commit else f"{old} -> {new}"
    return ", ".join([f"Template {versions}", *answers])


def new_answers(known: record.Record, version: Version, options: argparse.Namespace) -> Answers:
    """Take the recorded answers, but for those that the user changes or drops.

    Raises:
        UpgradeError: the version does not ask for one of them, or has not that choice.
    """
    answers = dict(known.answers)
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


if __name__ == "__main__":
    # The hooks of a template tell their users more than the traceback does.
    logging.getLogger("cookiecutter").setLevel(logging.CRITICAL)
    for stream in (sys.stdout, sys.stderr):
        # Names are not in each terminal's encoding.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(main(sys.argv[1:], Path.cwd(), Path(__file__).resolve().parents[1]))
