"""A small template with versions of its own, and a project that is upgraded with it."""

from __future__ import annotations

import json
from pathlib import Path

from cookiecutter.main import cookiecutter

import record
import upgrade
from testing.baking import commit, configuration, contents, git

SLUG = "{{cookiecutter.project_slug}}"
HOOKS = {
    "hooks/pre_gen_project.py": '''import json, sys
answers = json.loads(r"""{{ cookiecutter | tojson }}""")
if answers.get("color") == "black":
    sys.exit("color 'black' is no color.")
''',
    "hooks/post_gen_project.py": '''import json
answers = json.loads(r"""{{ cookiecutter | tojson }}""")
public = {name: answer for name, answer in answers.items() if not name.startswith("_")}
with open(".cookiecutter.json", "w") as file:
    json.dump({**public, "_version": answers["_version"], "_commit": answers["_commit"]}, file)
''',
}
TEXT = "".join(f"line {number}\n" for number in range(1, 21))
QUESTIONS = {"project_slug": "project", "color": "red", "shape": ["round", "square"]}

File = str | bytes


def changed(text: str, **lines: str) -> str:
    """Replace lines of a text: `line_3="new"`."""
    new = text.splitlines()
    for name, content in lines.items():
        new[int(name.split("_")[1]) - 1] = content
    return "\n".join(new) + "\n"


def write(folder: Path, files: dict[str, File | None]) -> None:
    """Write files, or with None delete them, and the folders that are empty then."""
    for name, content in files.items():
        path = folder / name
        if content is None:
            path.unlink()
            for parent in path.parents:
                if parent == folder or any(parent.iterdir()):
                    break
                parent.rmdir()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)


class Scene:
    """A template and a project, each in a git repository.

    Args:
        folder: an empty one.
        files: of the template's first version, by their names in the project.
        place: the project's folder in its repository; empty if it is the repository's own.
        questions: other ones than QUESTIONS.

    Attributes:
        template: the template's folder.
        repository: the folder of the repository that the project is in.
        project: the project's folder.
    """

    def __init__(self, folder: Path, files: dict[str, File], place: str = "", **questions: object):
        self.template = folder / "template"
        self.template.mkdir()
        git(self.template, "init", "--quiet")
        first = self.release(files, "1.0.0", **questions)
        self.repository = folder / "repository"
        self.project = self.repository / place
        self.project.parent.mkdir(parents=True, exist_ok=True)
        made = cookiecutter(
            str(self.template),
            no_input=True,
            output_dir=str(folder / "made"),
            config_file=str(configuration(folder)),
        )
        Path(made).rename(self.project)
        self.note(_commit=first)
        git(self.repository, "init", "--quiet")
        for name, value in (("user.name", "User"), ("user.email", "user@example.com")):
            git(self.repository, "config", name, value)
        commit(self.repository, "Generate")

    def release(
        self, files: dict[str, File | None], version: str = "2.0.0", **questions: object
    ) -> str:
        """Commit a version of the template.

        Args:
            files: that change, or with None are deleted.
            version: the template's.
            questions: other ones than QUESTIONS; None drops one.

        Returns:
            The commit.
        """
        asked = {name: value for name, value in {**QUESTIONS, **questions}.items() if value}
        context = {**asked, "_version": version, "_commit": "", "_previous": {}}
        sources = {f"{SLUG}/{name}": content for name, content in files.items()}
        content = {"cookiecutter.json": json.dumps(context), **HOOKS, **sources}
        write(self.template, content)
        return commit(self.template, version)

    def move(self, moved: dict[str, str], version: str = "2.0.0") -> None:
        """List what a version moves; the next release brings the list."""
        file = self.template / "upgrade" / "moves.json"
        listed = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        write(self.template, {"upgrade/moves.json": json.dumps({**listed, version: moved})})

    def edit(self, files: dict[str, File | None]) -> None:
        """Change files of the project, or with None delete them, and commit that."""
        write(self.project, files)
        commit(self.repository, "Edit")

    def upgrade(self, *arguments: str) -> int:
        """Upgrade the project, and return the exit code."""
        return upgrade.main(list(arguments), self.project, self.template)

    def files(self) -> dict[str, str]:
        """Read the project's files, but for the record."""
        found = {
            name: content.decode()
            for name, content in contents(self.project).items()
            if not name.startswith(".git/")
        }
        del found[record.NAME]
        return found

    def note(self, **changes: object) -> None:
        """Change the record, without committing that."""
        text = json.dumps({**self.recorded(), **changes})
        (self.project / record.NAME).write_text(text, encoding="utf-8")

    def recorded(self) -> dict[str, str]:
        """Read the project's record."""
        return json.loads((self.project / record.NAME).read_text(encoding="utf-8"))

    def state(self) -> str:
        """Return all that git sees: what is committed, changed, or unknown to it."""
        head = git(self.repository, "rev-parse", "HEAD")
        status = git(self.repository, "status", "--porcelain", "--ignored")
        return head + status + git(self.repository, "worktree", "list")
