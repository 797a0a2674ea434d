"""What an upgrade does to a project that its user has changed."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from testing.baking import commit, git
from upgrading import TEXT, Scene, changed, write


def test_changes_of_both_sides_come_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    scene = Scene(tmp_path, {"a.txt": TEXT, "b.txt": "b\n"})
    scene.edit({"a.txt": changed(TEXT, line_2="mine"), "mine.txt": "mine\n"})
    scene.release({"a.txt": changed(TEXT, line_18="theirs"), "b.txt": "new b\n", "c.txt": "c\n"})
    assert scene.upgrade() == 0
    assert scene.files() == {
        "a.txt": changed(TEXT, line_2="mine", line_18="theirs"),
        "b.txt": "new b\n",
        "c.txt": "c\n",
        "mine.txt": "mine\n",
    }
    assert scene.recorded()["_version"] == "2.0.0"
    said = capsys.readouterr().out.splitlines()
    assert "updated (2): a.txt, b.txt" in said
    assert "added (1): c.txt" in said
    assert said[-1] == "Undo it: nox -s upgrade -- --undo (git reset --merge)"


def test_an_upgrade_can_be_undone_and_committed(tmp_path: Path):
    scene = Scene(tmp_path, {"a.txt": TEXT, "gone.txt": "x\n"})
    scene.edit({"a.txt": changed(TEXT, line_2="mine")})
    scene.release({"a.txt": changed(TEXT, line_2="theirs"), "b.txt": "b\n", "gone.txt": None})
    before, files = scene.state(), scene.files()
    assert scene.upgrade() == 3
    assert scene.state() != before
    git(scene.repository, "reset", "--merge")
    assert (scene.state(), scene.files()) == (before, files)
    assert scene.upgrade() == 3
    write(scene.project, {"a.txt": "both\n"})
    git(scene.repository, "commit", "--all", "--no-edit")
    assert git(scene.repository, "log", "-1", "--format=%s %an").startswith("Template 1.0.0 (")
    assert scene.files() == {"a.txt": "both\n", "b.txt": "b\n"}
    assert scene.upgrade() == 0


def test_overlapping_edits_are_conflicts_with_gits_marks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    scene = Scene(tmp_path, {"a.txt": TEXT, "b.txt": TEXT})
    scene.edit({"a.txt": changed(TEXT, line_2="mine")})
    scene.release({"a.txt": changed(TEXT, line_2="theirs"), "b.txt": changed(TEXT, line_1="new")})
    assert scene.upgrade() == 3
    text = scene.files()["a.txt"]
    assert text.startswith("line 1\n<<<<<<< HEAD\nmine\n=======\ntheirs\n>>>>>>> ")
    assert scene.files()["b.txt"] == changed(TEXT, line_1="new")
    said = capsys.readouterr().out
    assert "conflicts (1):\n  a.txt: " in said
    assert "a.txt: both changed the same lines: edit it, then git add a.txt\n" in said


def test_the_same_edit_on_both_sides_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    scene = Scene(tmp_path, {"a.txt": TEXT})
    scene.edit({"a.txt": changed(TEXT, line_2="same")})
    scene.release({"a.txt": changed(TEXT, line_2="same")})
    assert scene.upgrade() == 0
    said = capsys.readouterr().out
    assert "a.txt" not in said
    assert "conflicts" not in said


def test_what_the_user_deleted_stays_deleted(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    scene = Scene(tmp_path, {"a.txt": TEXT, "b.txt": "b\n", "c.txt": "c\n"})
    scene.edit({"a.txt": None, "b.txt": None})
    scene.release({"a.txt": changed(TEXT, line_2="theirs"), "c.txt": "new c\n"})
    assert scene.upgrade() == 0
    assert scene.files() == {"c.txt": "new c\n"}
    assert "though the template has changed them (1)" in capsys.readouterr().out


def test_what_the_template_deletes_goes_unless_it_was_edited(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    scene = Scene(tmp_path, {"a.txt": TEXT, "b.txt": "b\n", "c.txt": "c\n"})
    edited = changed(TEXT, line_2="mine")
    scene.edit({"a.txt": edited})
    scene.release({"a.txt": None, "b.txt": None})
    assert scene.upgrade() == 3
    assert scene.files() == {"a.txt": edited, "c.txt": "c\n"}
    said = capsys.readouterr().out
    assert "removed (1): b.txt\n" in said
    assert "conflicts (1):\n  a.txt: " in said


def test_renames_of_either_side_are_followed(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    other = TEXT.replace("line", "row")
    scene = Scene(tmp_path, {"a.txt": TEXT, "b.txt": other})
    scene.edit(
        {"a.txt": None, "moved/mine.txt": TEXT, "b.txt": changed(other, line_2="mine")},
    )
    new = {"a.txt": changed(TEXT, line_18="theirs"), "b.txt": None, "moved/theirs.txt": other}
    scene.release(new)
    assert scene.upgrade() == 0
    assert scene.files() == {
        "moved/mine.txt": changed(TEXT, line_18="theirs"),
        "moved/theirs.txt": changed(other, line_2="mine"),
    }
    said = capsys.readouterr().out
    assert "b.txt -> moved/theirs.txt" in said
    assert "kept" not in said


def test_a_new_file_stays_where_the_template_puts_it(tmp_path: Path):
    files = {f"old/{name}.txt": TEXT.replace("line", name) for name in "abc"}
    scene = Scene(tmp_path, dict(files))
    git(scene.project, "mv", "old", "new")
    commit(scene.repository)
    scene.release({"old/d.txt": "d\n"})
    assert scene.upgrade() == 0
    assert set(scene.files()) == {"new/a.txt", "new/b.txt", "new/c.txt", "old/d.txt"}


def test_binary_files(tmp_path: Path):
    old, new, mine = b"\0old", b"\0new", b"\0mine"
    scene = Scene(tmp_path, {"a.bin": old, "b.bin": old + b"b", "c.bin": old + b"c"})
    scene.edit({"b.bin": mine, "c.bin": mine + b"c"})
    scene.release({"a.bin": new, "b.bin": new + b"b"})
    assert scene.upgrade() == 3
    assert (scene.project / "a.bin").read_bytes() == new
    assert (scene.project / "b.bin").read_bytes() == mine
    assert (scene.project / "c.bin").read_bytes() == mine + b"c"
    assert git(scene.project, "diff", "--name-only", "--diff-filter=U") == "b.bin\n"


def test_executable_bits(tmp_path: Path):
    scene = Scene(tmp_path, {"a.sh": "a\n", "b.sh": TEXT})
    (scene.project / "b.sh").chmod(0o755)
    commit(scene.repository)
    sources = scene.template / "{{cookiecutter.project_slug}}"
    (sources / "a.sh").chmod(0o755)
    scene.release({"b.sh": changed(TEXT, line_2="theirs"), "c.sh": "c\n"})
    assert scene.upgrade() == 0
    assert [os.access(scene.project / f"{name}.sh", os.X_OK) for name in "abc"] == [
        True,
        True,
        False,
    ]
    assert scene.files()["b.sh"] == changed(TEXT, line_2="theirs")


def test_a_project_inside_a_larger_repository(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    scene = Scene(tmp_path, {"a.txt": TEXT, "b.txt": "b\n"}, place="services/größe x")
    write(scene.repository, {"a.txt": "not the project's\n", "other/b.txt": TEXT})
    scene.edit({"a.txt": changed(TEXT, line_2="mine")})
    scene.release({"a.txt": changed(TEXT, line_18="theirs"), "b.txt": None, "c.txt": "c\n"})
    (scene.repository / "other" / "untracked.txt").write_text("mine\n")
    before = scene.state()
    assert scene.upgrade("--dry-run") == 0
    assert scene.state() == before
    assert scene.upgrade() == 0
    assert scene.files() == {
        "a.txt": changed(TEXT, line_2="mine", line_18="theirs"),
        "c.txt": "c\n",
    }
    assert (scene.repository / "a.txt").read_text() == "not the project's\n"
    assert "removed (1): b.txt\n" in capsys.readouterr().out
    git(scene.repository, "reset", "--merge")
    assert scene.state() == before


def test_the_line_ends_of_windows_are_kept(tmp_path: Path):
    scene = Scene(tmp_path, {"a.txt": TEXT, "b.txt": TEXT})
    crlf = TEXT.replace("\n", "\r\n")
    scene.edit({"a.txt": changed(TEXT, line_2="mine").replace("\n", "\r\n"), "b.txt": crlf})
    scene.release({name: changed(TEXT, line_18="theirs") for name in ("a.txt", "b.txt")})
    assert scene.upgrade() == 0
    assert scene.files() == {
        "a.txt": changed(TEXT, line_2="mine", line_18="theirs").replace("\n", "\r\n"),
        "b.txt": changed(TEXT, line_18="theirs").replace("\n", "\r\n"),
    }


def test_line_ends_that_git_converts(tmp_path: Path):
    scene = Scene(tmp_path, {"a.txt": TEXT})
    scene.edit({".gitattributes": "* text=auto eol=crlf\n"})
    scene.edit({"a.txt": changed(TEXT, line_2="mine").replace("\n", "\r\n")})
    scene.release({"a.txt": changed(TEXT, line_18="theirs"), "b.txt": "b\n"})
    assert scene.upgrade() == 0
    both = changed(TEXT, line_2="mine", line_18="theirs")
    assert scene.files()["a.txt"] == both.replace("\n", "\r\n")
    assert git(scene.project, "show", ":a.txt") == both


def test_files_without_a_last_line_end(tmp_path: Path):
    scene = Scene(tmp_path, {"a.txt": TEXT.rstrip(), "b.txt": TEXT})
    scene.edit({"b.txt": TEXT.rstrip()})
    scene.release({"a.txt": changed(TEXT, line_2="new").rstrip(), "b.txt": "new\n" + TEXT})
    assert scene.upgrade() == 0
    assert scene.files() == {
        "a.txt": changed(TEXT, line_2="new").rstrip(),
        "b.txt": "new\n" + TEXT.rstrip(),
    }


def test_odd_names(tmp_path: Path):
    names = ["größe.txt", "a b.txt", '"quoted".txt', "日本/日本.txt", "-x.txt"]
    scene = Scene(tmp_path, dict.fromkeys(names, TEXT))
    scene.edit(dict.fromkeys(names, changed(TEXT, line_2="mine")))
    scene.release(dict.fromkeys([*names, "ñ.txt"], changed(TEXT, line_18="theirs")))
    assert scene.upgrade() == 0
    both = changed(TEXT, line_2="mine", line_18="theirs")
    expected = {**dict.fromkeys(names, both), "ñ.txt": changed(TEXT, line_18="theirs")}
    assert scene.files() == expected


def test_two_upgrades_in_a_row(tmp_path: Path):
    scene = Scene(tmp_path, {"a.txt": TEXT})
    scene.edit({"a.txt": changed(TEXT, line_2="mine")})
    scene.release({"a.txt": changed(TEXT, line_10="second")}, "2.0.0")
    assert scene.upgrade() == 0
    commit(scene.repository)
    scene.release({"a.txt": changed(TEXT, line_10="third", line_18="third")}, "3.0.0")
    assert scene.upgrade() == 0
    assert scene.files() == {
        "a.txt": changed(TEXT, line_2="mine", line_10="third", line_18="third")
    }
    assert scene.recorded()["_version"] == "3.0.0"


def test_a_tag_a_branch_and_a_commit_can_be_named(tmp_path: Path):
    scene = Scene(tmp_path, {"a.txt": "1\n"})
    second = scene.release({"a.txt": "2\n"}, "2.0.0")
    git(scene.template, "tag", "v2.0.0")
    scene.release({"a.txt": "3\n"}, "3.0.0")
    git(scene.template, "branch", "beta")
    scene.release({"a.txt": "4\n"}, "4.0.0")
    for name, text in (("v2.0.0", "2\n"), ("beta", "3\n"), (second[:10], "2\n"), ("HEAD", "4\n")):
        assert scene.upgrade(f"--to={name}") == 0
        assert scene.files() == {"a.txt": text}
        commit(scene.repository)


def test_changed_answers_are_an_upgrade(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    text = "{{ cookiecutter.color }} {{ cookiecutter.shape }}\n" + TEXT
    scene = Scene(tmp_path, {"a.txt": text})
    mine = "red round\n" + changed(TEXT, line_10="mine")
    scene.edit({"a.txt": mine})
    assert scene.upgrade("shape=square", "color=dark blue") == 0
    assert scene.files() == {"a.txt": mine.replace("red round", "dark blue square")}
    assert scene.recorded()["shape"] == "square"
    assert capsys.readouterr().out.startswith("Template 1.0.0 (")


def test_questions_of_yes_or_no_and_of_dicts(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    text = "{{ cookiecutter.flag }} {{ cookiecutter.sizes.small }}\n"
    asked = {"flag": True, "sizes": {"small": "1", "large": "2"}}
    scene = Scene(tmp_path, {"a.txt": text}, **asked)
    assert scene.files() == {"a.txt": "True 1\n"}
    scene.release({"b.txt": text}, **asked, newer={"a": "b"}, sure=True)
    assert scene.upgrade("flag=no", 'sizes={"small": "3"}') == 0
    assert scene.files() == {"a.txt": "False 3\n", "b.txt": "False 3\n"}
    assert scene.recorded()["flag"] is False
    assert scene.recorded()["sizes"]["small"] == "3"
    assert (scene.recorded()["newer"], scene.recorded()["sure"]) == ({"a": "b"}, True)
    commit(scene.repository)
    for answer in ("flag=perhaps", "sizes=3"):
        assert scene.upgrade(answer) == 1
        assert ", but may be: " in capsys.readouterr().err


def test_new_questions_take_their_defaults_or_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    scene = Scene(tmp_path, {"a.txt": "a\n"})
    text = "{{ cookiecutter.size }} {{ cookiecutter.name }}\n"
    asked = {"size": ["small", "large"], "name": "a {{ cookiecutter.color }} one"}
    scene.release({"a.txt": text}, **asked)
    assert scene.upgrade() == 0
    assert scene.files() == {"a.txt": "small a red one\n"}
    git(scene.repository, "reset", "--merge")
    typed = io.StringIO("2\nmy own\n")
    typed.isatty = lambda: True
    monkeypatch.setattr(sys, "stdin", typed)
    assert scene.upgrade() == 0
    assert scene.files() == {"a.txt": "large my own\n"}


def test_a_dry_run_shows_the_difference_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    scene = Scene(tmp_path, {"a.txt": TEXT, "b.txt": TEXT})
    scene.edit({"a.txt": changed(TEXT, line_2="mine")})
    scene.release({"a.txt": changed(TEXT, line_2="theirs"), "b.txt": changed(TEXT, line_1="new")})
    before, files = scene.state(), scene.files()
    assert scene.upgrade("--dry-run") == 3
    assert (scene.state(), scene.files()) == (before, files)
    said = capsys.readouterr().out
    assert "\n-line 1\n+new\n" in said
    assert "conflicts (1):\n  a.txt: " in said
    assert "Undo" not in said


def test_the_changelog_is_shown_from_version_to_version(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    scene = Scene(tmp_path, {"a.txt": "a\n"})
    text = "# Changelog\n\n## 3.0.0\n\n- three\n\n## 2.0.0\n\n- two\n\n## 1.0.0\n\n- one\n"
    write(scene.template, {"CHANGELOG.md": text})
    scene.release({"a.txt": "b\n"}, "3.0.0")
    assert scene.upgrade() == 0
    assert "\n## 3.0.0\n- three\n## 2.0.0\n- two\n\n" in capsys.readouterr().out


def test_nothing_to_do_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    scene = Scene(tmp_path, {"a.txt": "a\n"})
    scene.edit({"a.txt": "mine\n"})
    assert scene.upgrade() == 0
    commit(scene.repository)
    before = scene.state()
    capsys.readouterr()
    assert scene.upgrade() == 0
    assert scene.state() == before
    assert capsys.readouterr().out.endswith("the template has nothing new for this project.\n")
