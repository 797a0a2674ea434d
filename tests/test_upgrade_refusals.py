"""Upgrades that are refused: in words, with exit code 1, and nothing is changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import record
from testing.baking import commit, contents, git
from upgrading import TEXT, Scene, write


def uncommitted(scene: Scene) -> None:
    write(scene.project, {"a.txt": "mine\n"})


def staged(scene: Scene) -> None:
    write(scene.project, {"mine.txt": "mine\n"})
    git(scene.repository, "add", "mine.txt")


def untracked_file(scene: Scene) -> None:
    write(scene.project, {"new/c.txt": "mine\n"})


def ignored_file(scene: Scene) -> None:
    scene.edit({".gitignore": "new/\n"})
    write(scene.project, {"new/c.txt": "mine\n"})


def file_for_a_folder(scene: Scene) -> None:
    scene.edit({".gitignore": "new\n"})
    write(scene.project, {"new": "mine\n"})


def no_repository(scene: Scene) -> None:
    shutil.rmtree(scene.repository / ".git")


def no_commit(scene: Scene) -> None:
    no_repository(scene)
    git(scene.repository, "init", "--quiet")


def not_committed_in_a_larger_repository(scene: Scene) -> None:
    git(scene.repository, "rm", "-r", "--quiet", "--cached", ".")
    git(scene.repository, "commit", "--quiet", "--message=Forget all")


def untracked_record(scene: Scene) -> None:
    git(scene.repository, "rm", "--quiet", "--cached", ".cookiecutter.json")
    git(scene.repository, "commit", "--quiet", "--message", "Forget")


def no_record(scene: Scene) -> None:
    scene.edit({".cookiecutter.json": None})


def record_is(text: str) -> Callable[[Scene], None]:
    def apply(scene: Scene) -> None:
        scene.edit({".cookiecutter.json": text})

    return apply


def noted(**changes: object) -> Callable[[Scene], None]:
    def apply(scene: Scene) -> None:
        scene.note(**changes)
        scene.edit({})

    return apply


def released(**questions: object) -> Callable[[Scene], None]:
    def apply(scene: Scene) -> None:
        scene.release({}, "3.0.0", **questions)

    return apply


def conflicts_of_the_first(scene: Scene) -> None:
    scene.edit({"a.txt": TEXT.replace("line 2\n", "mine\n")})
    assert scene.upgrade() == 3


def first_not_committed(scene: Scene) -> None:
    assert scene.upgrade() == 0


def nothing(scene: Scene) -> None:
    pass


def record_is_a_link(scene: Scene) -> None:
    record = scene.project / ".cookiecutter.json"
    record.rename(scene.project / "elsewhere.json")
    record.symlink_to("elsewhere.json")
    scene.edit({})


def record_is_a_folder(scene: Scene) -> None:
    scene.edit({".cookiecutter.json": None})
    scene.edit({".cookiecutter.json/x": "x"})


def digested(**changes: str) -> Callable[[Scene], None]:
    """Let a record have a digest, and then change it."""

    def apply(scene: Scene) -> None:
        known = scene.recorded()
        answers = {name: value for name, value in known.items() if not name.startswith("_")}
        scene.note(_digest=record.digest(answers, known["_version"], known["_commit"]))
        noted(**changes)(scene)

    return apply


def template_has(name: str, text: str) -> Callable[[Scene], None]:
    """Put a file into the template's repository itself."""

    def apply(scene: Scene) -> None:
        write(scene.template, {name: text})
        commit(scene.template)

    return apply


def a_file_that_cannot_be_rendered(scene: Scene) -> None:
    scene.release({"broken.txt": "{{ 1 / 0 }}\n"})


def a_submodule_in_the_way(scene: Scene) -> None:
    git(scene.template, "-c", "protocol.file.allow=always", "clone", "--quiet", ".", "../other")
    other = str(scene.template.parent / "other")
    add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", other]
    git(scene.project, *add, "new")
    git(scene.repository, "commit", "--quiet", "--message=Submodule")


