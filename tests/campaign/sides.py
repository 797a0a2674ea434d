"""What the user, or the template, makes of a small project."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from random import Random

TEXT, BINARY, LINK = "text", "binary", "link"
USER, TEMPLATE = "user", "template"
FIRST = {
    "a.txt": 14,
    "b.txt": 9,
    "tool.sh": 5,
    "blob.bin": 4,
    "docs/guide.md": 12,
    "docs/short.md": 1,
    "pkg/__init__.py": 0,
    "pkg/model.py": 16,
    "pkg/data.py": 10,
    "pkg/sub/__init__.py": 0,
    "pkg/sub/deep.py": 7,
}
FOLDERS = ["", "moved/", "new/", "pkg/", "pkg/sub/", "docs/"]
NEW = ["new.txt", "new/x.txt", "new/y/z.txt", "pkg/extra.py", "pkg/sub/extra.py", "docs/more.md"]
COMMON = [f"# A line of many files, number {number}." for number in range(6)]


@dataclass(frozen=True)
class Node:
    """A file.

    Attributes:
        origin: its path in the template's first version; None if it is new, and empty if it is a
            copy, which git may take for the one or the other.
        lines: what it holds; a link's target.
        kind: text, binary or link.
        mode: its permissions.
        end: of its lines.
    """

    origin: str | None
    lines: tuple[str, ...]
    kind: str = TEXT
    mode: int = 0o644
    end: str = "\n"

    @property
    def content(self) -> bytes:
        """Return what it holds, as it is on the disk."""
        if self.kind == LINK:
            return self.lines[0].encode()
        if self.kind == BINARY:
            return "\n".join(["\0", *self.lines, ""]).encode()
        return "".join(f"{line}{self.end}" for line in self.lines).encode()

    @property
    def seen(self) -> tuple[str, bool, bytes]:
        """Return what an upgrade keeps of it: kind, whether it is executable, content."""
        return LINK if self.kind == LINK else "file", bool(self.mode & 0o100), self.content


Tree = dict[str, Node]


def first() -> Tree:
    """Make the template's first version."""
    tree = {}
    for name, count in FIRST.items():
        common = COMMON if count > 8 and name.endswith(".py") else []
        lines = [*common, *(f"# Line {number} of {name}." for number in range(count))]
        kind = BINARY if name.endswith(".bin") else TEXT
        mode = 0o755 if name.endswith(".sh") else 0o644
        tree[name] = Node(name, tuple(lines), kind, mode)
    return tree


def clashes(one: str, other: str) -> bool:
    """Whether two paths cannot be files at the same time."""
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


