"""Upgrades between this template's own versions, and between its answers."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import upgrade
from testing.baking import commit, configuration, contents, generate, git, run, template_repository
from testing.template import CHOICES, OFFERED, QUESTIONS, RELEASES, ROOT


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template_repository(tmp_path_factory.mktemp("template"))


def as_generated(project: Path) -> dict[str, bytes]:
    """Read a project's files, but for git's and the record."""
    return {
        name: content
        for name, content in contents(project).items()
        if not name.startswith(".git/") and name != ".cookiecutter.json"
    }


def edit(project: Path) -> None:
    """Change a project as its user would: a changed file, one of their own, one less."""
    with (project / ".gitignore").open("a", encoding="utf-8") as ignored:
        ignored.write("/mine/\n")
    (project / "src" / "my_pipeline" / "mine.py").write_text("MINE = 1\n", encoding="utf-8")
    (project / "LICENSE").unlink()
    commit(project, "Edit")


def edited(files: dict[str, bytes]) -> dict[str, bytes]:
    """Apply the same changes to a project's files."""
    changed = {**files, ".gitignore": files[".gitignore"] + b"/mine/\n"}
    changed["src/my_pipeline/mine.py"] = b"MINE = 1\n"
    del changed["LICENSE"]
    return changed


def test_the_version_is_said_once_and_the_changelog_begins_with_it():
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    newest = next(heading for heading in headings if heading != "Unreleased")
    assert newest == QUESTIONS["_version"]
    assert len(RELEASES) >= 3


@pytest.mark.parametrize(("version", "released"), RELEASES.items())
@pytest.mark.parametrize("example", ["penguin", "taxi"])
def test_every_release_becomes_this_version(
    template: Path,
    tmp_path: Path,
    version: str,
    released: str,
    example: str,
    capsys: pytest.CaptureFixture[str],
):
    answers = {"example": example, "model_api": "estimator", "tfx_version": "1.15"}
    project = generate(template, tmp_path / "old", released, **answers)
    edit(project)
    assert upgrade.main([f"--from={released}"], project, template) == 0
    told = capsys.readouterr().out
    assert f"## {QUESTIONS['_version']}" in told
    assert f"## {version}" not in told
    expected = as_generated(generate(template, tmp_path / "new", **answers))
    assert as_generated(project) == edited(expected)
    record = json.loads((project / ".cookiecutter.json").read_text(encoding="utf-8"))
    assert (record["_version"], record["example"]) == (QUESTIONS["_version"], example)


# What users have changed, by file: what they put in the place of what; in newer releases also how
# it is trained, and how a column is treated.
OLDER = {
    "model.py": ("    rows = [", "    from . import mine\n\n    rows = ["),
    "settings.py": ("    seed: int = 1\n", "    seed: int = 2\n"),
}
NEWER = {
    **OLDER,
    "trainer.py": ("import tensorflow as tf\n", "import tensorflow as tf\nimport wandb\n"),
    "features.py": ("Treatment] = {}", 'Treatment] = {"island": Hashed(8)}'),
}
PLACES = {
    "features.py": "features/special.py",
    "model.py": "training/model.py",
    "settings.py": "settings.py",
    "trainer.py": "training/trainer.py",
}
MINE = "from . import columns\nfrom .treatments import Hashed\n\nLOOK = [columns, Hashed]\n"


@pytest.mark.parametrize(
    ("version", "edits"), [("0.1.0", OLDER), ("0.4.0", NEWER), ("0.6.0", NEWER)]
)
def test_edits_move_with_the_modules_and_what_they_break_is_named(
    template: Path,
    tmp_path: Path,
    version: str,
    edits: dict[str, tuple[str, str]],
    capsys: pytest.CaptureFixture[str],
):
    answers = {"model_api": "keras", "tfx_version": "1.15"}
    project = generate(template, tmp_path / "old", RELEASES[version], **answers)
    sources = project / "src" / "my_pipeline"
    for name, (before, after) in edits.items():
        text = (sources / name).read_text(encoding="utf-8")
        assert text.count(before) == 1, name
        (sources / name).write_text(text.replace(before, after), encoding="utf-8")
    (sources / "mine.py").write_text(MINE, encoding="utf-8")
    commit(project, "Edit")
    assert upgrade.main([f"--from={RELEASES[version]}"], project, template) == 0
    told = capsys.readouterr().out
    for name, (_, after) in edits.items():
        assert after in (sources / PLACES[name]).read_text(encoding="utf-8")
    assert (sources / "mine.py").read_text(encoding="utf-8") == MINE
    model = (sources / "training" / "model.py").read_text(encoding="utf-8")
    line = model.splitlines().index("    from . import mine") + 1
    assert (
        "these lines import what is not there any more (3):\n"
        "  src/my_pipeline/mine.py:1: from . import columns\n"
        "  src/my_pipeline/mine.py:2: from .treatments import Hashed\n"
        f"  src/my_pipeline/training/model.py:{line}: from . import mine\n"
    ) in told


