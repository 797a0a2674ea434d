"""Undoes an upgrade, or goes on with one that was interrupted, without the template."""

from __future__ import annotations

import io
import sys
from pathlib import Path

# So it is found if Python is told to look nowhere but in what is installed.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from errors import HalfDoneError, UpgradeError
from journal import CONTINUE, UNDO, Journal
from run_git import GitError, git


def recover(project: Path, undo: bool) -> int:
    """Undo the upgrade before this one, or go on with it if it was interrupted.

    Args:
        project: a folder in the repository.
        undo: or go on.

    Returns:
        The exit code.

    Raises:
        UpgradeError: there is nothing to do, or edits would be lost.
        HalfDoneError: it is not possible.
    """
    root, git_folder = (
        Path(git(project, "rev-parse", what).rstrip("\n"))
        for what in ("--show-toplevel", "--absolute-git-dir")
    )
    journal = Journal(root, git_folder)
    with journal.alone():
        if not journal.state or not journal.pending():
            raise UpgradeError(
                "there is no upgrade here that is not committed yet, and so none to undo or to go "
                "on with; git revert takes back what is committed"
            )
        if not undo and not journal.interrupted():
            raise UpgradeError("the upgrade is written already; look at it: git status")
        if edited := journal.edited():
            raise UpgradeError(
                "these were changed since the upgrade, which would be lost; move them away: "
                f"{', '.join(edited)}"
            )
        if obstacles := journal.obstacles(undo):
            raise UpgradeError(f"these are in the way, move them away: {', '.join(obstacles)}")
        try:
            if undo:
                journal.undo()
                print("All is as it was before the upgrade.")
                return 0
            journal.write()
            journal.finish()
        except (OSError, GitError, KeyboardInterrupt) as error:
            raise half_done(journal, error) from None
        report, code = journal.report()
        print(report)
        return code


def require_none(root: Path, git_folder: Path) -> None:
    """Make sure that no upgrade was interrupted; one that git has undone counts no more.

    Raises:
        UpgradeError: one was.
    """
    journal = Journal(root, git_folder)
    if journal.interrupted() and journal.half_committed():
        raise UpgradeError(
            "an upgrade was interrupted here, and a half of it seems to be committed: git reset "
            f"--soft {journal.head}, and then {CONTINUE}, or {UNDO}; or, if it is not so: "
            f"rm -r {journal.place}"
        )
    if journal.interrupted() and journal.pending() and journal.visible():
        raise UpgradeError(
            f"an upgrade was interrupted here: {CONTINUE}, or {UNDO}; or, which undoes it as well "
            f"and loses what is not committed: {journal.undo_by_git}"
        )


def half_done(journal: Journal, error: BaseException) -> HalfDoneError:
    """Return how to go on where a file can be neither written nor taken back."""
    return HalfDoneError(
        f"{str(error) or 'interrupted'}. A part of the upgrade is written. When that is fixed: "
        f"{CONTINUE}, or {UNDO}; or, which undoes it as well and loses what is not committed: "
        f"{journal.undo_by_git}"
    )


def write_any_name() -> None:
    """Let what is printed hold names that the terminal's encoding has not."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    if sys.argv[1:] not in (["--undo"], ["--continue"]):
        sys.exit("either --undo or --continue")
    write_any_name()
    try:
        sys.exit(recover(Path.cwd(), undo=sys.argv[1] == "--undo"))
    except (UpgradeError, GitError) as refused:
        sys.exit(f"Nothing was changed: {refused}")
    except KeyboardInterrupt:
        sys.exit("Nothing was changed: interrupted.")
    except HalfDoneError as failed:
        sys.exit(str(failed))
