"""What is said of an upgrade: what changed, and what the user has to do."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import journal
from merge import Merged
from repository import LINK, Files

# Locks are written by a tool, and so never by hand.
_LOCKS = "requirements"


@dataclass(frozen=True)
class Changes:
    """What the merge does to the user's files; sorted paths in the project.

    Attributes:
        updated: files of other content; `OLD -> NEW` for those that moved.
        added: new files.
        removed: files that are gone.
        kept: files that the template has changed, and the user too, whose version stands.
        deleted: files that the template has changed, and the user has deleted.
    """

    updated: list[str]
    added: list[str]
    removed: list[str]
    kept: list[str]
    deleted: list[str]


def changes(
    old: Files, new: Files, mine: Files, merged: Merged, moved: Mapping[str, str]
) -> Changes:
    """Compare the user's files before and after.

    Args:
        old: the template's files before.
        new: its files afterwards.
        mine: the user's before.
        merged: the user's afterwards.
        moved: from the user's paths to those of the same files afterwards.
    """
    after = {name: blob for name, blob in merged.files.items() if name not in merged.stages}
    gone = [name for name in mine if name not in after and name not in merged.stages]
    moves = {
        source: target
        for source, target in moved.items()
        if source in gone and target in after and target not in mine
    }
    seen = {*moves, *moves.values(), *merged.stages, *merged.deleted, *merged.theirs.values()}
    changed = [name for name in mine if after.get(name, mine[name]) != mine[name]]
    added = [name for name in after if name not in mine and name not in seen]
    removed = [name for name in gone if name not in seen]
    seen.update(changed, added, removed)
    kept = [
        name
        for name in {*old, *new} - seen
        if len({files.get(name) for files in (old, new, mine)}) == 3 and name in mine
    ]
    updated = [*changed, *(f"{source} -> {target}" for source, target in moves.items())]
    return Changes(*map(sorted, (updated, added, removed, kept, merged.deleted)))


def describe(
    found: Changes,
    broken: Iterable[str],
    merged: Merged,
    after: str,
    successors: Mapping[str, str],
    renamed: Mapping[str, str],
) -> str:
    """Return what changed, and what is to be looked at.

    Args:
        found: what changed.
        broken: lines that import what is not there any more.
        merged: the user's files afterwards, and the conflicts.
        after: the commit that holds the template's files afterwards.
        successors: from files that the template has deleted to what it has instead.
        renamed: from files that the user has moved to where they are.
    """
    parts = [
        f"{kind} ({len(names)}): {', '.join(names)}"
        for kind, names in (
            ("updated", found.updated),
            ("added", found.added),
            ("removed", found.removed),
            ("kept because you changed them", found.kept),
        )
        if names
    ]
    elsewhere = [
        f"{place}, which the template has in {successors[name]}"
        for name, place in sorted(renamed.items())
        if name in successors and place in merged.files and successors[name] not in merged.files
    ]
    if elsewhere:
        parts.append(f"still where you have moved them ({len(elsewhere)}):\n{_lines(elsewhere)}")
    if found.deleted:
        parts.append(
            f"still deleted, though the template has changed them ({len(found.deleted)}); what "
            f"it has: git show {after[:10]}:FILE\n{_lines(found.deleted)}"
        )
    if broken := list(broken):
        parts.append(
            f"these lines import what is not there any more ({len(broken)}):\n{_lines(broken)}"
        )
    if merged.stages:
        told = [f"{name}: {_advice(name, merged, successors)}" for name in sorted(merged.stages)]
        parts.append(f"conflicts ({len(told)}):\n{_lines(told)}")
    return "\n".join(parts)


def advise(merged: Merged, recovery: str) -> str:
    """Return how to go on, and how to go back.

    Args:
        merged: the user's files afterwards, and the conflicts.
        recovery: the command that undoes the upgrade if nox cannot.
    """
    on = (
        "When all conflicts are resolved: nox -s lint tests; git commit"
        if merged.stages
        else "Look at it: git diff --cached; nox -s lint tests. Then: git commit"
    )
    undo = f"Undo it: {journal.UNDO} ({journal.UNDO_BY_GIT})"
    if "noxfile.py" in merged.stages:
        undo = f"Undo it, as nox cannot read noxfile.py now: {recovery} ({journal.UNDO_BY_GIT})"
    return f"{on}\n{undo}"


def _advice(path: str, merged: Merged, successors: Mapping[str, str]) -> str:
    """Return what happened to a file, and which command ends it."""
    stages = merged.stages[path]
    name = _argument(path)
    if path in merged.theirs:
        beside = merged.theirs[path]
        what = "a link" if stages["2"].mode == LINK else "something else"
        return f"yours is {what}, the template's is in {beside}: compare; git add {name}"
    if path in merged.theirs.values():
        return f"the template's version, to compare with: git rm {name}"
    if len(stages) == 1:
        told = {
            "1": f"you and the template moved it to different places: git rm --cached {name}",
            "2": f"yours, which the template has elsewhere: git add {name}, or git rm {name}",
            "3": f"the template's, which you have elsewhere: git add {name}, or git rm {name}",
        }
        return told[next(iter(stages))]
    if "3" not in stages:
        now = f", now {successors[path]}" if path in successors else ""
        return (
            f"you changed it; deleted by the template{now}: git rm {name}, or to keep it git add "
            f"{name}"
        )
    if "2" not in stages:
        return f"the template's new file: git add {name}, or git rm {name}"
    if path.startswith(_LOCKS) and path.endswith(".txt"):
        return f"a lock: git checkout --theirs {name} && nox -s lock && git add {name}"
    if merged.files[path] == stages["2"]:
        return (
            f"both changed it, and yours stands: git add {name}, or first git checkout --theirs "
            f"{name}"
        )
    return f"both changed the same lines: edit it, then git add {name}"


def _argument(path: str) -> str:
    """Return a path as a shell and git take it as it is."""
    if path.startswith((":", "-")) or re.search(r"[*?\[\\]", path):
        path = f":(literal){path}"
    return shlex.quote(path)


def _lines(names: Iterable[str]) -> str:
    return "\n".join(f"  {name}" for name in names)
