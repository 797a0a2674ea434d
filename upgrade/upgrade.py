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

# So it is found if Python is told to look nowhere but in what is installed.
sys.path.insert(0, str(Path(__file__).resolve().parent))

import changelog
import record
import recover
from errors import HalfDoneError, UpgradeError
from journal import COMMAND, Journal, Plan
from proposal import propose
from repository import Repository
from request import understand
from run_git import GitError
from template import Template

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
    try:
        options = parser().parse_args(arguments)
    except SystemExit as ended:
        return REFUSED if ended.code else 0
    code = None
    try:
        if options.undo or options.go_on:
            return recover.recover(project, undo=options.undo)
        with tempfile.TemporaryDirectory(prefix="upgrade-") as folder:
            # Cookiecutter leaves files there.
            tempfile.tempdir = folder
            template = Template(repository, Path(folder).resolve())
            code = upgrade(project.resolve(), template, options)
    except UpgradeError as error:
        print(f"Nothing was changed: {error}", file=sys.stderr)
    except GitError as error:
        print(f"Nothing was changed, for git failed: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        # After it, only the temporary folder is to be removed.
        if code is None:
            print("Nothing was changed: interrupted.", file=sys.stderr)
    except HalfDoneError as error:
        print(error, file=sys.stderr)
    finally:
        tempfile.tempdir = None
    return REFUSED if code is None else code


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
    known = record.read(project)
    repository = Repository(project)
    request = understand(options, known, project, repository.files, template)
    proposal = propose(request, repository, template.folder)
    refuse_obstacles(repository, proposal.plan)

    print("\n".join([*request.why, request.title]))
    if request.new.number != request.old.number:
        print(f"\n{changelog.difference(request.old, request.new)}\n")
    if options.dry_run:
        print(proposal.difference())
        print(f"{proposal.said}\nThis was a dry run: nothing is written.".lstrip())
    elif proposal.plan.files:
        write(repository, proposal.plan)
    else:
        print("There is nothing to do: the template has nothing new for this project.")
    return proposal.plan.code


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
        try:
            written.prepare(planned)
            with written.index_locked():
                repository.require_unchanged()
                refuse_obstacles(repository, planned)
                written.write()
            written.finish()
        except BaseException as error:
            _take_back(written, error)
            if isinstance(error, OSError):
                raise UpgradeError(f"{error}.") from None
            raise
    print(planned.report)


def _take_back(written: Journal, error: BaseException) -> None:
    if not written.begun:
        written.remove()
        return
    try:
        written.undo()
    except (OSError, GitError, KeyboardInterrupt) as second:
        raise recover.half_done(written, second) from error


if __name__ == "__main__":
    # The hooks of a template tell their users more than the traceback does.
    logging.getLogger("cookiecutter").setLevel(logging.CRITICAL)
    recover.write_any_name()
    sys.exit(main(sys.argv[1:], Path.cwd(), Path(__file__).resolve().parents[1]))
