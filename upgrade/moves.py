"""What releases have moved: the list that the template keeps, as pure renames before a merge."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import changelog
from repository import Files

# In the template, by version: {"0.6.0": {"old/path": "new/path"}}; in the template's own words.
FILE = "upgrade/moves.json"


def between(
    listed: Mapping[str, Mapping[str, str]],
    old: Files,
    new: Files,
    renamed: Callable[[str], str] = str,
) -> dict[str, str]:
    """Map paths of files that have moved from one version to another, or back, to their new ones.

    What a release has moved may still be in its old place, for those who import it there: it is
    another file then.

    Args:
        listed: by version, what each has moved; in the old version's words.
        old: the template's files before.
        new: its files afterwards.
        renamed: says how a path is called with the new answers.
    """
    forth: dict[str, str] = {}
    for version in sorted(listed, key=changelog.order):
        for source, target in listed[version].items():
            for first in [first for first, last in forth.items() if last == source]:
                forth[first] = target
            forth.setdefault(source, target)
    kept = [(path, path) for path in old]
    back = [(target, source) for source, target in forth.items()]
    gone = [(source, target) for source, target in [*kept, *back] if source not in new]
    return {
        source: renamed(target)
        for source, target in [*gone, *forth.items()]
        if source in old
        and (target == source or target not in old)
        and renamed(target) in new
        and renamed(target) not in old
    }


def apply(
    moved: Mapping[str, str], old: Files, mine: Files, renamed: Mapping[str, str]
) -> tuple[Files, Files]:
    """Move files on the side of the template's old version and on that of the user.

    So git need not guess from what is alike. A file that the user has deleted is new where the
    template has moved it: others may import it.

    Args:
        moved: as `between` maps.
        old: the template's files before.
        mine: the user's.
        renamed: what the user has moved, from the template's paths to theirs.

    Returns:
        Both sides' files.
    """
    old, mine = dict(old), dict(mine)
    for source, target in moved.items():
        if any(_clash(target, name) for name in {*old, *mine} - {source}):
            # Git has no file and folder of one name; it finds what is alike.
            continue
        if source in mine and target not in mine:
            mine[target] = mine.pop(source)
            old[target] = old.pop(source)
        elif source in renamed:
            old[target] = old.pop(source)
        elif source not in mine:
            del old[source]
    return old, mine


def _clash(one: str, other: str) -> bool:
    """Whether one of two paths is in the other."""
    return one.startswith(f"{other}/") or other.startswith(f"{one}/")
