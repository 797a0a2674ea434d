"""The template's versions, and the projects that they make of the same answers."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from typing import Any

from cookiecutter.exceptions import FailedHookException
from cookiecutter.generate import generate_context, generate_files
from cookiecutter.prompt import (
    YesNoPrompt,
    process_json,
    prompt_choice_for_config,
    prompt_for_config,
    read_user_dict,
    read_user_variable,
    read_user_yes_no,
    render_variable,
)
from cookiecutter.utils import create_env_with_context
from rich.prompt import InvalidResponse

import changelog
import moves
from errors import UpgradeError
from record import Answers
from repository import LINK, SUBMODULE, Blob
from run_git import GitError, foreign_owner, git, git_bytes, tree


class Template:
    """The template's repository.

    Args:
        repository: a clone's folder.
        folder: an empty one, for the versions' files.

    Raises:
        UpgradeError: it is no git repository.

    Attributes:
        address: where others find it: that of the clone's origin, if it has one.
        folder: as given.
    """

    def __init__(self, repository: Path, folder: Path):
        self._repository = repository
        self.folder = folder
        try:
            git(repository, "rev-parse", "--verify", "--quiet", "HEAD")
        except GitError as error:
            why = foreign_owner(error) or "is no git repository."
            raise UpgradeError(f"the template {repository} {why}") from None
        remotes = git(repository, "remote").split()
        # The clone's only remote, whatever the user's git calls it, and its address as it is
        # written, which url.*.insteadOf may replace for this user alone.
        self._remote = remotes[0] if remotes else ""
        self.address = str(repository)
        if self._remote:
            self.address = git(repository, "config", f"remote.{self._remote}.url").strip()

    def version(self, name: str) -> Version:
        """Find a version by a tag, a branch or the beginning of a commit's name.

        Raises:
            UpgradeError: there is none.
        """
        commit = self._commit(name)
        if not commit:
            tags = git(self._repository, "tag", "--sort=-version:refname").split()
            newest = ", ".join(tags[:5]) or "none"
            raise UpgradeError(f"the template {self.address} has no {name}; tags: {newest}.")
        folder = self.folder / commit
        if not folder.is_dir():
            write_as_stored(self._repository, commit, folder)
        return Version(self.address, commit, folder)

    def releases(self) -> list[str]:
        """Name the commits of all versions that are tagged, or named in the newest changelog."""
        tags = git(self._repository, "tag").split()
        try:
            text = git(self._repository, "show", "HEAD:CHANGELOG.md")
        except GitError:
            text = ""
        found = {self._commit(name) for name in [*tags, *changelog.commits(text)]}
        return sorted(name for name in found if name)

    def _commit(self, name: str) -> str | None:
        for candidate in (name, f"{self._remote}/{name}", f"v{name}"):
            if full := self._parsed(candidate):
                return full
        if self._remote and re.fullmatch("[0-9a-f]{40,64}", name):
            # A commit of no branch any more, which some servers still give.
            with contextlib.suppress(GitError):
                git(self._repository, "fetch", "--quiet", self._remote, name)
            return self._parsed(name)
        return None

    def _parsed(self, name: str) -> str | None:
        try:
            parsed = git(self._repository, "rev-parse", "--verify", f"{name}^{{commit}}")
        except GitError:
            return None
        return parsed.strip()


class Version:
    """One version of the template.

    Args:
        address: of the template.
        commit: of the version.
        folder: the version's files.

    Raises:
        UpgradeError: it is no template.

    Attributes:
        commit: as given.
        number: as the template itself says it; empty if it says none.
        changelog: the text of CHANGELOG.md; empty if there is none.
        questions: each question's choices, or its default answer: a text, yes or no, or a dict.
    """

    def __init__(self, address: str, commit: str, folder: Path):
        self._address = address
        self.commit = commit
        self._folder = folder
        self._file = folder / "cookiecutter.json"
        if not self._file.is_file():
            raise UpgradeError(f"{address} at {commit[:7]} has no cookiecutter.json.")
        try:
            content = dict(json.loads(self._file.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise UpgradeError(
                f"{address} at {commit[:7]} has a cookiecutter.json that cannot be read: {error}."
            ) from None
        self.number = str(content.get("_version", ""))
        self.questions: dict[str, Any] = {
            name: answer for name, answer in content.items() if not name.startswith("_")
        }
        text = folder / "CHANGELOG.md"
        self.changelog = text.read_text("utf-8", "replace") if text.is_file() else ""
        self._moves = folder / moves.FILE

    def __str__(self) -> str:
        return f"{self.number} ({self.commit[:7]})" if self.number else self.commit[:7]

    def parse(self, question: str, text: str) -> Any:
        """Understand an answer on the command line, as cookiecutter does.

        Raises:
            UpgradeError: it is none for such a question.
        """
        default = self.questions.get(question)
        try:
            if isinstance(default, bool):
                return YesNoPrompt().process_response(text)
            if isinstance(default, dict):
                return dict(process_json(text))
        except InvalidResponse:
            kind = "yes or no" if isinstance(default, bool) else "a dict, as JSON"
            raise UpgradeError(f"{question} is {text!r}, but may be: {kind}.") from None
        return text

    def complete(self, known: Answers, ask: bool) -> Answers:
        """Answer the questions that have no answer yet: by the user, or by their defaults.

        Args:
            known: valid answers.
            ask: whether there is a user to ask.

        Raises:
            UpgradeError: the template's questions are broken.
        """
        try:
            return self._complete(known, ask)
        except Exception as error:  # what a template does to Jinja is not limited
            raise UpgradeError(f"template {self} has a broken question: {error!r}.") from None

    def _complete(self, known: Answers, ask: bool) -> Answers:
        context = generate_context(str(self._file), extra_context=known)
        environment = create_env_with_context(context)
        prompts = context["cookiecutter"].get("__prompts__")
        answers: dict[str, Any] = {}
        for name, default in context["cookiecutter"].items():
            if name in known:
                answers[name] = known[name]
            elif name.startswith("_"):
                answers[name] = default
            elif isinstance(default, bool):
                answers[name] = read_user_yes_no(name, default, prompts) if ask else default
            elif isinstance(default, dict):
                rendered = render_variable(environment, default, answers)
                answers[name] = read_user_dict(name, rendered, prompts) if ask else rendered
            elif isinstance(default, list):
                answers[name] = prompt_choice_for_config(
                    answers, environment, name, default, not ask, prompts
                )
            else:
                rendered = render_variable(environment, default, answers)
                answers[name] = read_user_variable(name, rendered, prompts) if ask else rendered
        return {name: answers[name] for name in self.questions}

    def moves(self, answers: Answers) -> dict[str, dict[str, str]]:
        """Read what this version and those before it have moved, in a project of some answers.

        Returns:
            By the version that did it, from old paths to new ones.

        Raises:
            UpgradeError: the template's list is broken.
        """
        if not self._moves.is_file():
            return {}
        try:
            context = generate_context(str(self._file), extra_context=answers)
            environment = create_env_with_context(context)
            text = self._moves.read_text(encoding="utf-8")
            listed = json.loads(environment.from_string(text).render(cookiecutter=answers))
            return {
                str(version): {str(source): str(target) for source, target in moved.items()}
                for version, moved in listed.items()
            }
        except Exception as error:  # the template's code is run here, too
            raise UpgradeError(f"template {self} has a broken {moves.FILE}: {error}.") from None

    def render(self, answers: Answers, folder: Path, previous: Answers | None = None) -> Path:
        """Make a project.

        Args:
            answers: to all questions.
            folder: where the project's folder comes to.
            previous: the answers before the upgrade. They are for the hooks, which refuse bad
                answers and write the record; without them no hook runs.

        Raises:
            UpgradeError: the template refuses the answers, or is broken.
        """
        try:
            context = generate_context(str(self._file), extra_context=answers)
            context["cookiecutter"] = {
                **prompt_for_config(context, no_input=True),
                "_template": self._address,
                "_commit": self.commit,
                "_previous": previous,
            }
            hooks = previous is not None
            return Path(generate_files(str(self._folder), context, str(folder), accept_hooks=hooks))
        except FailedHookException:
            raise UpgradeError(f"template {self} refuses these answers, see above.") from None
        except Exception as error:  # the template's code is run here
            raise UpgradeError(f"template {self} makes no project: {error!r}") from None


def write_as_stored(repository: Path, commit: str, folder: Path) -> None:
    """Write a commit's files as git has stored them, whatever attributes would make of them.

    Args:
        repository: any with the commit.
        commit: its name.
        folder: where the files come to; it is made.
    """
    files = {path: Blob(*text.split()) for path, text in tree(repository, commit).items()}
    blobs = {path: blob for path, blob in files.items() if blob.mode != SUBMODULE}
    asked = "".join(f"{name}\n" for _, name in blobs.values()).encode()
    output = git_bytes(repository, "cat-file", "--batch", input=asked)
    folder.mkdir(parents=True, exist_ok=True)
    begin = 0
    for path, (mode, _) in blobs.items():
        head = output.index(b"\n", begin) + 1
        size = int(output[begin:head].split()[-1])
        content, begin = output[head : head + size], head + size + 1
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if mode == LINK:
            file.symlink_to(content.decode("utf-8", "surrogateescape"))
        else:
            file.write_bytes(content)
            file.chmod(0o755 if mode == "100755" else 0o644)