def a_staged_submodule(scene: Scene) -> None:
    a_submodule_in_the_way(scene)
    git(scene.repository, "rm", "--quiet", "--cached", "new")


def a_repository_in_the_way(scene: Scene) -> None:
    scene.edit({".gitignore": "new/\n"})
    (scene.project / "new").mkdir()
    git(scene.project / "new", "init", "--quiet")


def a_pipe_in_the_way(scene: Scene) -> None:
    os.mkfifo(scene.project / "new")


def no_template(scene: Scene) -> None:
    shutil.rmtree(scene.template / ".git")


CASES = [
    (uncommitted, [], "has uncommitted changes: git commit --all, or git stash."),
    (staged, [], "has uncommitted changes"),
    (untracked_file, [], "git does not know; commit them or move them away: new/c.txt"),
    (ignored_file, [], "git does not know; commit them or move them away: new/c.txt"),
    (file_for_a_folder, [], "git does not know; commit them or move them away: new\n"),
    (no_repository, [], "is in no git repository"),
    (no_commit, [], " is not committed yet: git add --all && git commit"),
    (not_committed_in_a_larger_repository, [], " is not committed yet: git add --all && git comm"),
    (untracked_record, [], ".cookiecutter.json is not committed: git add"),
    (no_record, [], "has no .cookiecutter.json: run this in the folder of a project"),
    (record_is("{"), [], ".cookiecutter.json is not JSON; take it back from an older commit"),
    (record_is("[" * 100_000), [], ".cookiecutter.json is not JSON; take it back"),
    (record_is_a_link, [], ".cookiecutter.json is a link: put the file itself there"),
    (record_is_a_folder, [], ".cookiecutter.json cannot be read; take it back"),
    (digested(color="blue"), [], "was edited, so that it does not say how the project was made"),
    (digested(_commit="f" * 40), [], "was edited, so that it does not say how the project was"),
    (digested(_version="0.9.0"), [], "was edited, so that it does not say how the project was"),
    (record_is("[1]"), [], ".cookiecutter.json holds no answers; take it back"),
    (noted(color=1), [], ".cookiecutter.json holds 1 for color, which is no answer; take it"),
    (noted(_commit=True), [], ".cookiecutter.json holds True for _commit, which is no answer"),
    (noted(project_slug="../x"), [], "holds the project_slug '../x', which names no folder"),
    (noted(project_slug="/x"), [], "holds the project_slug '/x', which names no folder"),
    (noted(project_slug=""), [], "holds the project_slug '', which names no folder"),
    (noted(shape="flat"), [], "shape is 'flat', but may be: round, square. Take it back"),
    (noted(speed="high"), [], "there is no question speed in the template 1.0.0"),
    (noted(_commit="f" * 40), [], f"has no {'f' * 40}; tags: none. The project was made from it"),
    (noted(_commit=""), [], "has no v1.0.0; tags: none. The project was made from it; say"),
    (noted(_commit="", _version=""), [], "does not say which version it was made from; say"),
    (released(color=None), [], "no question color in the template 3.0.0"),
    (released(shape=["square"]), [], "shape is 'round', but may be: square. Answer anew with"),
    (template_has("cookiecutter.json", "{"), [], "has a cookiecutter.json that cannot be read"),
    (template_has("cookiecutter.json", "[1]"), [], "has a cookiecutter.json that cannot be read"),
    (template_has("upgrade/moves.json", "{"), [], "has a broken upgrade/moves.json"),
    (template_has("upgrade/moves.json", '{"2": 1}'), [], "has a broken upgrade/moves.json"),
    (released(size="{{ nobody }}{{ cookiecutter.gone.x }}"), [], "has a broken question"),
    (released(size="{{ 1 / 0 }}"), [], "has a broken question"),
    (a_file_that_cannot_be_rendered, [], "makes no project: ZeroDivisionError"),
    (
        template_has("hooks/post_gen_project.py", ""),
        [],
        "the template's hooks write no .cookiecutter.json.",
    ),
    (a_submodule_in_the_way, [], "commit them or move them away: new\n"),
    (a_staged_submodule, [], "has uncommitted changes"),
    (a_repository_in_the_way, [], "commit them or move them away: new\n"),
    (a_pipe_in_the_way, [], "commit them or move them away: new\n"),
    (conflicts_of_the_first, [], "there are conflicts from before: fix them, then git add"),
    (first_not_committed, [], "has uncommitted changes"),
    (nothing, ["--to=v9.9"], "has no v9.9; tags: none."),
    (nothing, ["--from=v0"], "has no v0; tags: none."),
    (nothing, ["shape"], "'shape' is not QUESTION=ANSWER."),
    (nothing, ["shape=flat"], "shape is 'flat', but may be: round, square. Answer anew"),
    (nothing, ["speed=high"], "there is no question speed in the template 2.0.0"),
    (nothing, ["--without=color"], "--without=color: the template still asks that, or never did."),
    (nothing, ["color=black"], "refuses these answers, see above."),
    (nothing, ["project_slug="], "project_slug is '', which names no folder."),
    (nothing, ["project_slug=../x"], "project_slug is '../x', which names no folder."),
    (no_template, [], "template is no git repository."),
]