class Side:
    """What the user, or the template, makes of the first version.

    Args:
        who: changes it.
        random: decides.
        often: the files that most changes are of, so that both sides meet.

    Attributes:
        tree: the files.
        done: what was done, in words.
    """

    def __init__(self, who: str, random: Random, often: Iterable[str] = ()):
        self.who = who
        self._often = set(often)
        self.tree = first()
        self.done: list[str] = []
        self.random = random
        self._count = 0

    def change(self, operations: list[str], count: int) -> None:
        """Do a number of operations; those that are not possible are left out."""
        for name in self.random.choices(operations, k=count):
            operation: Callable[[], str | None] = getattr(self, name)
            if told := operation():
                self.done.append(f"{self.who} {name}: {told}")

    def insert(self) -> str | None:
        """Insert a line."""
        return self._edit(lambda lines, at: lines.insert(at, self._line()))

    def replace(self) -> str | None:
        """Replace a line."""
        return self._edit(lambda lines, at: lines.__setitem__(slice(at, at + 1), [self._line()]))

    def cut(self) -> str | None:
        """Remove some lines."""
        return self._edit(lambda lines, at: lines.__delitem__(slice(at, at + 3)))

    def rewrite(self) -> str | None:
        """Replace all lines but a few."""
        return self._edit(
            lambda lines, at: lines.__setitem__(
                slice(2, None), [self._line() for _ in range(max(len(lines), 3))]
            )
        )

    def delete(self) -> str | None:
        """Delete a file."""
        name = self._pick()
        if name:
            del self.tree[name]
        return name

    def move(self) -> str | None:
        """Move a file, with none, some or many edits."""
        name = self._pick()
        target = name and self._free(self._places(name))
        if not name or not target:
            return None
        node = self.tree.pop(name)
        lines = list(node.lines)
        how = self.random.choice(["as it is", "as it is", "edited", "rewritten"])
        if how == "edited" and node.kind != LINK:
            lines.insert(self.random.randint(0, len(lines)), self._line())
        if how == "rewritten" and node.kind != LINK:
            lines[1:] = [self._line() for _ in range(len(lines))]
        self.tree[target] = replace(node, lines=tuple(lines))
        return f"{name} -> {target}, {how}"

    def swap(self) -> str | None:
        """Exchange two files."""
        one, other = self._pick(), self._pick()
        if not one or not other or one == other:
            return None
        self.tree[one], self.tree[other] = self.tree[other], self.tree[one]
        return f"{one} <-> {other}"

    def add(self) -> str | None:
        """Add a file."""
        target = self._free(NEW)
        if target:
            count = self.random.choice([0, 1, 4, 12])
            self.tree[target] = Node(None, tuple(self._line() for _ in range(count)))
        return target

    def copy(self) -> str | None:
        """Add a file that is much like another."""
        name, target = self._pick(TEXT), self._free(NEW)
        if not name or not target:
            return None
        lines = [line for line in self.tree[name].lines if "wrote" not in line]
        self.tree[target] = Node("", (*lines, self._line()))
        return f"{name} -> {target}"

    def empty(self) -> str | None:
        """Take all lines from a file."""
        return self._edit(lambda lines, at: lines.clear())

    def fill(self) -> str | None:
        """Write into an empty file."""
        names = [name for name, node in self.tree.items() if not node.lines]
        if not names:
            return None
        name = self.random.choice(names)
        self.tree[name] = replace(self.tree[name], lines=(self._line(), self._line()))
        return name

    def execute(self) -> str | None:
        """Make a file executable, or take that from it."""
        name = self._pick(TEXT)
        if name:
            mode = 0o644 if self.tree[name].mode & 0o100 else 0o755
            self.tree[name] = replace(self.tree[name], mode=mode)
        return name

    def hide(self) -> str | None:
        """Let nobody else read a file."""
        name = self._pick(TEXT)
        if name:
            self.tree[name] = replace(self.tree[name], mode=self.tree[name].mode & 0o700)
        return name

    def windows(self) -> str | None:
        """Rewrite a file with the line ends of Windows."""
        name = self._pick(TEXT)
        if name:
            self.tree[name] = replace(self.tree[name], end="\r\n")
        return name

    def binary(self) -> str | None:
        """Make a file binary."""
        name = self._pick(TEXT)
        if name:
            self.tree[name] = replace(self.tree[name], kind=BINARY, lines=(self._line(),))
        return name

    def link(self) -> str | None:
        """Replace a file by a link."""
        name = self._pick()
        if name:
            token = self._line().strip("# ").replace(" ", "-")
            target = self.random.choice([token, "b.txt", "../outside", "../outside/file.txt"])
            self.tree[name] = Node(self.tree[name].origin, (target,), LINK)
        return name

    def link_folder(self) -> str | None:
        """Replace a folder by a link to one that is elsewhere."""
        if not (folder := self._pick_folder()):
            return None
        self.tree[folder] = Node(
            None, ("../" * (folder.count("/") + 1) + f"outside/{folder}",), LINK
        )
        return folder

    def to_folder(self) -> str | None:
        """Let a folder be where a file was, which goes into it or goes away."""
        if not (name := self._pick()):
            return None
        node = self.tree.pop(name)
        if self.random.random() < 0.5:
            node = Node(None, (self._line(), self._line()))
        inside = f"{name}/{self.random.choice(['inside.txt', PurePosixPath(name).name])}"
        self.tree[inside] = node
        return f"{name} -> {inside}"

    def to_file(self) -> str | None:
        """Let a file be where a folder was."""
        if not (folder := self._pick_folder()):
            return None
        self.tree[folder] = Node(None, (self._line(), self._line()))
        return folder

    def _edit(self, change: Callable[[list[str], int], object]) -> str | None:
        name = self._pick(TEXT, BINARY)
        if not name:
            return None
        lines = list(self.tree[name].lines)
        change(lines, self.random.randint(0, len(lines)))
        self.tree[name] = replace(self.tree[name], lines=tuple(lines))
        return name

    def _line(self) -> str:
        self._count += 1
        return f"# The {self.who} wrote {self._count}."

    def _pick(self, *kinds: str) -> str | None:
        names = [name for name, node in self.tree.items() if not kinds or node.kind in kinds]
        often = [name for name in names if self._often & {name, self.tree[name].origin}]
        if often and self.random.random() < 0.7:
            names = often
        return self.random.choice(names) if names else None

    def _pick_folder(self) -> str | None:
        """Choose a folder, and delete what is in it."""
        folders = sorted(folders_of(self.tree))
        if not folders:
            return None
        folder = self.random.choice(folders)
        self.tree = {
            name: node for name, node in self.tree.items() if not name.startswith(f"{folder}/")
        }
        return folder

    def _places(self, name: str) -> list[str]:
        """List where a file may move to."""
        path = PurePosixPath(name)
        names = [path.name, path.name, f"other{path.suffix}"]
        return [f"{folder}{each}" for folder in FOLDERS for each in names]

    def _free(self, places: list[str]) -> str | None:
        free = [place for place in places if not any(clashes(place, name) for name in self.tree)]
        return self.random.choice(free) if free else None


def folders_of(names: Iterable[str]) -> set[str]:
    """List the folders that some files are in."""
    return {str(parent) for name in names for parent in PurePosixPath(name).parents} - {"."}


BOTH = [
    *(["insert"] * 5),
    *(["replace"] * 5),
    *(["move"] * 4),
    *(["cut", "delete", "add", "fill"] * 2),
    *["rewrite", "copy", "swap", "empty", "execute", "windows", "binary", "to_folder", "to_file"],
]
OPERATIONS = {USER: [*BOTH, "link", "link", "link_folder", "hide"], TEMPLATE: [*BOTH, "add"]}
