from __future__ import annotations

from pathlib import Path

import pytest
import tensorflow as tf

from << cookiecutter.package_name >>.training import training_record

pytestmark = pytest.mark.usefixtures("toys")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    training_record.write(str(tmp_path), tf.distribute.OneDeviceStrategy("/cpu:0"))
    record = training_record.read(tmp_path)
    assert record["label"] == "kind"
    assert record["classes"] == ["ball", "car", "doll"]
    assert record["strategy"] == "OneDeviceStrategy"
    assert record["replicas"] == len(record["devices"]) == 1


def test_keras_is_the_one_that_the_readme_names(tmp_path: Path) -> None:
    training_record.write(str(tmp_path), tf.distribute.OneDeviceStrategy("/cpu:0"))
    assert f"{training_record.read(tmp_path)['keras']}.".startswith("<< cookiecutter._lines[cookiecutter.tfx_version].keras >>.")


def test_another_folder_has_no_record(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        training_record.read(tmp_path)