@pytest.mark.parametrize("example", [each for each in CHOICES["example"] if each not in OFFERED])
def test_a_project_of_an_example_that_is_offered_no_more_goes_on(
    template: Path, tmp_path: Path, example: str
):
    released, *_ = RELEASES.values()
    answers = {"example": example, "tfx_version": "1.15"}
    project = generate(template, tmp_path / "old", released, **answers)
    edit(project)
    assert upgrade.main([], project, template) == 0
    expected = as_generated(generate(template, tmp_path / "new", **answers))
    assert as_generated(project) == edited(expected)
    record = json.loads((project / ".cookiecutter.json").read_text(encoding="utf-8"))
    assert (record["_version"], record["example"]) == (QUESTIONS["_version"], example)


IMAGES = """feature { name: "image" type: BYTES annotation { tag: "image:28x28" } }
feature { name: "label" type: INT annotation { tag: "label" } int_domain { min: 0 max: 9 } }
"""


@pytest.mark.parametrize(
    ("files", "images", "tflite"),
    [
        ({}, "no", "no"),
        ({"schema/schema.pbtxt": IMAGES}, "yes", "no"),
        ({"schema/schema.pbtxt": IMAGES, "schema/dataset.yaml": "tflite: true\n"}, "yes", "yes"),
        ({"schema/dataset.yaml": "tflite: true\n"}, "no", "yes"),
    ],
)
@pytest.mark.parametrize("version", ["0.4.0", "0.6.0"])
def test_who_has_images_or_tensorflow_lite_keeps_them(
    template: Path, tmp_path: Path, version: str, files: dict[str, str], images: str, tflite: str
):
    answers = {"tfx_version": "1.15", "model_api": "keras"}
    project = generate(template, tmp_path / "old", RELEASES[version], **answers)
    for name, text in files.items():
        (project / name).write_text(text, encoding="utf-8")
    commit(project, "Edit")
    assert upgrade.main([], project, template) == 0
    answers.update(images=images, tflite=tflite)
    expected = as_generated(generate(template, tmp_path / "new", **answers))
    expected.update({name: text.encode() for name, text in files.items()})
    assert as_generated(project) == expected
    record = json.loads((project / ".cookiecutter.json").read_text(encoding="utf-8"))
    assert (record["images"], record["tflite"]) == (images, tflite)


@pytest.mark.parametrize(
    ("example", "written"),
    [
        ("penguin", "True"),
        # What is switched off by hand stays a setting.
        ("digits", "False"),
    ],
)
def test_a_setting_is_kept(template: Path, tmp_path: Path, example: str, written: str):
    answers = {"tfx_version": "1.15", "model_api": "keras", "example": example}
    project = generate(template, tmp_path / "old", RELEASES["0.6.0"], **answers)
    set_tflite(project, written)
    commit(project, "Edit")
    assert upgrade.main([], project, template) == 0
    expected = generate(template, tmp_path / "new", **answers, tflite="yes")
    set_tflite(expected, written)
    assert as_generated(project) == as_generated(expected)


@pytest.mark.parametrize("written", ["Field(default=True)", "not False", "True  # on phones"])
def test_a_setting_is_recognised_however_it_is_written(
    template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], written: str
):
    answers = {"tfx_version": "1.15", "model_api": "keras"}
    project = generate(template, tmp_path / "old", RELEASES["0.6.0"], **answers)
    set_tflite(project, written)
    commit(project, "Edit")
    # Both sides have changed the line.
    assert upgrade.main([], project, template) == 3
    assert "tflite=yes, as src/my_pipeline/settings.py says." in capsys.readouterr().out
    assert (project / "src" / "my_pipeline" / "components" / "tflite_gate.py").is_file()


def set_tflite(project: Path, written: str) -> None:
    settings = project / "src" / "my_pipeline" / "settings.py"
    text, count = re.subn("tflite: bool = .*", f"tflite: bool = {written}", settings.read_text())
    assert count == 1
    settings.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("written", ["tflite: on", "{tflite: false}", "tflite_tolerance: 0.05"])
