"""What the template moves is moved with the user's edits; broken imports are named."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

import imports
import moves
from repository import Blob
from testing.baking import commit, contents, generate, git, template_repository
from testing.template import RELEASES, ROOT
from upgrading import TEXT, Scene, changed

MINE = changed(TEXT, line_2="mine")
# So little is left that git would take it for another file.
REWRITTEN = changed(TEXT, **{f"line_{number}": f"new {number}" for number in range(4, 21)})
BOTH = changed(REWRITTEN, line_2="mine")


def test_a_rewritten_file_that_has_moved_keeps_the_users_edits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    scene = Scene(tmp_path, {"old/a.txt": TEXT, "old/b.txt": "b\n"})
    scene.edit({"old/a.txt": MINE, "old/mine.txt": "mine\n"})
    scene.move({"old/a.txt": "new/place/a.txt"})
    scene.release({"old/a.txt": None, "new/place/a.txt": REWRITTEN})
    assert scene.upgrade() == 0
    expected = {"new/place/a.txt": BOTH, "old/b.txt": "b\n", "old/mine.txt": "mine\n"}
    assert scene.files() == expected
    assert "updated (1): old/a.txt -> new/place/a.txt\n" in capsys.readouterr().out


def test_moves_of_several_releases_and_back(tmp_path: Path):
    scene = Scene(tmp_path, {"a.txt": TEXT})
    first = scene.recorded()["_commit"]
    scene.edit({"a.txt": MINE})
    scene.move({"a.txt": "b/a.txt"}, "2.0.0")
    scene.release({"a.txt": None, "b/a.txt": REWRITTEN}, "2.0.0")
    scene.move({"b/a.txt": "c/a.txt"}, "10.0.0")
    scene.release({"b/a.txt": None, "c/a.txt": REWRITTEN}, "10.0.0")
    assert scene.upgrade() == 0
    assert scene.files() == {"c/a.txt": BOTH}
    commit(scene.repository)
    assert scene.upgrade(f"--to={first}") == 0
    assert scene.files() == {"a.txt": MINE}


def test_what_the_user_has_moved_stays_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    scene = Scene(tmp_path, {"a.txt": TEXT, "b.txt": "b\n"})
    scene.edit({"a.txt": None, "mine/a.txt": MINE})
    scene.move({"a.txt": "new/a.txt"})
    scene.release({"a.txt": None, "new/a.txt": changed(TEXT, line_18="theirs")})
    assert scene.upgrade() == 0
    assert scene.files() == {"mine/a.txt": changed(MINE, line_18="theirs"), "b.txt": "b\n"}
    told = "still where you have moved them (1):\n  mine/a.txt, which the template has in new/a.txt"
    assert told in capsys.readouterr().out


def test_a_file_of_the_users_own_in_the_new_place(tmp_path: Path):
    scene = Scene(tmp_path, {"a.txt": TEXT})
    scene.edit({"a.txt": MINE, "new/a.txt": "my own\n"})
    scene.move({"a.txt": "new/a.txt"})
    scene.release({"a.txt": None, "new/a.txt": REWRITTEN})
    assert scene.upgrade() == 3
    everything = "".join(scene.files().values())
    assert "my own\n" in everything
    assert "mine\n" in everything


def test_what_a_deleted_file_has_become_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    scene = Scene(tmp_path, {"a.txt": TEXT, "b.txt": "b\n", "c.txt": "one\ntwo\n"})
    scene.edit({"a.txt": MINE, "c.txt": "mine\n"})
    less_than_half = changed(TEXT, **{f"line_{number}": f"new {number}" for number in range(8, 21)})
    scene.release({"a.txt": None, "c.txt": None, "new/a.txt": less_than_half, "d.txt": "other\n"})
    assert scene.upgrade() == 3
    said = capsys.readouterr().out
    assert "a.txt: you changed it; deleted by the template, now new/a.txt: git rm a.txt, or" in said
    assert "c.txt: you changed it; deleted by the template: git rm c.txt, or to keep it" in said


def test_what_is_left_in_the_old_place_for_those_who_import_it(tmp_path: Path):
    scene = Scene(tmp_path, {"a.txt": TEXT})
    scene.edit({"a.txt": MINE})
    scene.move({"a.txt": "new/a.txt"})
    scene.release({"a.txt": "see new/a.txt\n", "new/a.txt": REWRITTEN})
    assert scene.upgrade() == 0
    assert scene.files() == {"a.txt": "see new/a.txt\n", "new/a.txt": BOTH}


def test_a_move_and_another_name_of_the_package_at_once(tmp_path: Path):
    name = "src/{{cookiecutter.package_name}}"
    init = {f"{name}/__init__.py": ""}
    first = {**init, f"{name}/a.py": TEXT, f"{name}/b.py": TEXT.replace("line", "b")}
    scene = Scene(tmp_path, first, package_name="pipeline")
    rewritten_b = REWRITTEN.replace("line", "b")
    scene.edit({"src/pipeline/a.py": MINE, "src/pipeline/b.py": MINE.replace("line", "b")})
    scene.move({f"{name}/a.py": f"{name}/sub/a.py"})
    moved = {f"{name}/a.py": None, f"{name}/sub/a.py": REWRITTEN, f"{name}/b.py": rewritten_b}
    scene.release(moved, package_name="pipeline")
    assert scene.upgrade("package_name=other") == 0
    assert scene.files() == {
        "src/other/__init__.py": "",
        "src/other/sub/a.py": BOTH,
        "src/other/b.py": BOTH.replace("line", "b"),
    }


def test_a_move_to_where_a_new_answer_says(tmp_path: Path):
    scene = Scene(tmp_path, {"a.txt": TEXT})
    scene.edit({"a.txt": MINE})
    scene.move({"a.txt": "{{cookiecutter.place}}/a.txt"})
    moved = {"a.txt": None, "{{cookiecutter.place}}/a.txt": REWRITTEN}
    scene.release(moved, place="here")
    assert scene.upgrade() == 0
    assert scene.files() == {"here/a.txt": BOTH}


def test_python_that_is_too_deep_for_the_parser(tmp_path: Path):
    scene = Scene(tmp_path, {"a.txt": TEXT})
    scene.edit({"deep.py": f"x = {'(' * 400}{')' * 400}\n", "long.py": f"x = {'1 + ' * 50_000}1\n"})
    scene.release({"a.txt": changed(TEXT, line_18="theirs")})
    assert scene.upgrade() == 0


def test_the_commands_that_are_told_do_what_they_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    names = ["a b.txt", "$HOME.txt", "-x.txt", "*.txt", "q'q.txt", ":x.txt", "[a].txt", "a.txt"]
    scene = Scene(tmp_path, dict.fromkeys(names, TEXT))
    scene.edit(dict.fromkeys(names, MINE))
    scene.release(dict.fromkeys(names, changed(TEXT, line_2="theirs")))
    assert scene.upgrade() == 3
    said = capsys.readouterr().out
    commands = [line.partition(", then ")[2] for line in said.splitlines() if ", then " in line]
    assert len(commands) == len(names)
    for count, command in enumerate(commands, start=1):
        subprocess.run(command, shell=True, cwd=scene.project, check=True)
        left = git(scene.project, "ls-files", "--unmerged", "-z").count("\0")
        assert left == 3 * (len(names) - count), command


def test_a_list_of_moves_is_of_versions_in_order():
    listed = {"0.10.0": {"b": "c"}, "0.9.0": {"a": "b"}}
    blob = Blob("100644", "0" * 40)
    assert moves.between(listed, {"a": blob}, {"c": blob}) == {"a": "c"}
    assert moves.between(listed, {"c": blob}, {"a": blob}) == {"c": "a"}
    assert moves.between(listed, {"a": blob}, {"a": blob, "c": blob}) == {"a": "c"}
    assert moves.between(listed, {"a": blob, "c": blob}, {"a": blob, "c": blob}) == {}


BEFORE = {
    "src/my/__init__.py": "VERSION = 1\n",
    "src/my/columns.py": "from . import mine\nfrom .parsing import dense\n",
    "src/my/parsing.py": "",
    "src/my/mine.py": "import my.columns\nfrom . import VERSION, columns, parsing\n",
    "tests/test_mine.py": "from my import columns\nfrom my.columns import x\nimport my.gone\n",
}


def test_imports_that_a_move_has_broken():
    after = {**BEFORE}
    after["src/my/data/__init__.py"] = ""
    after["src/my/data/columns.py"] = after.pop("src/my/columns.py")
    assert imports.broken(BEFORE, BEFORE) == []
    assert imports.broken(BEFORE, after) == [
        "src/my/data/columns.py:1: from . import mine",
        "src/my/data/columns.py:2: from .parsing import dense",
        "src/my/mine.py:1: import my.columns",
        "src/my/mine.py:2: from . import VERSION, columns, parsing",
        "tests/test_mine.py:1: from my import columns",
        "tests/test_mine.py:2: from my.columns import x",
    ]


def test_broken_imports_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    packages = {"src/my/__init__.py": "", "src/my/columns.py": TEXT.replace("line", "# line")}
    scene = Scene(tmp_path, packages)
    scene.edit({"src/my/mine.py": "from . import columns\n"})
    scene.move({"src/my/columns.py": "src/my/data/columns.py"})
    moved = {"src/my/columns.py": None, "src/my/data/columns.py": packages["src/my/columns.py"]}
    scene.release({**moved, "src/my/data/__init__.py": ""})
    assert scene.upgrade() == 0
    said = capsys.readouterr().out
    assert "import what is not there any more (1):\n  src/my/mine.py:1: from . import col" in said


def test_a_renamed_package(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    name = "src/{{cookiecutter.package_name}}"
    text = "from {{cookiecutter.package_name}} import a\n"
    first = {f"{name}/__init__.py": "", f"{name}/a.py": text + TEXT}
    scene = Scene(tmp_path, first, package_name="pipeline")
    git(scene.project, "mv", "src/pipeline", "src/mine")
    scene.edit({"src/mine/a.py": "from mine import a\n" + MINE})
    theirs = {f"{name}/a.py": text + changed(TEXT, line_18="theirs"), f"{name}/new.py": text}
    scene.release(theirs, package_name="pipeline")
    assert scene.upgrade() == 0
    assert scene.files() == {
        "src/mine/__init__.py": "",
        "src/mine/a.py": "from mine import a\n" + changed(MINE, line_18="theirs"),
        "src/mine/new.py": "from mine import a\n",
    }
    assert scene.recorded()["package_name"] == "mine"
    assert ", package_name=mine\n" in capsys.readouterr().out
    commit(scene.repository)
    git(scene.project, "rm", "-r", "--quiet", "src/mine")
    scene.edit({})
    assert scene.upgrade() == 1
    assert "src/mine is gone" in capsys.readouterr().err


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template_repository(tmp_path_factory.mktemp("template"))


# What some of these answers have, all that is listed can be found in.
ANSWERS = [
    {"example": "digits", "model_api": "keras", "tfx_version": "1.15", "orchestrator": "all"},
    {"model_api": "model_to_estimator", "tfx_version": "1.15"},
]


def test_the_templates_own_list_is_true(template: Path, tmp_path: Path):
    text = (ROOT / "upgrade" / "moves.json").read_text(encoding="utf-8")
    listed = json.loads(text.replace("<< cookiecutter.package_name >>", "my_pipeline"))
    versions = [*reversed(RELEASES)]
    for version, moved in listed.items():
        released = version in versions
        before = versions[versions.index(version) - 1] if released else versions[-1]
        commits = (RELEASES[before], RELEASES.get(version, "HEAD"))
        old, new = (
            {
                name
                for number, answers in enumerate(ANSWERS)
                for name in contents(
                    generate(
                        template, tmp_path / f"{version}-{made_of}-{number}", made_of, **answers
                    )
                )
            }
            for made_of in commits
        )
        assert moved.keys() <= old - new
        assert {*moved.values()} <= new - old
