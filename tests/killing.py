"""Runs an upgrade that is killed just before one of the things that it does to files.

Usage: python killing.py UPGRADE NUMBER REPOSITORY [ARGUMENT…], in the project's folder. Exits with
9 if there were as many things to do.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

KILLED = 9
WATCHED = {"os.rename", "os.link", "os.remove", "os.rmdir", "os.mkdir", "shutil.copyfile"}


class Watch:
    """Counts down what is done to files, and ends the process as a kill does.

    Args:
        number: of the thing that is not done any more.
    """

    def __init__(self, number: int) -> None:
        self._left = number

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        """Take note of an audit event of Python."""
        writes = event == "open" and arguments[1] in {"w", "wb", "x"}
        updates = event == "subprocess.Popen" and "update-index" in arguments[1]
        if event in WATCHED or writes or updates:
            self._left -= 1
            if not self._left:
                os._exit(KILLED)


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    import upgrade
    from journal import Journal

    prepare = Journal.prepare

    def prepare_watched(self: Journal, plan: object) -> None:
        """Begin to watch when the upgrade begins to write."""
        sys.addaudithook(Watch(int(sys.argv[2])))
        prepare(self, plan)

    Journal.prepare = prepare_watched
    sys.exit(upgrade.main(sys.argv[4:], Path.cwd(), Path(sys.argv[3])))