def test_a_setting_in_the_dataset_file_is_kept(template: Path, tmp_path: Path, written: str):
    answers = {"tfx_version": "1.15", "model_api": "keras"}
    project = generate(template, tmp_path / "old", RELEASES["0.6.0"], **answers)
    (project / "schema" / "dataset.yaml").write_text(f"{written}\n", encoding="utf-8")
    commit(project, "Edit")
    assert upgrade.main([], project, template) == 0
    assert (project / "src" / "my_pipeline" / "components" / "tflite_gate.py").is_file()


@pytest.mark.parametrize("written", ["tag: 'image:8x8'", 'tag: ["image:8x8"]', 'tag : "image:8x8"'])
def test_images_are_recognised_however_they_are_written(
    template: Path, tmp_path: Path, written: str
):
    answers = {"tfx_version": "1.15", "model_api": "keras"}
    project = generate(template, tmp_path / "old", RELEASES["0.6.0"], **answers)
    schema = project / "schema" / "schema.pbtxt"
    with schema.open("a", encoding="utf-8") as file:
        file.write(f'feature {{ name: "picture" type: BYTES annotation {{ {written} }} }}\n')
    commit(project, "Edit")
    assert upgrade.main([], project, template) == 0
    package = project / "src" / "my_pipeline"
    assert (package / "components" / "image_gate.py").is_file()
    # It was off, and is not switched on.
    assert not (package / "components" / "tflite_gate.py").exists()


