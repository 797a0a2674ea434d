"""Compares three ways to update a project: this template's own, cruft, and copier.

Usage: python updates.py [--case WORD] [--explain]. Prints a table: a row for each case, a column
for each tool. The Python that runs it must have cookiecutter, copier and cruft; there must be git.
--case takes the cases with that word in their names; --explain tells the reason of each cell, and
what the tool has printed.

Each case is made anew for each tool, in a folder of its own with a home and git settings of its
own. The template is a git repository, tagged v1.0.0, then v2.0.0. Of the first version the project
is made; it is committed and cloned, and the user works in the clone, and commits that. Then the
tool updates it, as its documentation says, without options but those that answer its questions:

- this template: the program in upgrade/, without the list of what this template has moved, as a
  part of a small template: `upgrade.py`.
- cruft: `cruft create --no-input`, `cruft update --skip-apply-ask`.
- copier: `copier copy --defaults`, `copier update --defaults`.

All make the same files, but for their records. In each case there are also two files of the
user's alone, one of them ignored; a file of the template's that nobody changes; and one that both
change, in different lines. An update that forgets these over the file that the case is about has
not updated the project.

A cell is the first of these words that is true. All is found out from what the user and the
template were made to do (`Case`), and the files before and after:

- outside: of what is in the repository, but not in the project, a file differs or git sees a
  change.
- lost: a file that the template does not change is gone or differs. Or no file has all lines, with
  their line ends, that a file of the user's had, without those that the template takes away; what
  is in a .rej file does not count. Or a link is none, or leads elsewhere, any more. Or a file that
  the user had deleted or moved away is back.
- dropped: a change of the template's is not there, and nobody was told. There it is if the new
  lines are in the file, where the user has moved it if he has, or if the deleted file is gone. Told
  it is if the exit code is not 0, if the file has git's marks, if the output names the file, or if
  it names .rej files and there is that one.
- told: all of the user's is there, but not all changes of the template's, and that is told, as
  above; or there is a conflict that the user has to look at: the exit code is not 0, there are
  git's marks in a file, or the output names .rej files. To refuse the update counts as this.
- kept: all of the user's is there, and so are all changes of the template's.

In the case that undoes the update, all must be as before: each file, ignored ones as well, the
commit, and git's status. If it is, the word is kept; if a file of before differs, lost;
if something of the update is left over, left; if it had changed nothing anyway, dropped. The
commands are those of the documentation: for this template `upgrade.py --undo`, for copier
`git reset`, `git checkout .` and `git clean -d`. That of cruft names none, so it is
`git reset --hard` and `git clean -d`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

UPGRADE = Path(__file__).resolve().parents[1] / "upgrade"
# What the tools know a project by.
RECORDS = {".cookiecutter.json", ".cruft.json", ".copier-answers.yml"}
CLEAN: list[str | Path] = ["git", "clean", "--force", "-d"]
MARK = re.compile(rb"^<<<<<<< ", re.MULTILINE)
SETTINGS = "[user]\nname = User\nemail = user@example.com\n[init]\ndefaultBranch = main\n"

HOOK = '''import json
answers = json.loads(r"""{{ cookiecutter | tojson }}""")
with open(".cookiecutter.json", "w") as file:
    names = ("project_slug", "_version", "_commit")
    json.dump({name: answers[name] for name in names}, file)
'''

# What is written: text, a link to somewhere, or nothing: then the file is deleted.
Files = dict[str, str | Path | None]
# What is there: each file's content, or where a link leads to.
Contents = dict[str, bytes | Path]


def text(word: str, **lines: str) -> str:
    """Make a text of 20 lines that are in no other, some replaced: `line_3="new"`."""
    all_lines = [str(number) for number in range(1, 21)]
    for name, line in lines.items():
        all_lines[int(name.removeprefix("line_")) - 1] = line
    return "".join(f"{word} {line}\n" for line in all_lines)


def windows(content: str) -> str:
    """Return a text with the line ends of Windows."""
    return content.replace("\n", "\r\n")


A = text("a")
A_MINE = text("a", line_2="mine")
A_THEIRS = text("a", line_18="theirs")


@dataclass(frozen=True)
class Case:
    """What the user and the template do; paths are in the project.

    Attributes:
        name: as it is printed.
        old: files of the template's first version.
        mine: what the user writes and commits.
        new: what the template's second version changes.
        moved: from old paths to new ones, of files in `mine` or `new`.
        ignored: what of `mine` git is told to ignore.
        place: the project's folder in the repository; empty if it is the repository's own.
        sibling: the folder of another project in the repository, and what the user writes there.
        settings: of the user's git.
        undo: whether the update is undone.
    """

    name: str
    old: Files
    mine: Files
    new: Files
    moved: dict[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    place: str = ""
    sibling: tuple[str, Files] | None = None
    settings: str = ""
    undo: bool = False

    @property
    def first(self) -> Files:
        """The template's first version."""
        return {"other.txt": text("other"), "same.txt": text("same"), **self.old}

    @property
    def second(self) -> Files:
        """What the template's second version changes."""
        return {"other.txt": text("other", line_18="theirs"), **self.new}

    @property
    def written(self) -> Files:
        """All that the user writes."""
        ignored = ("cache/data.bin", *self.ignored)
        return {
            ".gitignore": "".join(f"/{name}\n" for name in ignored),
            "cache/data.bin": "computed\n",
            "mine/notes.txt": text("notes"),
            "other.txt": text("other", line_2="mine"),
            **self.mine,
        }

    def origin(self, path: str) -> str:
        """Where a file of now was in the template's first version."""
        return {new: old for old, new in self.moved.items()}.get(path, path)