@pytest.mark.parametrize(
    ("prepare", "arguments", "told"), CASES, ids=[f"{case[0].__name__}-{case[2]}" for case in CASES]
)
def test_refused(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    prepare: Callable[[Scene], None],
    arguments: list[str],
    told: str,
):
    scene = Scene(tmp_path, {"a.txt": TEXT, "b.txt": "b\n"})
    scene.release({"a.txt": TEXT.replace("line 2\n", "theirs\n"), "new/c.txt": "c\n"})
    prepare(scene)
    before = all_but_objects(scene.repository)
    capfd.readouterr()
    assert scene.upgrade(*arguments) == 1
    said = capfd.readouterr()
    assert told in said.err
    assert "Nothing was changed" in said.err
    assert "Traceback" not in said.err
    assert said.out == ""
    assert all_but_objects(scene.repository) == before


def all_but_objects(folder: Path) -> dict[str, bytes]:
    """Read all that a user could miss: every file, but for git's own unnamed objects."""
    return {
        name: content
        for name, content in contents(folder).items()
        if "objects" not in Path(name).parts
    }


def test_wrong_options_are_refused_as_all_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    scene = Scene(tmp_path, {"a.txt": TEXT})
    assert scene.upgrade("--nonsense") == 1
    assert "unrecognized arguments: --nonsense" in capsys.readouterr().err
    assert scene.upgrade("--help") == 0


def test_a_question_that_is_gone_can_be_dropped(tmp_path: Path):
    scene = Scene(tmp_path, {"a.txt": "{{ cookiecutter.color }}\n"})
    scene.release({"a.txt": "no color\n"}, color=None)
    assert scene.upgrade() == 1
    assert scene.upgrade("--without=color") == 0
    assert scene.files() == {"a.txt": "no color\n"}
    assert "color" not in scene.recorded()


def test_a_choice_that_is_gone_can_be_replaced(tmp_path: Path):
    scene = Scene(tmp_path, {"a.txt": "{{ cookiecutter.shape }}\n"})
    scene.release({}, shape=["square", "flat"])
    assert scene.upgrade() == 1
    assert scene.upgrade("shape=flat") == 0
    assert scene.files() == {"a.txt": "flat\n"}


def test_the_version_before_can_be_named(tmp_path: Path):
    scene = Scene(tmp_path, {"a.txt": TEXT})
    first = scene.recorded()["_commit"]
    scene.note(_commit="f" * 40)
    scene.edit({"a.txt": TEXT.replace("line 20\n", "mine\n")})
    scene.release({"a.txt": TEXT.replace("line 2\n", "theirs\n")})
    assert scene.upgrade() == 1
    assert scene.upgrade(f"--from={first}") == 0
    both = TEXT.replace("line 20\n", "mine\n").replace("line 2\n", "theirs\n")
    assert scene.files() == {"a.txt": both}
