from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from << cookiecutter.package_name >>.components import fingerprint


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    copy = Path(shutil.copytree(fingerprint.PACKAGE, tmp_path / "package"))
    monkeypatch.setattr(fingerprint, "PACKAGE", copy)
    return copy


def edit(file: Path) -> None:
    file.write_text(file.read_text(encoding="utf-8") + "\nEDITED = True\n", encoding="utf-8")


@pytest.mark.parametrize(
    "file",
    ["__init__.py", "training/model.py", "features/treatments.py", "keras_home/keras.json"],
)
def test_an_edit_of_what_the_trainer_runs_on_changes_it(package: Path, file: str) -> None:
    before = fingerprint.fingerprint("training.trainer")
    edit(package / file)
    assert fingerprint.fingerprint("training.trainer") != before


@pytest.mark.parametrize("module", ["cli", "pipeline", "serving.prediction"])
def test_an_edit_elsewhere_does_not(package: Path, module: str) -> None:
    before = fingerprint.fingerprint("training.trainer")
    edit(package / f"{module.replace('.', '/')}.py")
    assert fingerprint.fingerprint("training.trainer") == before


def test_an_edit_of_the_schema_changes_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = fingerprint.fingerprint("training.trainer")
    schema = Path(shutil.copy(fingerprint.SCHEMA_FILE, tmp_path))
    monkeypatch.setattr(fingerprint, "SCHEMA_FILE", schema)
    assert fingerprint.fingerprint("training.trainer") == before
    schema.write_text("# edited\n", encoding="utf-8")
    assert fingerprint.fingerprint("training.trainer") != before
