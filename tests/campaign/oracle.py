"""What must be after an upgrade, derived from what was done before it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import upgrade

from .result import LOST, OUTSIDE, UNSAID, WRONG, Result
from .sides import LINK, TEXT, Tree, clashes, first
from .trial import Seen, Trial, differences


class Oracle:
    """What must be after an upgrade.

    Args:
        trial: of which.
        before: what was there.
        after: what is there.
        result: of the upgrade.
    """

    def __init__(self, trial: Trial, before: Seen, after: Seen, result: Result):
        self._trial = trial
        self._case = trial.case
        self._before = before
        self._after = after
        self._code = result.code
        self._said = result.said
        base = f"repository/{trial.place}/".replace("//", "/")
        self._base = base
        self._files = {
            path.removeprefix(base): (kind, bool(mode & 0o100), self._plain(content))
            for path, (kind, mode, content) in after.disk.items()
            if path.startswith(base) and kind != "folder"
        }
        self._unmerged = trial.unmerged()
        contents = [content for _, _, content in self._files.values()]
        self._text = b"\n".join(contents).decode().replace("-", " ")

    def failures(self) -> Iterator[tuple[str, str]]:
        """Return what is not as it must be, and of which kind it is."""
        yield from ((OUTSIDE, told) for told in self._outside())
        if self._code == upgrade.REFUSED:
            yield from ((WRONG, f"refused, but {told}") for told in self._refused())
            return
        yield from ((LOST, told) for told in self._lost())
        yield from ((UNSAID, told) for told in self._unsaid())
        for rule in (self._ended, self._of_user_alone, self._of_template_alone, self._of_both):
            yield from ((WRONG, told) for told in rule())

    def _refused(self) -> Iterator[str]:
        yield from differences(self._before, self._after)
        # What lies behind a link is in the way as well: it is not looked through.
        links = [name for name, node in self._case.mine.items() if node.kind == LINK]
        if not any(self._meets(name, self._case.theirs) for name in [*self._case.loose, *links]):
            yield f"nothing is in the way: {self._said}"

    def _outside(self) -> Iterator[str]:
        """Return what has changed around the project, or of what git does not know."""
        loose = {f"{self._base}{name}" for name, node in self._case.loose.items() if node}
        for path in sorted({*self._before.disk, *self._after.disk}):
            mine = f"{path}/".startswith(self._base) and path not in loose
            if not mine and self._before.disk.get(path) != self._after.disk.get(path):
                yield path
        one, other = (self._index_outside(seen.index) for seen in (self._before, self._after))
        if one != other:
            yield f"index: {one ^ other}"

    def _index_outside(self, index: str) -> set[str]:
        place = f"\t{self._trial.place}/" if self._trial.place else "\t"
        return {entry for entry in index.split("\0") if place not in entry}

    def _lost(self) -> Iterator[str]:
        """Return which lines of the user are gone."""
        for name, node in self._case.mine.items():
            for line in node.lines:
                token = line.replace("-", " ")
                if "user wrote" in token and token not in self._text:
                    yield f"{name}: {line}"

    def _unsaid(self) -> Iterator[str]:
        """Return which lines of the template are neither there nor told of."""
        kept = re.search(r"^kept because you changed them \(\d+\): (.*)", self._said, re.M)
        named = {*(kept[1].split(", ") if kept else []), *self._said_deleted()}
        stages = "\n".join(self._unmerged.values())
        for name, node in self._case.theirs.items():
            for line in node.lines:
                if "template wrote" not in line or line in self._text:
                    continue
                if not {name, node.origin} & named and line not in stages:
                    yield f"{name}: {line}"

    def _said_deleted(self) -> list[str]:
        """List what the upgrade says that it leaves deleted."""
        found = re.search(r"what it has: git show \w+:FILE\n((?:  .*\n)+)", self._said)
        return [line.strip() for line in found[1].splitlines()] if found else []

    def _ended(self) -> Iterator[str]:
        """Yield what the exit code, git's marks and the index tell otherwise."""
        marked = any(line.startswith("<<<<<<< ") for line in self._text.splitlines())
        if self._code == 0 and (marked or self._unmerged):
            yield f"it ends with 0, but has conflicts: {sorted(self._unmerged)}"
        if self._code == 3 and not self._unmerged:
            yield "it ends with 3, but has no conflicts"
        if self._code not in (0, 3):
            yield f"it ends with {self._code}"
        if strange := self._trial.unstaged() - set(self._unmerged):
            yield f"not as in the index: {strange}"
        told = re.search(r"^conflicts \(\d+\):\n((?:  .*\n)+)", self._said, re.M)
        names = {line.strip().split(": ")[0] for line in told[1].splitlines()} if told else set()
        if names != set(self._unmerged):
            yield f"conflicts are not those that it says: {names}, {set(self._unmerged)}"
        shown = re.search(r"what it has: git show (\w+):FILE", self._said)
        for name in self._said_deleted() if shown else []:
            if name not in self._case.theirs:
                yield f"still deleted, it says, but the template has no {name}"

    def _of_user_alone(self) -> Iterator[str]:
        """Return which files that the user alone has changed are not as the user has them."""
        return self._of_one(self._case.mine, self._case.theirs)

    def _of_template_alone(self) -> Iterator[str]:
        """Return which files that the template alone has changed are not as it has them."""
        yield from self._of_one(self._case.theirs, self._case.mine)
        for name, node in first().items():
            gone = not any(clashes(name, other) for other in self._case.theirs)
            if self._case.mine.get(name) == node and gone and name in self._files:
                yield f"{name} is still there"

    def _of_one(self, tree: Tree, others: Tree) -> Iterator[str]:
        """Return which files that one side alone has changed are not as that side has them."""
        start = first()
        for name, node in tree.items():
            # A file that has come to another's place is, for git, the other one, edited.
            same = {each for each in (node.origin, name) if each in start}
            alone = all(others.get(each) == start[each] for each in same)
            met = any(clashes(name, other) for other in others if other not in same)
            kind, executable, content = node.seen
            wanted = kind, executable, self._plain(content)
            if node.origin != "" and alone and not met and self._files.get(name) != wanted:
                yield f"{name} is {self._files.get(name)}, not {wanted}"

    def _plain(self, content: bytes) -> bytes:
        """Leave out what git makes of line ends, if the user lets it."""
        converts = "core.autocrlf" in self._case.settings or ".gitattributes" in self._case.mine
        return content.replace(b"\r\n", b"\n") if converts else content

    def _meets(self, name: str, others: Tree) -> bool:
        """Whether a path cannot be there together with those of the other side."""
        return any(clashes(name, other) for other in others)

    def _of_both(self) -> Iterator[str]:
        """Return which files are not where the template lists them, or have another mode."""
        start, moved = first(), self._case.moved()
        for origin in start:
            mine = self._case.mine.get(origin)
            place = moved.get(origin, origin)
            theirs = self._case.theirs.get(place)
            if not mine or not theirs or mine.origin != origin or theirs.origin != origin:
                continue
            if mine.kind != TEXT or theirs.kind != TEXT:
                continue
            if place != origin and self._meets(place, self._case.mine):
                continue
            if place not in self._files:
                yield f"{origin} is not in {place}"
                continue
            _, executable, content = self._files[place]
            for line in mine.lines:
                if "user wrote" in line and line not in content.decode():
                    yield f"{place} has no {line}"
            modes = [bool(node.mode & 0o100) for node in (start[origin], mine, theirs)]
            wanted = modes[2] if modes[1] == modes[0] else modes[1]
            if executable != wanted:
                yield f"{place} is executable: {executable}"
