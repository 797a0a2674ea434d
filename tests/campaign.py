"""Upgrades at random: both sides change a small project, and nothing of either may be lost.

What must be is derived from what was done here, and never from what git tells. Each run follows
from its seed alone.

Usage: PYTHONPATH=tests:upgrade:matrix:bench python tests/campaign.py --runs N --seed S [--monorepo]
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from random import Random

import moves
import record
import upgrade
from baking import commit, git
from upgrading import SLUG

TEXT, BINARY, LINK = "text", "binary", "link"
LOST, UNSAID, OUTSIDE, UNDO, WRONG = "lost", "unsaid", "outside", "undo", "wrong"
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
SETTINGS = [
    ("core.autocrlf", "true"),
    ("core.autocrlf", "input"),
    ("merge.conflictStyle", "diff3"),
    ("merge.conflictStyle", "zdiff3"),
    ("diff.renames", "false"),
]
ATTRIBUTES = [
    "* text=auto",
    "* text=auto eol=crlf",
    "*.txt text eol=crlf",
    "*.md -diff",
]
# What the upgrade may leave in the git folder.
LEFT = {"template-upgrade.lock"}
# Writes the record, without a Python of its own.
HOOK = f"""#!/bin/sh
cat > {record.NAME} <<'END'
{{"project_slug": "project", "_version": "{{{{ cookiecutter._version }}}}",
"_commit": "{{{{ cookiecutter._commit }}}}"}}
END
"""


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
        """Give what it holds, as it is on the disk."""
        if self.kind == LINK:
            return self.lines[0].encode()
        if self.kind == BINARY:
            return "\n".join(["\0", *self.lines, ""]).encode()
        return "".join(f"{line}{self.end}" for line in self.lines).encode()

    @property
    def seen(self) -> tuple[str, bool, bytes]:
        """Give what an upgrade keeps of it: what it is, whether it is executable, and all of it."""
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
        """Give a file the line ends of Windows."""
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


@dataclass
class Case:
    """What a run begins with; paths are in the project.

    Attributes:
        mine: the user's files that are committed.
        theirs: the template's new files.
        listed: the moves that the template lists, by versions.
        loose: the user's files that git does not know; None is an empty folder.
        settings: of the user's git.
        done: what was done, in words.
    """

    mine: Tree
    theirs: Tree
    listed: dict[str, dict[str, str]] = field(default_factory=dict)
    loose: dict[str, Node | None] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    def moved(self) -> dict[str, str]:
        """Map paths of the first version to where the template says that it has moved them."""
        lists = self.listed.values()
        chain = {source: target for each in lists for source, target in each.items()}
        return {name: chain.get(chain[name], chain[name]) for name in FIRST if name in chain}


def make_case(random: Random) -> Case:
    """Change both sides, and put files in the way."""
    often = random.sample(sorted(FIRST), 3)
    user, template = Side(USER, random, often), Side(TEMPLATE, random, often)
    user.change(OPERATIONS[USER], random.randint(0, 6))
    template.change(OPERATIONS[TEMPLATE], random.randint(1, 6))
    case = Case(user.tree, template.tree, listed_moves(random, template.tree))
    ignored = put_in_the_way(random, case) if random.random() < 0.4 else []
    if random.random() < 0.1:
        ignored.append(random.choice(["*.txt", "pkg/", "*.md", "new*"]))
    if random.random() < 0.1:
        case.settings = dict([random.choice(SETTINGS)])
    attributes = random.choices(ATTRIBUTES) if random.random() < 0.1 else []
    if attributes:
        case.mine[".gitattributes"] = Node(None, tuple(attributes))
    if ignored:
        case.mine[".gitignore"] = Node(None, tuple(ignored))
    case.done = [
        *user.done,
        *template.done,
        *(f"listed: {version} {each}" for version, each in case.listed.items()),
        *(f"loose: {name} {node}" for name, node in case.loose.items()),
        *(f"ignored: {name}" for name in ignored),
        *(f"set: {name}={value}" for name, value in case.settings.items()),
        *(f"attributes: {line}" for line in attributes),
    ]
    return case


def listed_moves(random: Random, tree: Tree) -> dict[str, dict[str, str]]:
    """List some of what was moved, some of it by a version between."""
    listed: dict[str, dict[str, str]] = {}
    for name, node in tree.items():
        moved = node.origin and node.origin not in tree and name not in FIRST
        if node.origin and moved and random.random() < 0.6:
            between = f"between/{name}"
            steps = [(node.origin, between), (between, name)]
            if random.random() < 0.8:
                steps = [(node.origin, name)]
            for version, (source, target) in zip(("2.0.0", "1.5.0"), reversed(steps), strict=False):
                listed.setdefault(version, {})[source] = target
    return listed


def put_in_the_way(random: Random, case: Case) -> list[str]:
    """Put files where git does not know them, and return what it shall ignore."""
    ignored = []
    new = [name for name in case.theirs if name not in FIRST]
    wanted = [
        *new,
        *new,
        *case.theirs,
        *sorted(folders_of(case.theirs)),
        "pkg/run.log",
        "docs/run.log",
    ]
    for number in range(random.randint(1, 3)):
        name = random.choice(wanted)
        name = random.choice([name, name, f"{name}/loose.txt"])
        node = random.choice(
            [
                Node(None, (f"# The user keeps {number}.",)),
                Node(None, (f"# The user keeps {number}.",), mode=0o755),
                Node(None, ("../outside",), LINK),
                None,
            ]
        )
        if any(clashes(name, other) for other in [*case.mine, *case.loose]):
            continue
        case.loose[name] = node
        if node and random.random() < 0.5:
            ignored.append(random.choice([f"/{name}", f"{PurePosixPath(name).name}"]))
    return ignored


def put(folder: Path, files: dict[str, Node | None]) -> None:
    """Write files and links; None is an empty folder."""
    for name, node in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if node is None:
            path.mkdir(exist_ok=True)
        elif node.kind == LINK:
            path.symlink_to(node.lines[0])
        else:
            path.write_bytes(node.content)
            path.chmod(node.mode)


@dataclass(frozen=True)
class Seen:
    """All that a user could miss.

    Attributes:
        disk: each file, folder and link around the project, with its permissions, by its path.
        index: what git lists.
        status: what git says of it, the commit included.
        left: what lies in the git folder.
    """

    disk: dict[str, tuple[str, int, bytes]]
    index: str
    status: str
    left: set[str]


class Trial:
    """A template of two versions, and a repository with a project of the first one.

    Args:
        folder: an empty one.
        case: what both sides have done.
        random: decides what is around the project.
        monorepo: whether there are other projects in the repository.
    """

    def __init__(self, folder: Path, case: Case, random: Random, monorepo: bool):
        self.folder = folder
        self.template = folder / "template"
        self.repository = folder / "repository"
        self.place = "services/project" if monorepo else ""
        self.project = self.repository / self.place
        self.case = case
        self._make_template()
        self._make_outside(random, monorepo)
        self._make_project()

    def upgrade(self, *arguments: str) -> tuple[int, str, str]:
        """Upgrade the project; give the exit code and what is printed."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = upgrade.main(list(arguments), self.project, self.template)
        return code, out.getvalue(), err.getvalue()

    def look(self) -> Seen:
        """Look at all there is."""
        disk = {
            path: found for path, found in everything(self.folder) if not path.startswith(TEMPLATE)
        }
        status = git(self.repository, "status", "--porcelain", "--ignored", "--branch")
        head = git(self.repository, "rev-parse", "HEAD")
        index = git(self.repository, "ls-files", "--stage", "-z")
        left = {path.name for path in (self.repository / ".git").iterdir()}
        return Seen(disk, index, head + status, left - LEFT)

    def unmerged(self) -> dict[str, str]:
        """Read all versions of each file that is in conflict, by its path in the project."""
        found: dict[str, str] = {}
        for entry in git(self.project, "ls-files", "--unmerged", "-z").split("\0")[:-1]:
            description, path = entry.split("\t", 1)
            found[path] = found.get(path, "") + self.show(description.split()[1])
        return found

    def unstaged(self) -> set[str]:
        """List the project's files that are not as the index says."""
        return set(git(self.project, "diff", "--name-only", "--relative", "-z").split("\0")) - {""}

    def show(self, name: str) -> str:
        """Read one of git's objects."""
        return git(self.repository, "cat-file", "blob", name)

    def _make_template(self) -> None:
        self.template.mkdir()
        git(self.template, "init", "--quiet")
        sources = self.template / SLUG
        put(self.template, {"hooks/post_gen_project": Node(None, tuple(HOOK.splitlines()))})
        self.commits = []
        for version, tree in (("1.0.0", first()), ("2.0.0", self.case.theirs)):
            shutil.rmtree(sources, ignore_errors=True)
            put(sources, dict(tree))
            context = {"project_slug": "project", "_version": version, "_commit": ""}
            (self.template / "cookiecutter.json").write_text(json.dumps(context))
            if self.case.listed and version == "2.0.0":
                (self.template / moves.FILE).parent.mkdir()
                (self.template / moves.FILE).write_text(json.dumps(self.case.listed))
            self.commits.append(commit(self.template, version))

    def _make_outside(self, random: Random, monorepo: bool) -> None:
        """Put files around the project: those where links lead to, and other projects."""
        self.project.mkdir(parents=True)
        outside = {f"outside/{name}": node for name, node in first().items()}
        outside["outside/file.txt"] = Node(None, ("# Outside.",))
        put(self.project.parent, dict(outside))
        git(self.repository, "init", "--quiet")
        for name, value in self.case.settings.items():
            git(self.repository, "config", name, value)
        if monorepo:
            sibling = Side("sibling", random)
            sibling.change(["insert", "delete", "delete", "move"], 3)
            put(self.repository / "services" / "sibling", dict(sibling.tree))
            root = random.sample(sorted(FIRST), 4)
            put(self.repository, {name: first()[name] for name in root})
            put(self.repository, {".gitignore": Node(None, ("*.ignored",))})
            put(self.repository, {"services/x.ignored": Node(None, ("# The user keeps it.",))})

    def _make_project(self) -> None:
        put(self.project, dict(self.case.mine))
        known = {"project_slug": "project", "_version": "1.0.0", "_commit": self.commits[0]}
        (self.project / record.NAME).write_text(json.dumps(known))
        commit(self.repository, "Generate and edit")
        put(self.project, self.case.loose)


