"""Toy components, and pipelines of them; TFX reads annotations, so they are not postponed."""

import time
from pathlib import Path
from typing import List

import pytest
from tfx.dsl.component.experimental.annotations import (
    InputArtifact,
    OutputArtifact,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.components.base.base_node import BaseNode
from tfx.orchestration.metadata import sqlite_metadata_connection_config
from tfx.types.standard_artifacts import (
    Model,
    ModelBlessing,
    PushedModel,
)

from << cookiecutter.package_name >>.components.pusher import (
    SAVED_MODEL,
)
from << cookiecutter.package_name >>.pipeline import PhasedPipeline
from << cookiecutter.package_name >>.runners import pipeline_run
from << cookiecutter.package_name >>.settings import Settings

# What the next attempt raises halfway.
RAISED: List[BaseException] = []


def halfway() -> None:
    """Raise what is next."""
    if RAISED:
        raise RAISED.pop()


@component
def Train(model: OutputArtifact[Model]) -> None:  # noqa: N802 (the function becomes a class)
    """Write a file of another name each time."""
    Path(model.uri, f"{time.monotonic_ns()}").touch()
    halfway()


def make_version(folder: Path) -> None:
    """Make what looks like a whole model."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SAVED_MODEL).touch()


@component
def Push(  # noqa: N802 (the function becomes a class)
    model: InputArtifact[Model], pushed: OutputArtifact[PushedModel]
) -> None:
    """Push to where a Pusher of TFX would, below the folder of the artifacts."""
    serving = Path(model.uri).parents[3] / "serving"
    version = serving / str(time.time_ns())
    make_version(version)
    halfway()
    pushed.set_string_custom_property("pushed_destination", str(version))


def of_phases(
    phases: dict[str, list[BaseNode]], settings: Settings, enable_cache: bool
) -> PhasedPipeline:
    """Make a pipeline as create_pipeline does, of other components."""
    return PhasedPipeline(
        phases,
        pipeline_name="toys",
        pipeline_root=str(settings.artifacts),
        enable_cache=enable_cache,
        metadata_connection_config=sqlite_metadata_connection_config(str(settings.metadata)),
    )


@component
def Bless(blessing: OutputArtifact[ModelBlessing]) -> None:  # noqa: N802 (as above)
    """Bless."""
    blessing.set_int_custom_property("blessed", 1)


@component
def PushBlessed(  # noqa: N802 (as above)
    model: InputArtifact[Model],
    blessing: InputArtifact[ModelBlessing],
    pushed: OutputArtifact[PushedModel],
) -> None:
    """Push, and keep a copy."""
    serving = Path(model.uri).parents[3] / "serving"
    version = serving / str(time.monotonic_ns())
    make_version(version)
    make_version(Path(pushed.uri))
    pushed.set_string_custom_property("pushed_destination", str(version))


def blessed_pipeline(settings: Settings, schema_file: Path, enable_cache: bool) -> PhasedPipeline:
    """Make a pipeline that blesses each model, and pushes it."""
    train, bless = Train(), Bless().with_id("Evaluator")
    push = PushBlessed(model=train.outputs["model"], blessing=bless.outputs["blessing"])
    return of_phases({"all": [train, bless, push.with_id("Pusher")]}, settings, enable_cache)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Make what the pipelines of these toys are run with."""
    RAISED.clear()
    monkeypatch.setattr(pipeline_run, "_split_cpu", lambda count: None)
    return Settings(output=tmp_path)


def versions(settings: Settings) -> List[str]:
    """Name what is pushed, the newest first."""
    return sorted((version.name for version in settings.serving.iterdir()), reverse=True)