CASES = [
    Case(
        "both edit different lines of a file",
        old={"a.txt": A},
        mine={"a.txt": A_MINE},
        new={"a.txt": A_THEIRS},
    ),
    Case(
        "both edit the same line",
        old={"a.txt": A},
        mine={"a.txt": A_MINE},
        new={"a.txt": text("a", line_2="theirs")},
    ),
    Case(
        "the user deletes a file that the template edits",
        old={"a.txt": A},
        mine={"a.txt": None},
        new={"a.txt": A_THEIRS},
    ),
    Case(
        "the template deletes a file that the user edits",
        old={"a.txt": A},
        mine={"a.txt": A_MINE},
        new={"a.txt": None},
    ),
    Case(
        "the user moves a file that the template edits",
        old={"a.txt": A},
        mine={"a.txt": None, "moved/a.txt": A},
        new={"a.txt": A_THEIRS},
        moved={"a.txt": "moved/a.txt"},
    ),
    Case(
        "the template moves a file that the user edits",
        old={"a.txt": A},
        mine={"a.txt": A_MINE},
        new={"a.txt": None, "moved/a.txt": A},
        moved={"a.txt": "moved/a.txt"},
    ),
    Case(
        "the template adds a file where an ignored one lies",
        old={},
        mine={"b.txt": text("ignored")},
        new={"b.txt": text("b")},
        ignored=("b.txt",),
    ),
    Case(
        "the template makes a folder with an ignored file a file",
        old={"records/a.txt": A},
        mine={"records/b.txt": text("ignored")},
        new={"records/a.txt": None, "records": text("records")},
        ignored=("records/b.txt",),
    ),
    Case(
        "in a monorepo, another project has deleted the file",
        old={"a.txt": A},
        mine={"a.txt": A_MINE},
        new={"a.txt": A_THEIRS},
        place="services/one",
        sibling=("services/two", {"a.txt": None}),
    ),
    Case(
        "the template's file has CRLF",
        old={"a.txt": windows(A)},
        mine={"a.txt": windows(A_MINE)},
        new={"a.txt": windows(A_THEIRS)},
    ),
    Case(
        "the user has changed a file to CRLF",
        old={"a.txt": A},
        mine={"a.txt": windows(A_MINE)},
        new={"a.txt": A_THEIRS},
    ),
    Case(
        "core.autocrlf=true",
        old={"a.txt": A},
        mine={"a.txt": windows(A_MINE), "other.txt": windows(text("other", line_2="mine"))},
        new={"a.txt": A_THEIRS},
        settings="[core]\nautocrlf = true\n",
    ),
    Case(
        "the user has replaced a file by a link",
        old={"a.txt": A},
        mine={"a.txt": Path("mine/linked.txt"), "mine/linked.txt": A_MINE},
        new={"a.txt": A_THEIRS},
    ),
    Case(
        "an update is undone",
        old={"a.txt": A, "b.txt": text("b"), "c.txt": text("c"), "d.txt": text("d")},
        mine={"a.txt": A_MINE, "b.txt": None, "c.txt": text("c", line_2="mine")},
        new={
            "a.txt": text("a", line_2="theirs"),
            "b.txt": text("b", line_18="theirs"),
            "c.txt": None,
            "d.txt": None,
            "e/e.txt": text("e"),
        },
        undo=True,
    ),
]