def everything(folder: Path) -> Iterator[tuple[str, tuple[str, int, bytes]]]:
    """Read all that is in a folder, but for what is git's."""
    for path, folders, files in os.walk(folder):
        if ".git" in folders:
            folders.remove(".git")
        for name in [*folders, *files]:
            place = Path(path, name)
            told = place.relative_to(folder).as_posix()
            if place.is_symlink():
                yield told, (LINK, 0, os.readlink(place).encode())
            elif place.is_dir():
                yield told, ("folder", place.stat().st_mode, b"")
            else:
                yield told, ("file", place.stat().st_mode, place.read_bytes())


@dataclass
class Run:
    """What came of a run.

    Attributes:
        code: the upgrade's exit code.
        said: what it printed.
        done: what was done before, in words.
        failures: what is not as it must be, by kinds.
    """

    code: int = -1
    said: str = ""
    done: list[str] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)


def run(seed: int, monorepo: bool) -> Run:
    """Do one upgrade, and look at what came of it."""
    random = Random(f"{seed} {monorepo}")
    case = make_case(random)
    result = Run(done=case.done)
    with tempfile.TemporaryDirectory(prefix="campaign-") as folder:
        trial = Trial(Path(folder), case, random, monorepo)
        before = trial.look()
        if random.random() < 0.1:
            result.failures += dry_run(trial, before)
        result.code, out, err = trial.upgrade()
        result.said = out + err
        result.failures += Oracle(trial, before, trial.look(), result).failures()
        if result.code != upgrade.REFUSED:
            code, out, err = trial.upgrade("--undo")
            if code:
                result.failures.append((UNDO, f"it ends with {code}: {out}{err}"))
            result.failures += ((UNDO, told) for told in differences(before, trial.look()))
    return result


