"""One run with a project of a release, edited at random, which becomes one of this version."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import record
import upgrade
from testing.baking import commit, contents, generate, git, template_repository
from testing.template import RELEASES

from .result import LOST, OUTSIDE, UNDO, UNSAID, WRONG, Result
from .trial import Seen, call, differences, look

# Releases, the answers that a project of them has, and those that the upgrade changes.
KINDS: list[tuple[str, dict[str, str], dict[str, str]]] = [
    ("0.1.0", {"tfx_version": "1.15", "model_api": "keras"}, {}),
    ("0.2.0", {"tfx_version": "1.15", "model_api": "estimator", "example": "taxi"}, {}),
    ("0.3.0", {"tfx_version": "1.15", "model_api": "model_to_estimator"}, {"model_api": "keras"}),
    ("0.4.0", {"transform": "no", "orchestrator": "airflow"}, {}),
    ("0.4.0", {"example": "taxi", "strategy": "MirroredStrategy"}, {"orchestrator": "kubeflow"}),
    ("0.5.0", {"tfx_version": "1.15", "example": "taxi"}, {"tfx_version": "1.21"}),
    ("0.5.0", {"tfx_version": "1.15", "model_api": "estimator"}, {"transform": "no"}),
    ("0.5.0", {}, {}),
]
BINARY = (".png", ".gz", ".csv")
OWN = "src/my_pipeline/mine"


@dataclass(frozen=True)
class Pair:
    """A project of a release, and what this version makes of the same answers.

    Attributes:
        made: the release's project.
        arguments: of the upgrade.
        old: what the files hold, by their names.
        new: the same of this version's.
    """

    made: Path
    arguments: list[str]
    old: dict[str, bytes]
    new: dict[str, bytes]


@dataclass
class Edits:
    """What the user has done to a project.

    Attributes:
        lines: that were added.
        touched: names of files that are not as they were.
        moved: files that were moved as they are, to where.
        done: all of it, in words.
    """

    lines: list[str] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    moved: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)


def edit(project: Path, names: list[str], random: Random) -> Edits:
    """Change a project as a user does, at random."""
    edits = Edits()
    for number in range(random.randint(1, 10)):
        name = random.choice(names)
        if not (project / name).is_file():
            continue
        how = random.choices(["edit", "rewrite", "delete", "move", "add"], [12, 1, 3, 3, 1])[0]
        edits.done.append(f"{how} {name}")
        line = f"# mine {number}.\n"
        file = project / name
        if how == "add":
            name = f"{OWN}/own_{number}.py"
            (project / name).parent.mkdir(exist_ok=True)
            (project / name).write_text(line, encoding="utf-8")
        elif how == "delete":
            file.unlink()
        elif how == "move":
            target = f"{OWN}/{Path(name).name}"
            (project / target).parent.mkdir(exist_ok=True)
            if (project / target).exists():
                continue
            file.rename(project / target)
            if name not in edits.touched:
                edits.moved[name] = target
            edits.touched.add(target)
        else:
            lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
            at = random.randint(0, len(lines))
            lines[at : at + random.choice([0, 0, 1, 3])] = [line]
            if how == "rewrite":
                lines[3:] = [line] * len(lines)
            file.write_text("".join(lines), encoding="utf-8")
        if how in ("add", "edit", "rewrite"):
            edits.lines.append(line.strip())
        edits.touched.add(name)
    held = b"".join(read(project).values()).decode("utf-8", "replace")
    edits.lines = [line for line in edits.lines if line in held]
    return edits


class Projects:
    """What all runs share.

    Args:
        folder: an empty one.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._template = template_repository(folder)
        self._pairs: dict[int, Pair] = {}

    def run(self, seed: int, monorepo: bool) -> Result:
        """Do one upgrade, and look at what came of it."""
        random = Random(f"{seed} {monorepo}")
        number = random.randrange(len(KINDS))
        if number not in self._pairs:
            self._pairs[number] = self._make(number)
        pair = self._pairs[number]
        with tempfile.TemporaryDirectory(prefix="campaign-") as place:
            repository = Path(place, "repository")
            project = repository / "services" / "my-pipeline" if monorepo else repository
            self._copy(pair, repository, project)
            edits = edit(project, [name for name in sorted(pair.old) if is_text(name)], random)
            commit(repository, "Edit")
            before = look(Path(place), repository)
            result = Result(done=[str(KINDS[number]), *edits.done])
            result.code, out, err = call(project, self._template, *pair.arguments)
            result.said = out + err
            after = look(Path(place), repository)
            if result.code == upgrade.REFUSED:
                result.failures.append((WRONG, f"it is refused: {err}"))
            else:
                inside = project.relative_to(place).as_posix()
                result.failures += outside(before, after, f"{inside}/")
                result.failures += failures(pair, edits, read(project), result.said)
                if (result.code == 3) != bool(git(repository, "ls-files", "--unmerged")):
                    result.failures.append((WRONG, f"it ends with {result.code}"))
                code, out, err = call(project, self._template, "--undo")
                if code:
                    result.failures.append((UNDO, f"it ends with {code}: {out}{err}"))
            found = differences(before, look(Path(place), repository))
            result.failures += ((UNDO, told) for told in found)
        return result

    def _make(self, number: int) -> Pair:
        release, answers, changed = KINDS[number]
        made, new = self._folder / f"old-{number}", self._folder / f"new-{number}"
        made = generate(self._template, made, RELEASES[release], **answers)
        new = generate(self._template, new, **{**answers, **changed})
        arguments = [f"{name}={answer}" for name, answer in changed.items()]
        if "_commit" not in (made / record.NAME).read_text(encoding="utf-8"):
            arguments.append(f"--from={RELEASES[release]}")
        return Pair(made, arguments, read(made), read(new))

    def _copy(self, pair: Pair, repository: Path, project: Path) -> None:
        """Put a project into a repository, and in one of several another beside it."""
        shutil.copytree(pair.made, project, symlinks=True)
        if project == repository:
            return
        (project / ".git").rename(repository / ".git")
        sibling = project.with_name("sibling")
        shutil.copytree(project, sibling, symlinks=True)
        for name in sorted(pair.old)[::10]:
            (sibling / name).unlink()