class Home:
    """A user's computer: a folder for all, with git settings that no other has.

    Args:
        folder: an empty one.
        settings: of git.

    Attributes:
        folder: as given.
    """

    def __init__(self, folder: Path, settings: str):
        self.folder = folder
        configuration = folder / "gitconfig"
        configuration.write_text(SETTINGS + settings, encoding="utf-8")
        kept = {name: each for name, each in os.environ.items() if not name.startswith("GIT_")}
        tools = Path(sys.executable).parent
        self._environment = {
            **kept,
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "GIT_CONFIG_GLOBAL": str(configuration),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            # Whoever prints into a table of 80 columns may break names.
            "COLUMNS": "1000",
        }

    def ask(self, folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command that may fail, and take both of its outputs as one."""
        return subprocess.run(
            command,
            cwd=folder,
            env={**self._environment, "PWD": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=300,
            check=False,
        )

    def run(self, folder: Path, *command: str | Path) -> str:
        """Run a command that may not fail."""
        done = self.ask(folder, *command)
        if done.returncode:
            raise RuntimeError(f"{command} failed in {folder}:\n{done.stdout}")
        return done.stdout

    def commit(self, folder: Path, message: str) -> str:
        """Commit all that is not ignored, and return the commit's name."""
        self.run(folder, "git", "add", "--all")
        self.run(folder, "git", "commit", "--quiet", "--message", message)
        return self.run(folder, "git", "rev-parse", "HEAD").strip()


@dataclass(frozen=True)
class Tool:
    """One way to update.

    Attributes:
        name: as it is printed.
        sources: the folder in the template that the project is made from.
        settle: writes a template of a version, but for the project's files.
        create: makes a project from a template in a folder; it is told the template's commit.
        update: the command, in the project's folder.
        undo: the commands that undo it.
    """

    name: str
    sources: str
    settle: Callable[[Path, str], None]
    create: Callable[[Home, Path, Path, str], None]
    update: Callable[[Path], list[str | Path]]
    undo: Callable[[Path], list[list[str | Path]]]


def _cookiecutter(template: Path, version: str) -> None:
    questions = {"project_slug": "project", "_version": version, "_commit": "", "_previous": {}}
    write(template, {"cookiecutter.json": json.dumps(questions)})


def _with_upgrade(template: Path, version: str) -> None:
    _cookiecutter(template, version)
    write(template, {"hooks/post_gen_project.py": HOOK})
    unwanted = shutil.ignore_patterns("__pycache__", "moves.json")
    shutil.copytree(UPGRADE, template / "upgrade", ignore=unwanted, dirs_exist_ok=True)


def _for_copier(template: Path, version: str) -> None:
    answers = "{{ _copier_answers | to_nice_yaml }}"
    write(
        template,
        {
            "copier.yml": "_subdirectory: project\nproject_slug: project\n",
            "project/{{ _copier_conf.answers_file }}.jinja": answers,
        },
    )


def _create_by_cookiecutter(home: Home, template: Path, project: Path, commit: str) -> None:
    made = home.folder / "made"
    home.run(home.folder, "cookiecutter", "--no-input", "--output-dir", made, template)
    (made / "project").rename(project)
    record = project / ".cookiecutter.json"
    known = json.loads(record.read_text(encoding="utf-8"))
    record.write_text(json.dumps({**known, "_commit": commit}), encoding="utf-8")


def _create_by_cruft(home: Home, template: Path, project: Path, commit: str) -> None:
    made = home.folder / "made"
    home.run(home.folder, "cruft", "create", "--no-input", "--output-dir", made, template)
    (made / "project").rename(project)


def _create_by_copier(home: Home, template: Path, project: Path, commit: str) -> None:
    home.run(home.folder, "copier", "copy", "--defaults", template, project)


def _upgrade(template: Path, *options: str) -> list[str | Path]:
    return [sys.executable, "-B", template / "upgrade" / "upgrade.py", *options]


TOOLS = [
    Tool(
        "this template",
        "{{cookiecutter.project_slug}}",
        _with_upgrade,
        _create_by_cookiecutter,
        lambda template: _upgrade(template),
        lambda template: [_upgrade(template, "--undo")],
    ),
    Tool(
        "cruft",
        "{{cookiecutter.project_slug}}",
        _cookiecutter,
        _create_by_cruft,
        lambda _: ["cruft", "update", "--skip-apply-ask"],
        lambda _: [["git", "reset", "--hard"], CLEAN],
    ),
    Tool(
        "copier",
        "project",
        _for_copier,
        _create_by_copier,
        lambda _: ["copier", "update", "--defaults"],
        lambda _: [["git", "reset"], ["git", "checkout", "."], CLEAN],
    ),
]


def write(folder: Path, files: Files) -> None:
    """Write files, and delete others with the folders that are empty then."""
    for name, content in sorted(files.items(), key=lambda each: each[1] is not None):
        path = folder / name
        if path.is_symlink() or path.is_file():
            path.unlink()
        if content is None:
            while path.parent != folder and not any(path.parent.iterdir()):
                path = path.parent
                path.rmdir()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            path.symlink_to(os.path.relpath(folder / content, path.parent))
        else:
            path.write_bytes(content.encode())


def read(folder: Path) -> Contents:
    """Read all files of a folder, but for git's own."""
    found: Contents = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if name.startswith(".git/") or not (path.is_symlink() or path.is_file()):
            continue
        found[name] = path.readlink() if path.is_symlink() else path.read_bytes()
    return found


class Update(NamedTuple):
    """What a tool has done; paths are in the repository.

    Attributes:
        prefix: the project's folder, with a slash at the end; empty if it is the repository's own.
        before: the files.
        after: the same afterwards.
        changed: what git sees as changed.
        code: the exit code.
        output: what the tool has printed.
    """

    prefix: str
    before: Contents
    after: Contents
    changed: list[str]
    code: int
    output: str


class Scene:
    """A template, and a project that a tool has made from it and the user has changed.

    Args:
        folder: an empty one.
        case: what the user and the template do.
        tool: that makes and updates the project.
    """

    def __init__(self, folder: Path, case: Case, tool: Tool):
        self._case = case
        self._tool = tool
        self._home = Home(folder, case.settings)
        self._template = folder / "template"
        self._repository = folder / "repository"
        self._project = self._repository / case.place
        self._template.mkdir()
        self._home.run(self._template, "git", "init", "--quiet")
        commit = self._release("1.0.0", case.first)
        self._generate(folder / "first", commit)
        self._work()
        self._release("2.0.0", case.second)

    def update(self) -> Update:
        """Update the project."""
        before = read(self._repository)
        done = self._home.ask(self._project, *self._tool.update(self._template))
        options = ["--porcelain", "-z", "--no-renames", "--untracked-files=all"]
        status = self._home.run(self._repository, "git", "status", *options)
        return Update(
            f"{self._case.place}/" if self._case.place else "",
            before,
            read(self._repository),
            [entry[3:] for entry in status.split("\0") if entry],
            done.returncode,
            done.stdout,
        )

    def undo(self) -> str:
        """Undo the update, and return what was printed."""
        commands = self._tool.undo(self._template)
        return "".join(self._home.ask(self._project, *command).stdout for command in commands)

    def state(self) -> tuple[Contents, str]:
        """Return all that is in the repository: the files, and what git sees."""
        status = ["git", "status", "--porcelain", "--ignored"]
        commands = (["git", "rev-parse", "HEAD"], status, ["git", "ls-files", "--stage"])
        seen = "".join(self._home.run(self._repository, *command) for command in commands)
        return read(self._repository), seen

    def _release(self, version: str, files: Files) -> str:
        self._tool.settle(self._template, version)
        write(self._template / self._tool.sources, files)
        commit = self._home.commit(self._template, version)
        self._home.run(self._template, "git", "tag", f"v{version}")
        return commit

    def _generate(self, first: Path, commit: str) -> None:
        """Make the project, and the one beside it, and clone the repository."""
        places = [self._case.place, *([self._case.sibling[0]] if self._case.sibling else [])]
        for place in places:
            (first / place).parent.mkdir(parents=True, exist_ok=True)
            self._tool.create(self._home, self._template, first / place, commit)
        self._home.run(first, "git", "init", "--quiet")
        self._home.commit(first, "Generate")
        self._home.run(first.parent, "git", "clone", "--quiet", first, self._repository)

    def _work(self) -> None:
        """Do what the user does."""
        write(self._project, self._case.written)
        if self._case.sibling:
            place, files = self._case.sibling
            write(self._repository / place, files)
        self._home.commit(self._repository, "Edit")


class Judge:
    """Finds the word for an update.

    Args:
        case: what the user and the template have done.
        update: what the tool has done.
    """

    def __init__(self, case: Case, update: Update):
        self._case = case
        self._update = update
        length = len(update.prefix)
        inside = [
            {name[length:]: each for name, each in files.items() if name.startswith(update.prefix)}
            for files in (update.before, update.after)
        ]
        self._before, self._after = inside
        self._names_rejects = ".rej" in update.output

    def word(self) -> tuple[str, str]:
        """Return the word, and the reason."""
        reason = ""
        for word, find in (
            ("outside", self._outside),
            ("lost", self._lost),
            ("dropped", self._dropped),
            ("told", self._told),
        ):
            if reason := find():
                return word, reason
        return "kept", ""

    def _outside(self) -> str:
        before, after, prefix = self._update.before, self._update.after, self._update.prefix
        names = {name for name in {*before, *after} if before.get(name) != after.get(name)}
        names.update(self._update.changed)
        return _list("differ", (name for name in names if not name.startswith(prefix)))

    def _lost(self) -> str:
        second, moved = self._case.second, self._case.moved
        touched = {*second, *(moved.get(name, name) for name in second), *RECORDS}
        reasons = [
            _list(
                "differ, though the template has not changed them",
                (
                    name
                    for name, content in self._before.items()
                    if name not in touched and self._after.get(name) != content
                ),
            ),
            _list("lost lines", (name for name in touched if not self._still_there(name))),
            _list(
                "are back",
                (
                    name
                    for name, content in self._case.written.items()
                    if content is None and name in self._after
                ),
            ),
        ]
        return "; ".join(reason for reason in reasons if reason)

    def _still_there(self, name: str) -> bool:
        """Whether the user's lines of a file are in one, or the link is as it was."""
        content = self._before.get(name)
        if content is None or name in RECORDS:
            return True
        if isinstance(content, Path):
            return self._after.get(name) == content
        taken = _lines(self._case.first.get(self._case.origin(name)))
        taken -= _lines(self._newest(name))
        needed = Counter(
            line for line in content.splitlines(keepends=True) if not taken[line.rstrip()]
        )
        return any(
            needed <= Counter(each.splitlines(keepends=True))
            for file, each in self._after.items()
            if isinstance(each, bytes) and not file.endswith(".rej")
        )

    def _newest(self, name: str) -> str | Path | None:
        """What the template's second version has in a file, wherever it was moved."""
        origin = self._case.origin(name)
        for path in (self._case.moved.get(origin, origin), origin):
            if content := self._case.second.get(path):
                return content
        return None

    def _dropped(self) -> str:
        names = (name for name in self._missing() if not self._is_told(name))
        return _list("neither changed nor told", names)

    def _missing(self) -> list[str]:
        """Name the files whose changes by the template are not there."""
        changes = self._case.second.items()
        return [name for name, content in changes if not self._arrived(name, content)]

    def _arrived(self, name: str, content: str | Path | None) -> bool:
        """Whether a change of the template's is there."""
        if content is None:
            return name not in self._after
        moved_by_user = name in self._case.moved and self._case.moved[name] in self._case.mine
        place = self._case.moved[name] if moved_by_user else name
        there = self._after.get(place)
        new = _lines(content) - _lines(self._case.first.get(self._case.origin(name)))
        return isinstance(there, bytes) and new <= _lines(there)

    def _is_told(self, name: str) -> bool:
        place = self._case.moved.get(name, name)
        named = any(
            re.search(rf"(?<![\w.-]){re.escape(each)}(?![\w/-])", self._update.output)
            for each in (name, place)
        )
        rejected = self._names_rejects and f"{name}.rej" in self._after
        return bool(self._update.code or named or rejected or self._marked(place))

    def _marked(self, name: str) -> bool:
        content = self._after.get(name)
        return isinstance(content, bytes) and bool(MARK.search(content))

    def _told(self) -> str:
        if self._update.code:
            return f"exit code {self._update.code}"
        marked = (name for name in self._after if self._marked(name))
        return (
            _list("have marks", marked)
            or (".rej files are named" if self._names_rejects else "")
            or _list("not changed, but named", self._missing())
        )


def _lines(content: str | bytes | Path | None) -> Counter[bytes]:
    """Count the lines, without their ends."""
    if content is None or isinstance(content, Path):
        return Counter()
    encoded = content.encode() if isinstance(content, str) else content
    return Counter(line.rstrip() for line in encoded.splitlines())


def _list(what: str, names: Iterable[str]) -> str:
    """Return what is so of which files; nothing if there are none."""
    found = sorted(names)
    return f"{what}: {', '.join(found)}" if found else ""


def compare(case: Case, tool: Tool) -> tuple[str, str, str]:
    """Update a project, and give the word, the reason, and what the tool has printed."""
    with tempfile.TemporaryDirectory(prefix="upgrading-") as folder:
        scene = Scene(Path(folder).resolve(), case, tool)
        if case.undo:
            return _undone(scene)
        update = scene.update()
        return *Judge(case, update).word(), f"{update.output}exit code {update.code}\n"


def _undone(scene: Scene) -> tuple[str, str, str]:
    files, seen = scene.state()
    update = scene.update()
    if update.after == files:
        return "dropped", "the update has changed nothing", update.output
    output = update.output + scene.undo()
    now, seen_now = scene.state()
    if differing := _list("differ", (name for name in files if now.get(name) != files[name])):
        return "lost", differing, output
    if left := _list("are left", (name for name in now if name not in files)):
        return "left", left, output
    return ("kept", "", output) if seen_now == seen else ("left", f"git sees:\n{seen_now}", output)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", default="", metavar="WORD")
    parser.add_argument("--explain", action="store_true")
    options = parser.parse_args()
    explained = []
    print(f"| | {' | '.join(tool.name for tool in TOOLS)} |\n|---{'|---' * len(TOOLS)}|")
    for case in CASES:
        if options.case not in case.name:
            continue
        words = []
        for tool in TOOLS:
            word, reason, output = compare(case, tool)
            words.append(word)
            explained.append(f"## {case.name}: {tool.name}: {word}\n\n{reason}\n\n{output}")
        print(f"| {case.name} | {' | '.join(words)} |", flush=True)
    if options.explain:
        print("", *explained, sep="\n")


if __name__ == "__main__":
    main()