CHANGES = [
    {"model_api": "model_to_estimator"},
    {"model_api": "keras"},
    {"model_api": "keras", "tfx_version": "1.21"},
    {"transform": "no"},
    {"strategy": "MirroredStrategy"},
    {"example": "taxi"},
    {"example": "mnist", "images": "yes", "tflite": "yes"},
    {"example": "digits", "images": "yes", "tflite": "no"},
    {"tflite": "yes"},
    {"images": "yes", "tflite": "no"},
    {"license": "MIT", "description": "Says something else."},
    {"project_name": "Other"},
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_changed_answer_leads_to_the_project_of_that_answer(
    template: Path, tmp_path: Path, change: dict[str, str]
):
    names = {"project_slug": "my-pipeline", "package_name": "my_pipeline"}
    answers = {"model_api": "estimator", "tfx_version": "1.15", **names}
    project = generate(template, tmp_path / "old", **answers)
    edit(project)
    given = [f"{name}={answer}" for name, answer in change.items()]
    assert upgrade.main(given, project, template) == 0
    expected = as_generated(generate(template, tmp_path / "new", **{**answers, **change}))
    assert as_generated(project) == edited(expected)


def test_from_penguin_to_a_file_of_ones_own_and_on(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    project = generate(template, tmp_path / "old")
    monkeypatch.setenv("PWD", str(tmp_path))
    file = tmp_path / "houses.csv"
    file.write_text("rooms,price\n1,2\n", encoding="utf-8")
    adopt = ["example=csv", "csv_path=houses.csv", "label_column=price"]
    assert upgrade.main(adopt, project, template) == 0
    commit(project)
    copied = project / "data" / "csv" / "houses.csv"
    assert copied.read_bytes() == file.read_bytes()
    file.unlink()
    copied.write_text("rooms,price\n3,4\n", encoding="utf-8")
    commit(project)
    assert upgrade.main(["strategy=MirroredStrategy"], project, template) == 0
    assert copied.read_text(encoding="utf-8") == "rooms,price\n3,4\n"
    assert json.loads((project / ".cookiecutter.json").read_text())["csv_path"] == (
        "data/csv/houses.csv"
    )


@pytest.mark.parametrize("label", ["nonsense", "pri"])
def test_another_label_for_the_same_file(
    template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    label: str,
):
    file = tmp_path / "houses.csv"
    file.write_text("rooms,price\n1,2\n", encoding="utf-8")
    answers = {"example": "csv", "csv_path": str(file), "label_column": "price"}
    project = generate(template, tmp_path / "old", **answers)
    monkeypatch.setenv("PWD", str(project))
    before = as_generated(project)
    assert upgrade.main([f"label_column={label}"], project, template) == 1
    assert f"has no column '{label}'; its columns are: rooms, price" in capfd.readouterr().err
    assert as_generated(project) == before
    assert upgrade.main(["label_column=rooms"], project, template) == 0


def test_an_answer_that_the_template_refuses(
    template: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    project = generate(template, tmp_path / "old", tfx_version="1.21")
    capfd.readouterr()
    before = as_generated(project)
    assert upgrade.main(["model_api=estimator"], project, template) == 1
    first, *_, last = capfd.readouterr().err.splitlines()
    assert first.endswith("write a tfx_version of: 1.15.")
    assert last.startswith("Nothing was changed")
    assert as_generated(project) == before


def test_generating_over_a_project_tells_the_right_command(template: Path, tmp_path: Path):
    project = generate(template, tmp_path)
    edit(project)
    before = contents(project)
    command = ["cookiecutter", "--config-file", configuration(tmp_path), template, "--no-input"]
    for options in (["-f"], ["-f", "-s"]):
        made = run([*command, *options], tmp_path)
        assert made.returncode == 1
        assert made.stderr.startswith(
            "my-pipeline is a project already, and writing over it would lose its edits; "
            "this keeps them: cd my-pipeline && nox -s upgrade\n"
        )
        assert contents(project) == before


def test_a_new_clone_can_become_a_project(template: Path, tmp_path: Path):
    (tmp_path / "my-pipeline").mkdir()
    git(tmp_path / "my-pipeline", "init", "--quiet")
    command = ["cookiecutter", "--config-file", configuration(tmp_path), template, "--no-input"]
    assert run([*command, "-f"], tmp_path).returncode == 0
    assert (tmp_path / "my-pipeline" / ".git").is_dir()


def nox(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nox", "-s", "upgrade", *options],
        cwd=project,
        env={**os.environ, "PWD": str(project)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_the_session_of_a_project(template: Path, tmp_path: Path):
    project = generate(template, tmp_path)
    shown = nox(project, "--", "transform=no", "--dry-run")
    assert shown.returncode == 0, shown.stderr
    assert "\n-def preprocessing_fn(" in shown.stdout
    assert git(project, "status", "--porcelain") == ""
    done = nox(project, "--", "transform=no")
    assert done.returncode == 0, done.stderr
    assert "\nUndo it: nox -s upgrade -- --undo (git reset --merge)\n" in done.stdout
    assert "src/my_pipeline/features/preprocessing.py" in git(
        project, "diff", "--cached", "--name-only"
    )
    for path in project.rglob("*.py"):
        ast.parse(path.read_text(encoding="utf-8"))
    again = nox(project)
    assert again.returncode == 1
    assert "has uncommitted changes" in again.stdout + again.stderr


def test_conflicts_and_their_undoing_without_the_template(template: Path, tmp_path: Path):
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(template), str(clone))
    git(clone, "remote", "remove", "origin")
    project = generate(clone, tmp_path)
    (project / "noxfile.py").write_text(
        (project / "noxfile.py").read_text(encoding="utf-8").replace('"dev",', '"mine",', 1),
        encoding="utf-8",
    )
    commit(project, "Edit")
    source = clone / "<<cookiecutter.project_slug>>" / "README.md"
    source.write_text("All new.\n", encoding="utf-8")
    commit(clone, "Newer")
    (project / "README.md").write_text("Mine.\n", encoding="utf-8")
    commit(project, "Edit")
    before = git(project, "ls-files", "--stage")
    ended = nox(project, "--", f"--template={clone}")
    assert ended.returncode == 3, ended.stdout
    assert "failed" not in ended.stderr
    assert "README.md: both changed the same lines: edit it, then git add" in ended.stdout
    clone.rename(tmp_path / "gone")
    (tmp_path / "sources").rename(tmp_path / "gone too")
    assert nox(project, "--", "--undo").returncode == 0
    assert git(project, "ls-files", "--stage") == before
    assert git(project, "status", "--porcelain") == ""
    nothing = nox(project, "--", "--continue")
    assert nothing.returncode == 1
    assert "there is no upgrade here" in nothing.stderr


def test_the_session_tells_if_there_is_no_template(template: Path, tmp_path: Path):
    project = generate(template, tmp_path)
    record = project / ".cookiecutter.json"
    answers = json.loads(record.read_text(encoding="utf-8"))
    for text, told in (
        (json.dumps({**answers, "_template": "nowhere"}), "nowhere does not answer; name another"),
        (json.dumps({**answers, "_template": ""}), ".cookiecutter.json names no template; name it"),
        ("{", ".cookiecutter.json names no template; name it"),
    ):
        record.write_text(text, encoding="utf-8")
        commit(project)
        refused = nox(project)
        assert refused.returncode != 0
        assert told in refused.stderr
        assert "Traceback" not in refused.stderr
        assert git(project, "status", "--porcelain") == ""
    record.write_text(json.dumps({**answers, "_template": ""}), encoding="utf-8")
    commit(project)
    named = nox(project, "--", f"--template={template}", "license=MIT")
    assert named.returncode == 0, named.stderr
