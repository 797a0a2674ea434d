"""What an upgrade makes of a project, before any of it is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import imports
import moves
import record
import report
from journal import Journal, Plan
from merge import Merged, Scratch
from repository import Blob, Files, Repository
from request import Request


@dataclass(frozen=True)
class Proposal:
    """The merged project.

    Attributes:
        plan: what is to be written.
        said: what changes, and what the user has to look at.
    """

    plan: Plan
    said: str
    _scratch: Scratch
    _mine: Files
    _merged: Files

    def difference(self) -> str:
        """Show what changes, as `git diff` does."""
        return self._scratch.difference(self._mine, self._merged)


def propose(request: Request, repository: Repository, folder: Path) -> Proposal:
    """Merge what is asked for into the project, aside.

    Args:
        request: what is asked for.
        repository: the user's.
        folder: for what is needed on the way.

    Raises:
        UpgradeError: the template refuses the answers.
        GitError: git cannot store a file.
    """
    rendered = request.new.render(request.after, folder / "new", previous=request.before)
    new_record = record.take(rendered)
    former = request.old.render(request.before, folder / "old")
    before, after = repository.store(former), repository.store(rendered)
    # Each side of a merge would have another record, so it is written and not merged.
    mine = {name: blob for name, blob in repository.files.items() if name != record.NAME}

    scratch = Scratch(folder / "scratch", repository)
    # In the words of the old answers: `renamed` translates.
    answers = {**request.after, **request.before}
    listed = {**request.old.moves(answers), **request.new.moves(answers)}
    moved = moves.between(listed, before, after, request.renamed)
    renamed = scratch.renames(before, mine) if moved else {}
    merged = scratch.merge(*moves.apply(moved, before, mine, renamed), after)

    said = report.describe(
        report.changes(
            before, after, mine, merged, {**scratch.renames(mine, merged.files), **moved}
        ),
        imports.broken(imports.read(repository.project, mine), scratch.sources()),
        merged,
        scratch.commit(after),
        successors={**scratch.renames(before, after, alike="30%"), **moved},
        renamed=renamed,
    )
    merged.files[record.NAME] = repository.store_record(new_record)
    recovery = Journal(repository.root, repository.folder).undo_by_program
    text = f"{said}\n{report.advise(merged, recovery)}"
    plan = _plan(repository, merged, request.title, text)
    return Proposal(plan, said, scratch, repository.files, merged.files)


def _plan(repository: Repository, merged: Merged, title: str, text: str) -> Plan:
    """Return what is to be written in the repository.

    Args:
        repository: the user's.
        merged: the project's files afterwards.
        title: of the commit to come.
        text: what is printed at the end.
    """
    mine = repository.files
    changed = {
        name
        for name in {*mine, *merged.files, *merged.stages}
        if name in merged.stages or mine.get(name) != merged.files.get(name)
    }
    index: dict[str, list[str]] = {}
    for name in changed:
        stages = merged.stages.get(name)
        if stages is None:
            stages = {"0": merged.files[name]} if name in merged.files else {}
        index[name] = [f"{mode} {blob} {stage}" for stage, (mode, blob) in stages.items()]
    prefix = repository.prefix
    return Plan(
        head=repository.head,
        title=title,
        # A conflict's other names are in the index alone. The record is written first.
        files={
            f"{prefix}{name}": _described(merged.files.get(name))
            for name in sorted(
                changed.intersection({*mine, *merged.files}),
                key=lambda name: (name != record.NAME, name),
            )
        },
        index={f"{prefix}{name}": lines for name, lines in sorted(index.items())},
        conflicts=[f"{prefix}{name}" for name in sorted(merged.stages)],
        report=text.strip(),
    )


def _described(blob: Blob | None) -> str | None:
    return f"{blob.mode} {blob.name}" if blob else None
