from __future__ import annotations

from pathlib import Path

import pytest
import tensorflow as tf

from << cookiecutter.package_name >>.features.preprocessing import (
    Preprocessor,
)
from << cookiecutter.package_name >>.training import training_record

COURSE = training_record.Course(90, 10, 32, 300, 5, steps=250, best_step=175, best={"loss": 0.5})


@pytest.fixture
def written(tmp_path: Path, preprocessor: Preprocessor) -> Path:
    strategy = tf.distribute.OneDeviceStrategy("/cpu:0")
    rule = "row"
    training_record.write(str(tmp_path), preprocessor, strategy, {"maker": 0.25}, rule, COURSE)
    return tmp_path


def test_what_is_written_is_read(written: Path) -> None:
    record = training_record.read(written)
    assert record["label"] == "kind"
    assert record["classes"] == ["ball", "car", "doll"]
    assert record["shapes"]["hour"] == [2]
    assert record["strategy"] == "OneDeviceStrategy"
    assert record["replicas"] == len(record["devices"]) == 1
    assert record["unknown"] == {"maker": 0.25}
    assert record["split"] == "row"
    assert training_record.read_course(written) == COURSE
    assert training_record.read_vocabularies(written) == {"maker": ["acme", "bolt"]}


def test_keras_is_the_one_that_the_readme_names(written: Path) -> None:
    assert f"{training_record.read(written)['keras']}.".startswith("<< cookiecutter._lines[cookiecutter.tfx_version].keras >>.")


def test_another_folder_has_no_record(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        training_record.read(tmp_path)


def test_a_record_of_an_older_release_says_shapes_of_images(tmp_path: Path) -> None:
    (tmp_path / training_record.FILE).parent.mkdir()
    (tmp_path / training_record.FILE).write_text('{"images": {"picture": [2, 3, 1]}}')
    assert training_record.read(tmp_path)["shapes"] == {"picture": [2, 3, 1]}
    assert training_record.read(tmp_path)["unknown"] == {}
    assert training_record.read(tmp_path)["split"] == "content"
    assert training_record.read_course(tmp_path) is None
    assert training_record.read_vocabularies(tmp_path) == {}