def dry_run(trial: Trial, before: Seen) -> Iterator[tuple[str, str]]:
    """Look at the difference alone, which changes nothing."""
    trial.upgrade("--dry-run")
    for told in differences(before, trial.look()):
        yield WRONG, f"the dry run has changed {told}"


def differences(one: Seen, other: Seen) -> Iterator[str]:
    """Tell what is not the same."""
    for path in sorted({*one.disk, *other.disk}):
        if one.disk.get(path) != other.disk.get(path):
            yield f"{path}: {one.disk.get(path)} != {other.disk.get(path)}"
    for name in ("index", "status", "left"):
        if getattr(one, name) != getattr(other, name):
            yield f"{name}: {getattr(one, name)} != {getattr(other, name)}"


class Oracle:
    """What must be after an upgrade.

    Args:
        trial: of which.
        before: what was there.
        after: what is there.
        result: of the upgrade.
    """

    def __init__(self, trial: Trial, before: Seen, after: Seen, result: Run):
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
        """Tell what is not as it must be, and of which kind it is."""
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
        """Tell what has changed around the project, or of what git does not know."""
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
        """Tell which lines of the user are gone."""
        for name, node in self._case.mine.items():
            for line in node.lines:
                token = line.replace("-", " ")
                if "user wrote" in token and token not in self._text:
                    yield f"{name}: {line}"

    def _unsaid(self) -> Iterator[str]:
        """Tell which lines of the template are neither there nor told of."""
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
        """Tell whether the exit code, git's marks and the index tell the same."""
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
        """Tell which files that the user alone has changed are not as the user has them."""
        return self._of_one(self._case.mine, self._case.theirs)

    def _of_template_alone(self) -> Iterator[str]:
        """Tell which files that the template alone has changed are not as the template has them."""
        yield from self._of_one(self._case.theirs, self._case.mine)
        for name, node in first().items():
            gone = not any(clashes(name, other) for other in self._case.theirs)
            if self._case.mine.get(name) == node and gone and name in self._files:
                yield f"{name} is still there"

    def _of_one(self, tree: Tree, others: Tree) -> Iterator[str]:
        """Tell which files that one side alone has changed are not as that side has them."""
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
        """Tell which files are not where the template lists them, or have another mode."""
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


