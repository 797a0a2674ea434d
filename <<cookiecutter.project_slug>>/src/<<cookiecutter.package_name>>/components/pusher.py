"""The component that pushes a model: as a whole, or not at all."""

from __future__ import annotations

import os
import posixpath
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfx.components.pusher import component, executor
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec
from tfx.dsl.io import fileio
from tfx.proto import pusher_pb2
from tfx.utils import io_utils, proto_utils

if TYPE_CHECKING:
    from tfx.types import Artifact

SAVED_MODEL = "saved_model.pb"
# What a push that was killed has left in a bucket may be told from one that goes on by its age.
STALE = 24 * 60 * 60  # seconds


class Executor(executor.Executor):
    """TFX's Pusher lets a server see a version that is still being copied, and leaves halves."""

    def Do(  # noqa: N802 (TFX calls it so)
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Push the model to a new version, if it is blessed, and keep a copy."""
        (pushed,) = output_dict["pushed_model"]
        if not self.CheckBlessing(input_dict):
            self._MarkNotPushed(pushed)
            return
        destination = pusher_pb2.PushDestination()
        proto_utils.json_to_proto(exec_properties["push_destination"], destination)
        model = self.GetModelPath(input_dict)
        io_utils.copy_dir(model, pushed.uri)
        version = push(model, destination.filesystem.base_directory)
        self._MarkPushed(pushed, version, posixpath.basename(version))


class Pusher(component.Pusher):
    """TFX's component, with the executor above."""

    EXECUTOR_SPEC = ExecutorClassSpec(Executor)


def push(model: str, serving: str) -> str:
    """Copy a model to a new version, which nobody sees before it is whole.

    Versions are seconds since 1970, and each is higher than all before, whatever the clock says.

    Args:
        model: the folder of a SavedModel.
        serving: that of the versions. In a bucket nothing can be renamed at once, so the file that
            makes a folder a SavedModel comes last there.

    Returns:
        The folder of the version.
    """
    fileio.makedirs(serving)
    names = [name.rstrip("/") for name in fileio.listdir(serving)]
    versions = [int(name) for name in names if name.isdecimal()]
    version = str(max([int(time.time()), *(number + 1 for number in versions)]))
    if "://" not in serving:
        return _push_to_folder(model, Path(serving), version)
    for number in versions:
        _remove_half(f"{serving}/{number}", number)
    return _push_to_bucket(model, f"{serving}/{version}")


def remove_partial(serving: Path) -> None:
    """Remove what pushes have left that did not come to their end."""
    for partial in serving.glob(".*.partial"):
        shutil.rmtree(partial)


def _push_to_folder(model: str, serving: Path, version: str) -> str:
    partial = serving / f".{version}.partial"
    try:
        io_utils.copy_dir(model, str(partial))
        for file in partial.rglob("*"):
            if file.is_file():
                _write_through(file)
        return str(partial.rename(serving / version))
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _write_through(file: Path) -> None:
    """Write to the disk, now: some file systems tell only then that it is full."""
    with file.open("rb") as content:
        os.fsync(content.fileno())


def _push_to_bucket(model: str, target: str) -> str:
    try:
        io_utils.copy_dir(model, target, deny_regex_patterns=[rf"/{SAVED_MODEL}$"])
        fileio.copy(f"{model}/{SAVED_MODEL}", f"{target}/{SAVED_MODEL}")
    except BaseException:
        if fileio.exists(target):
            fileio.rmtree(target)
        raise
    return target


def _remove_half(target: str, started: int) -> None:
    if started < time.time() - STALE and not fileio.exists(f"{target}/{SAVED_MODEL}"):
        fileio.rmtree(target)
