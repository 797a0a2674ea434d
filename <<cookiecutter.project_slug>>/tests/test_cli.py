from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from << cookiecutter.package_name >> import cli
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
    assert cli.main(["run", "--train-steps", "many"]) == 1
    assert "train_steps=many" in capsys.readouterr().err


def test_what_is_no_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv(f"{PREFIX}TRAIN_STEP", "1")
    monkeypatch.setenv(f"{PREFIX}METADATA_PASSWORD", "secret")
    monkeypatch.setenv(f"{PREFIX}OUTPUT", str(tmp_path))
    assert cli.main(["predict", "rows.csv"]) == 1
    ignored, _ = capfd.readouterr().err.splitlines()
    assert ignored == f"{PREFIX}TRAIN_STEP is ignored: settings.py has no such setting"
    file = tmp_path / "dataset.yaml"
    file.write_text("train_step: 1\n", encoding="utf-8")
    monkeypatch.setitem(Settings.model_config, "yaml_file", file)
    assert cli.main(["predict", "rows.csv"]) == 1
    _, refused = capfd.readouterr().err.splitlines()
    assert refused == (
        "schema/dataset.yaml: train_step is no setting of settings.py; remove it there"
    )


def test_an_unknown_option_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["run", "--steps", "1"])
    assert ended.value.code == 2
    assert "--steps" in capsys.readouterr().err


def test_without_data_nothing_runs(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv(f"{PREFIX}DATA", str(tmp_path))
    assert cli.main(["run", "--output", str(tmp_path / "output")]) == 1
    assert f"no *.csv file in {tmp_path}" in capfd.readouterr().err
    assert not (tmp_path / "output" / "artifacts").exists()


@pytest.mark.parametrize("name", ["my [p]", "what?", "a*", "{SPAN}"])
def test_a_path_that_tfx_takes_for_a_pattern_is_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    output = tmp_path / name
    assert cli.main(["run", "--output", str(output)]) == 1
    assert f"in {output} for a pattern: move the project, or" in capsys.readouterr().err
    assert not output.exists()


def test_predicting_needs_a_model(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv(f"{PREFIX}OUTPUT", str(tmp_path))
    assert cli.main(["predict", "rows.csv"]) == 1
    assert "no pushed model" in capfd.readouterr().err
# <% if cookiecutter.images == "yes" %>


def test_images_that_are_not_there_are_told(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv(f"{PREFIX}OUTPUT", str(tmp_path))
    assert cli.main(["import-images", str(tmp_path / "mnist.npz")]) == 1
    assert "mnist.npz cannot be read" in capfd.readouterr().err
# <% endif %>
