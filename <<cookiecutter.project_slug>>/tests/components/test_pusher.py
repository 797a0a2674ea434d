from __future__ import annotations

import os
import posixpath
import time
from pathlib import Path

import pytest
import tensorflow as tf
from tfx.proto import pusher_pb2
from tfx.types.standard_artifacts import Model, ModelBlessing, PushedModel
from tfx.utils import io_utils, path_utils, proto_utils

from << cookiecutter.package_name >>.components import pusher


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "variables").mkdir(parents=True)
    for name in ("variables/variables.index", "fingerprint.pb", pusher.SAVED_MODEL):
        (folder / name).write_text(name, encoding="utf-8")
    return folder


def files(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def write(file: str) -> None:
    tf.io.gfile.makedirs(posixpath.dirname(file))
    with tf.io.gfile.GFile(file, "w") as content:
        content.write("half")


def fail_at(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let the disk be full when a file is copied."""
    copy = io_utils.fileio.copy

    def full(source: str, target: str, overwrite: bool = False) -> None:
        if Path(source).name == name:
            write(target)
            raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")
        copy(source, target, overwrite)

    monkeypatch.setattr(io_utils.fileio, "copy", full)


def test_a_version_is_the_whole_model(model: Path, tmp_path: Path) -> None:
    version = Path(pusher.push(str(model), str(tmp_path / "serving")))
    assert abs(int(version.name) - time.time()) < 60
    assert files(version) == files(model)
    assert [each.name for each in version.parent.iterdir()] == [version.name]


def test_each_version_is_higher_than_all_before(model: Path, tmp_path: Path) -> None:
    serving = tmp_path / "serving"
    ahead = int(time.time()) + 1000
    (serving / str(ahead)).mkdir(parents=True)
    versions = [Path(pusher.push(str(model), str(serving))).name for _ in range(2)]
    assert versions == [str(ahead + 1), str(ahead + 2)]


@pytest.mark.parametrize("name", ["variables.index", "fingerprint.pb", pusher.SAVED_MODEL])
def test_a_push_that_fails_leaves_nothing(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    fail_at(monkeypatch, name)
    with pytest.raises(tf.errors.ResourceExhaustedError):
        pusher.push(str(model), str(tmp_path / "serving"))
    assert [*(tmp_path / "serving").iterdir()] == []
    monkeypatch.undo()
    assert files(Path(pusher.push(str(model), str(tmp_path / "serving")))) == files(model)


def test_a_push_that_was_killed_leaves_what_no_server_takes_for_a_version(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(partial: Path, target: Path) -> None:
        os._exit(1)

    serving = tmp_path / "serving"
    monkeypatch.setattr(Path, "rename", kill)
    if not (child := os.fork()):
        pusher.push(str(model), str(serving))
    os.waitpid(child, 0)
    (left,) = serving.iterdir()
    assert not left.name.isdecimal()
    pusher.remove_partial(serving)
    assert [*serving.iterdir()] == []


@pytest.fixture
def bucket() -> str:
    """Name a folder in a file system that has no names that end in a folder's alone."""
    return f"ram://pushed-{time.monotonic_ns()}/serving"


def test_in_a_bucket_what_makes_it_a_model_comes_last(
    model: Path, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    copy = io_utils.fileio.copy

    def note(source: str, target: str, overwrite: bool = False) -> None:
        copied.append(Path(source).name)
        copy(source, target, overwrite)

    monkeypatch.setattr(io_utils.fileio, "copy", note)
    version = pusher.push(str(model), bucket)
    assert sorted(copied) == sorted(Path(file).name for file in files(model))
    assert copied[-1] == pusher.SAVED_MODEL
    assert tf.io.gfile.exists(f"{version}/{pusher.SAVED_MODEL}")


def test_in_a_bucket_no_half_stays(
    model: Path, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed, going_on = "1600000000", str(int(time.time()) - 60)
    for version in (killed, going_on):
        write(f"{bucket}/{version}/fingerprint.pb")
    fail_at(monkeypatch, "fingerprint.pb")
    with pytest.raises(tf.errors.ResourceExhaustedError):
        pusher.push(str(model), bucket)
    assert tf.io.gfile.listdir(bucket) == [going_on]


def execute(folder: Path, model: Path, blessed: int) -> PushedModel:
    """Run the executor as TFX does."""
    trained, blessing, pushed = Model(), ModelBlessing(), PushedModel()
    trained.uri, blessing.uri, pushed.uri = (str(folder / name) for name in "abc")
    serving_model = Path(path_utils.serving_model_path(trained.uri))
    serving_model.parent.mkdir(parents=True)
    model.rename(serving_model)
    blessing.set_int_custom_property("blessed", blessed)
    destination = pusher_pb2.PushDestination(
        filesystem=pusher_pb2.PushDestination.Filesystem(base_directory=str(folder / "serving"))
    )
    pusher.Executor().Do(
        {"model": [trained], "model_blessing": [blessing]},
        {"pushed_model": [pushed]},
        {"push_destination": proto_utils.proto_to_json(destination)},
    )
    return pushed


def test_a_blessed_model_is_pushed_and_kept(tmp_path: Path, model: Path) -> None:
    expected = files(model)
    pushed = execute(tmp_path, model, blessed=1)
    destination = Path(pushed.get_string_custom_property("pushed_destination"))
    assert pushed.get_int_custom_property("pushed") == 1
    assert pushed.get_string_custom_property("pushed_version") == destination.name
    assert destination.parent == tmp_path / "serving"
    assert files(destination) == files(Path(pushed.uri)) == expected


def test_another_model_is_not_pushed(tmp_path: Path, model: Path) -> None:
    pushed = execute(tmp_path, model, blessed=0)
    assert pushed.get_int_custom_property("pushed") == 0
    assert not (tmp_path / "serving").exists()
