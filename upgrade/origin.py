"""Which version of the template a project was made from, and with which answers."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path, PurePosixPath

import record
from errors import UpgradeError
from journal import COMMAND
from record import Answers, Record
from repository import Files
from template import Template, Version


def find(
    template: Template, known: Record, since: str | None, project: Path
) -> tuple[Version, list[str]]:
    """Find the version that a project was made from.

    Where the record does not name its commit, the releases are compared with the project.

    Args:
        template: of the project.
        known: its record.
        since: what the user says that it is.
        project: its folder.

    Returns:
        The version, and lines that say how it was found, if it was.

    Raises:
        UpgradeError: it is not known or not there, has other questions than were answered, or is
            less like the project than another one.
    """
    if known.commit and not since:
        return _recorded(template, known), []
    named = _fitting(template, since, known) if since else None
    versions = {version.commit: version for version in _releases(template, known)}
    if named:
        versions[named.commit] = named
    likeness = {
        commit: (_like(version, known, template.folder, project), version)
        for commit, version in versions.items()
    }
    if not likeness:
        name = known.version and f"v{known.version}"
        if not name:
            raise UpgradeError(
                f"{record.NAME} does not say which version it was made from; {_hint()}"
            )
        return _fitting(template, name, known), []
    most, best = max(likeness.values(), key=lambda found: found[0])
    if named is None:
        return best, [f"Made from {best}, with which it has most files in common: {most}."]
    same, _ = likeness[named.commit]
    if same < most:
        raise UpgradeError(
            f"the project is not made from {named}, of whose files {same} are the same, but from "
            f"{best}, of whose files {most} are: {COMMAND} --from={best.commit[:7]}"
        )
    return named, []


def with_renamed_package(known: Record, mine: Files) -> Record:
    """Take a package that the user has renamed for the answer that it is.

    Raises:
        UpgradeError: the package is gone, and it is not clear which one it is now.
    """
    package = known.answers.get("package_name")
    if not package or any(name.startswith(f"src/{package}/") for name in mine):
        return known
    inits = [name for name in mine if re.fullmatch(r"src/[^/]+/__init__\.py", name)]
    found = {PurePosixPath(name).parts[1] for name in inits}
    if len(found) != 1:
        raise UpgradeError(
            f"src/{package} is gone; its name now cannot be told from {sorted(found) or 'src/'}: "
            f"git mv it back, commit, and rename it by {COMMAND} package_name=NAME"
        )
    (name,) = found
    return replace(known, answers={**known.answers, "package_name": name})


def strange_answers(answers: Answers, version: Version) -> list[str]:
    """Return which answers are to no question of a version, or are none of its choices."""
    found = []
    for name, answer in answers.items():
        choices = version.questions.get(name)
        if choices is None:
            found.append(f"there is no question {name} in the template {version}.")
        elif isinstance(choices, list) and answer not in choices:
            found.append(f"{name} is {answer!r}, but may be: {', '.join(choices)}.")
        elif not isinstance(choices, (list, type(answer))):
            found.append(f"{name} is {answer!r}, which is no answer to that question.")
    return found


def _recorded(template: Template, known: Record) -> Version:
    version = _fitting(template, known.commit, known)
    if known.version and version.number != known.version:
        raise UpgradeError(
            f"{record.NAME} names version {known.version}, but its commit is of {version.number}. "
            f"Take it back {record.FROM_OLDER}"
        )
    return version


def _fitting(template: Template, name: str, known: Record) -> Version:
    """Find a version by its name, and make sure that it asks what was answered."""
    try:
        version = template.version(name)
    except UpgradeError as error:
        raise UpgradeError(f"{error} The project was made from it; {_hint()}") from None
    if strange := _strange(version, known):
        raise UpgradeError(
            f"{record.NAME} does not fit the template {version} that it names: {strange} "
            f"Take it back {record.FROM_OLDER}"
        )
    return version


def _releases(template: Template, known: Record) -> list[Version]:
    """List the releases that ask what was answered."""
    versions = [template.version(name) for name in template.releases()]
    return [version for version in versions if not _strange(version, known)]


def _strange(version: Version, known: Record) -> str:
    missing = [f"{name} has no answer." for name in version.questions if name not in known.answers]
    return " ".join([*strange_answers(known.answers, version), *missing])


def _like(version: Version, known: Record, folder: Path, project: Path) -> int:
    """Count the files of a version that the project has as they are."""
    made = version.render(known.answers, folder / f"like-{version.commit}")
    files = [file.relative_to(made) for file in made.rglob("*") if file.is_file()]
    return sum(
        (project / name).is_file() and (project / name).read_bytes() == (made / name).read_bytes()
        for name in files
        if str(name) != record.NAME
    )


def _hint() -> str:
    return f"say what comes next to it: {COMMAND} --from=REF"