def outside(before: Seen, after: Seen, project: str) -> Iterator[tuple[str, str]]:
    """Return which files around a project are not as they were."""
    for path in sorted({*before.disk, *after.disk}):
        around = not f"{path}/".startswith(project)
        if around and before.disk.get(path) != after.disk.get(path):
            yield OUTSIDE, path


def failures(
    pair: Pair, edits: Edits, now: Mapping[str, bytes], said: str
) -> Iterator[tuple[str, str]]:
    """Return what is not as it must be, and of which kind it is."""
    held = b"".join(now.values()).decode("utf-8", "replace")
    for line in edits.lines:
        if line not in held:
            yield LOST, line
    # What the template has moved may have come with an edit.
    may_hold_edits = any(name in pair.old and name not in pair.new for name in edits.touched)
    for name in {*pair.old, *pair.new} - edits.touched:
        if name not in pair.old and may_hold_edits:
            if name not in now and name not in said:
                yield UNSAID, f"{name} has not come"
        elif now.get(name) != pair.new.get(name):
            yield UNSAID, f"{name} is not the template's"
    # What the user has moved stays there, and what the template makes of it, wherever, comes.
    added = [content for name, content in pair.new.items() if name not in pair.old]
    for name, target in edits.moved.items():
        wanted = pair.new[name] if name in pair.new else pair.old[name]
        told = name in said or target in said
        if now.get(target) not in (wanted, pair.old[name], *added):
            yield WRONG, f"{target} is neither the old nor the new {name}"
        elif now.get(target) == pair.old[name] != wanted and not told:
            yield UNSAID, f"{target} is not the new {name}"


def is_text(name: str) -> bool:
    """Whether a file has lines."""
    return not name.endswith(BINARY)


def read(project: Path) -> dict[str, bytes]:
    """Read a project's files, but for the record and what is git's."""
    return {
        name: content
        for name, content in contents(project).items()
        if not name.startswith(".git/") and name != record.NAME
    }
