from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from << cookiecutter.package_name >> import cli, project
from << cookiecutter.package_name >>.settings import ROOT, Settings

PREFIX = Settings.model_config["env_prefix"]
HELP = f"""
import sys
from {cli.__name__} import main

try:
    main(["--help"])
finally:
    print("imported:", *sys.modules)
"""


def test_help_is_quick() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", HELP],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    text, imported = ended.stdout.split("imported:")
    assert "predict" in text
    assert not {"tensorflow", "tfx", "apache_beam"} & set(imported.split())


def test_a_wrong_value_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "--train-steps", "many"]) == 2
    assert "train_steps=many" in capsys.readouterr().err


def test_what_is_no_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("SERVICE_HOST", "OTHER_PROJECT_TRAIN_STEPS", "METADATA_PASSWORD"):
        monkeypatch.setenv(f"{PREFIX}{name}", "set by a platform, say")
    monkeypatch.setenv(f"{PREFIX}OUTPUT", str(tmp_path))
    assert cli.main(["predict", "rows.csv"]) == 2
    assert capfd.readouterr().err.startswith("no pushed model")
    (log,) = (tmp_path / "logs").glob("*.log")
    lines = log.read_text(encoding="utf-8").splitlines()
    assert [line.partition("[-] ")[2] for line in lines if "is ignored" in line] == [
        f"{PREFIX}{name} is ignored: settings.py has no such setting"
        for name in ("OTHER_PROJECT_TRAIN_STEPS", "SERVICE_HOST")
    ]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("TRAN_STEPS", "TRAIN_STEPS"),
        ("TRAIN_STEP", "TRAIN_STEPS"),
        ("batchsize", "BATCH_SIZE"),
        ("SEEDS", "SEED"),
        ("METADATA_PASWORD", "METADATA_PASSWORD"),
    ],
)
def test_what_nearly_spells_a_setting_is_refused(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], name: str, meant: str
) -> None:
    monkeypatch.setenv(f"{PREFIX}{name}", "5")
    assert cli.main(["predict", "rows.csv"]) == 2
    assert capfd.readouterr().err == (
        f"{PREFIX}{name} is no setting: if {PREFIX}{meant} is meant, call it so; else unset it\n"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"train_step: 1", "train_step is no setting of settings.py; remove it there"),
        (b"5: 1", ": 5 is no setting of settings.py"),
        (b"seed: 1\nseed: 2", "sets seed more than once"),
        (b"seed: [", "cannot be read: while parsing"),
        (b"pipeline_name: \xff", "cannot be read: 'utf-8' codec"),
        (b"- seed: 1", "does not hold settings"),
        (b"seed", "does not hold settings"),
        (b"slices: island", "slices=island: Input should be a valid tuple"),
    ],
)
def test_a_file_of_settings_that_cannot_be_meant_is_refused(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    text: bytes,
    told: str,
) -> None:
    file = tmp_path / "dataset.yaml"
    file.write_bytes(text)
    monkeypatch.setitem(Settings.model_config, "yaml_file", file)
    assert cli.main(["predict", "rows.csv"]) == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert told in line


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SEED", "-1", "seed=-1: Input should be at least 0"),
        ("TRAIN_STEPS", str(2**31), f"train_steps={2**31}: Input should be"),
        ("THRESHOLD", "nan", "threshold=nan: Input should be a finite number"),
        ("OUTPUT", "", "output=: Input should not be empty"),
        ("SLICES", "island", 'field "slices" from source "EnvSettingsSource"'),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    name: str,
    value: str,
    told: str,
) -> None:
    monkeypatch.setenv(f"{PREFIX}{name}", value)
    assert cli.main(["predict", "rows.csv"]) == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert told in line


def test_an_installed_package_needs_a_project(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(project, "PACKAGE", tmp_path / "site-packages" / project.PACKAGE.name)
    inner = tmp_path / "outer" / "projects" / "inner"
    for folder in (inner, tmp_path / "outer"):
        (folder / "schema").mkdir(parents=True)
        (folder / "schema" / "schema.pbtxt").touch()
    (inner / "data").mkdir()
    places = {inner / "data": inner, inner: inner, inner.parent: tmp_path / "outer"}
    for here, found in places.items():
        monkeypatch.chdir(here)
        assert project.root() == found
    monkeypatch.chdir(tmp_path)
    with pytest.raises(project.NoProjectError, match="nor a folder above it is a project"):
        project.root()
    monkeypatch.setattr(cli, "_predict", lambda options: project.root())
    assert cli.main(["predict", "rows.csv"]) == 2
    assert f"neither {tmp_path} nor a folder above it" in capfd.readouterr().err


def test_code_that_is_edited_but_not_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert project.other_code(ROOT) == ""
    installed = tmp_path / "site-packages" / project.PACKAGE.name
    own = tmp_path / "src" / installed.name
    for folder in (installed, own):
        folder.mkdir(parents=True)
        (folder / "settings.py").write_text("seed = 1", encoding="utf-8")
    monkeypatch.setattr(project, "PACKAGE", installed)
    assert project.other_code(tmp_path) == ""
    (own / "settings.py").write_text("seed = 2", encoding="utf-8")
    assert project.other_code(tmp_path) == str(own / "settings.py")
    (own / "added.py").touch()
    assert project.other_code(tmp_path) == str(own / "added.py")


def test_predicting_makes_no_output(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv(f"{PREFIX}OUTPUT", str(tmp_path / "output"))
    assert cli.main(["predict", "rows.csv"]) == 2
    assert "no pushed model" in capfd.readouterr().err
    assert not [*tmp_path.iterdir()]


def test_predicting_needs_no_writable_place(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "output").touch()
    monkeypatch.setenv(f"{PREFIX}OUTPUT", str(tmp_path / "output"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", list)
    assert cli.main(["predict", "rows.csv"]) == 2
    assert "no pushed model" in capfd.readouterr().err
    assert tempfile.gettempdir() == os.curdir
    assert cli.main(["run"]) == 2
    assert "no log can be written" in capfd.readouterr().err


def test_an_unknown_option_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["run", "--steps", "1"])
    assert ended.value.code == 2
    assert "--steps" in capsys.readouterr().err


def test_without_data_nothing_runs(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv(f"{PREFIX}DATA", str(tmp_path))
    assert cli.main(["run", "--output", str(tmp_path / "output")]) == 2
    assert f"no *.csv or *.parquet file in {tmp_path}" in capfd.readouterr().err
    assert not (tmp_path / "output" / "artifacts").exists()


@pytest.mark.parametrize("name", ["my [p]", "what?", "a*", "{SPAN}"])
def test_a_path_that_tfx_takes_for_a_pattern_is_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    output = tmp_path / name
    assert cli.main(["run", "--output", str(output)]) == 2
    assert f"in {output} for a pattern: move the project, or" in capsys.readouterr().err
    assert not output.exists()


def test_predicting_needs_a_model(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv(f"{PREFIX}OUTPUT", str(tmp_path))
    assert cli.main(["predict", "rows.csv"]) == 2
    assert "no pushed model" in capfd.readouterr().err
# <% if cookiecutter.images == "yes" %>


def test_images_that_are_not_there_are_told(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv(f"{PREFIX}OUTPUT", str(tmp_path))
    assert cli.main(["import-images", str(tmp_path / "mnist.npz")]) == 2
    assert "mnist.npz cannot be read" in capfd.readouterr().err
# <% endif %>