def main(arguments: list[str]) -> int:
    """Do many runs, and tell which have failed and what came of all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0, help="of the first run; others follow")
    parser.add_argument("--monorepo", action="store_true", help="the project is one of several")
    parser.add_argument("--show", action="store_true", help="what was done and said in each run")
    options = parser.parse_args(arguments)
    counts: Counter[str] = Counter()
    for seed in range(options.seed, options.seed + options.runs):
        result = run(seed, options.monorepo)
        counts[str(result.code)] += 1
        counts.update(kind for kind, _ in result.failures)
        if result.failures:
            print(f"seed {seed}:", flush=True)
        for kind, told in result.failures:
            print(f"  {kind}: {told}"[:400], flush=True)
        if options.show:
            print("\n".join([*result.done, result.said]))
    print(summary(options.runs, counts))
    return 1 if any(counts[kind] for kind in (LOST, UNSAID, OUTSIDE, UNDO, WRONG)) else 0


def summary(runs: int, counts: Counter[str]) -> str:
    """Tell what came of all runs, in one line."""
    return (
        f"{runs} runs: {counts['1']} refused, {counts['0']} merged, {counts['3']} with conflicts; "
        f"{counts[LOST]} lines lost, {counts[UNSAID]} changes of the template dropped unsaid, "
        f"{counts[OUTSIDE]} writes outside the project, {counts[UNDO]} undos not exact, "
        f"{counts[WRONG]} things otherwise wrong"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
