from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from << cookiecutter.package_name >>.settings import Settings

PREFIX = Settings.model_config["env_prefix"]


def test_the_environment_overrides_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}TRAIN_STEPS", "7")
    monkeypatch.setenv(f"{PREFIX}HIDDEN_UNITS", "[3, 2]")
    assert Settings().train_steps == 7
    assert Settings().hidden_units == (3, 2)
    assert Settings(train_steps=8).train_steps == 8


def test_a_setting_cannot_be_changed_later() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().train_steps = 1


def test_an_impossible_value_is_refused() -> None:
    with pytest.raises(ValidationError, match="batch_size"):
        Settings(batch_size=0)


def test_a_relative_output_is_below_the_working_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings(output="../other").output == tmp_path.parent / "other"


def test_everything_is_written_below_the_output(tmp_path: Path) -> None:
    settings = Settings(output=tmp_path)
    places = [settings.metadata, settings.run_lock, settings.artifacts, settings.serving]
    places += [settings.metadata_lock, settings.logs]
    assert {place.parent for place in places} == {tmp_path}


def test_the_trainer_is_told_what_decides_the_model_alone() -> None:
    told = Settings(threshold=0.5, slices=("kind",)).custom_config
    assert told == Settings().custom_config
    assert told["hyperparameters"] == Settings().hyperparameters
    assert Settings(learning_rate=0.5).custom_config != told
    assert Settings(logical_cpus=told["logical_cpus"] + 1).custom_config != told


@pytest.mark.parametrize("split", ["", "rows", "column:", "newest", "Column:x", "content:x"])
def test_a_split_is_of_four_kinds(split: str) -> None:
    assert Settings(split="newest:day of\nrecord").split == "newest:day of\nrecord"
    with pytest.raises(ValidationError, match="content, row, column:NAME or newest:NAME"):
        Settings(split=split)


@pytest.mark.parametrize(
    ("name", "value"),
    [("train_steps", True), ("threshold", True), ("seed", False), ("hidden_units", [True, 8])],
)
def test_truth_values_are_no_numbers(name: str, value: object) -> None:
    with pytest.raises(ValidationError, match="should not be yes, no, on, off, true or false"):
        Settings(**{name: value})
    assert Settings(parallel=True).parallel
