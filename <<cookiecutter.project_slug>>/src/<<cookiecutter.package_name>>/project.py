"""Which folder is the project: its schema, data and output are there."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
# What makes a folder a project, for the package where it is installed.
MARK = Path("schema", "schema.pbtxt")


class NoProjectError(Exception):
    """The package is installed, and the working directory is not within a project."""


def other_code(root: Path) -> str:
    """Return a file of the project's own code that is not as in the package that runs; or nothing.

    Args:
        root: the project's folder.
    """
    own = root / "src" / PACKAGE.name
    if own == PACKAGE or not own.is_dir():
        return ""
    here, there = (
        {file.relative_to(top): file.read_bytes() for file in top.rglob("*.py")}
        for top in (own, PACKAGE)
    )
    names = sorted(here.keys() | there.keys())
    return next((str(own / name) for name in names if here.get(name) != there.get(name)), "")


def root() -> Path:
    """Return the project's folder.

    It is the one whose `src` the package is in; of an installed package, the nearest one that holds
    a schema, from the working directory upwards.

    Raises:
        NoProjectError: there is none.
    """
    if PACKAGE.parent.name == "src":
        return PACKAGE.parents[1]
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / MARK).is_file():
            return folder
    raise NoProjectError(
        f"neither {here} nor a folder above it is a project, which holds {MARK}; change into one"
    )
