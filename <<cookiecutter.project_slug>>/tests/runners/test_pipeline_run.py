"""The nodes of toy pipelines, in one run; TFX reads annotations, so they are not postponed."""

import errno
import os
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Callable, List

import pytest
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.proto.validation_result_pb2 import ValidationResult
from tfx.dsl.component.experimental.annotations import OutputArtifact
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.components.common.resolver import Resolver, ResolverStrategy
from tfx.types.standard_artifacts import (
    ModelBlessing,
    ModelEvaluation,
    PushedModel,
)

from << cookiecutter.package_name >>.components.data_gate import Result
from << cookiecutter.package_name >>.console.errors import (
    BadDataError,
    TryAgainError,
    UnexpectedError,
    UserError,
)
from << cookiecutter.package_name >>.evaluation import (
    hurdles,
    measured,
)
from << cookiecutter.package_name >>.features.columns import Columns
from << cookiecutter.package_name >>.pipeline import PhasedPipeline
from << cookiecutter.package_name >>.runners import pipeline_run
from << cookiecutter.package_name >>.settings import (
    SCHEMA_FILE,
    Settings,
)

from .conftest import (
    RAISED,
    Push,
    Train,
    blessed_pipeline,
    make_version,
    of_phases,
    versions,
)


def toy_pipeline(settings: Settings, schema_file: Path, enable_cache: bool) -> PhasedPipeline:
    train = Train()
    push = Push(model=train.outputs["model"]).with_id("Pusher")
    return of_phases({"train": [train], "release": [push]}, settings, enable_cache)


@component
def Count() -> Result:  # noqa: N802 (the function becomes a class)
    """Count the rows of R's data set of the Titanic."""
    return {"rows": 2_201, "distinct_rows": 24, "notes": "boat gives survived away\nso does body"}


@component
def Judge(  # noqa: N802 (the function becomes a class)
    evaluation: OutputArtifact[ModelEvaluation],
    blessing: OutputArtifact[ModelBlessing],
    pushed_model: OutputArtifact[PushedModel],
) -> None:
    """Do not bless."""
    blessing.set_int_custom_property("blessed", 0)


@pytest.fixture
def process(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> Callable[..., pipeline_run.PipelineRun]:
    """Do what each process does that works at the run `one`, or another."""
    monkeypatch.setattr(pipeline_run, "create_pipeline", toy_pipeline)
    return lambda run_id="one": pipeline_run.PipelineRun(settings, run_id)


def written(settings: Settings) -> List[str]:
    return [file.name for file in settings.artifacts.glob("Train/model/*/*")]


def test_processes_share_a_run(process: Callable[..., pipeline_run.PipelineRun]) -> None:
    assert process().launch("Train") == "done"
    assert not process().is_done("Pusher")
    assert process().launch("Pusher") == "done"
    assert process().is_done("Pusher")
    assert not process("two").is_done("Pusher")
    assert process("two").launch("Train") == "cached"


def test_a_node_needs_those_before_it(
    process: Callable[..., pipeline_run.PipelineRun], settings: Settings
) -> None:
    with pytest.raises(UserError, match="run Train first") as refused:
        process().launch("Pusher")
    assert not isinstance(refused.value, UnexpectedError)
    assert not [each for each in settings.artifacts.iterdir() if each.is_dir()]


# The first of them leaves in ML Metadata what `kill -9` leaves.
@pytest.mark.parametrize("end", [KeyboardInterrupt(), OSError("no space left")])
def test_of_a_failed_attempt_nothing_stays(
    process: Callable[..., pipeline_run.PipelineRun], settings: Settings, end: BaseException
) -> None:
    RAISED.append(end)
    with pytest.raises((KeyboardInterrupt, UnexpectedError)):
        process().launch("Train")
    assert process().launch("Train") == "done"
    assert len(written(settings)) == 1


def test_a_push_that_was_killed_is_not_repeated_beside_the_first(
    process: Callable[..., pipeline_run.PipelineRun], settings: Settings
) -> None:
    make_version(settings.serving / "1600000000")
    process().launch("Train")
    RAISED.append(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        process().launch("Pusher")
    killed, older = versions(settings)
    process().launch("Pusher")
    newest, *others = versions(settings)
    assert newest > killed
    assert others == [older]


def test_a_push_that_cannot_be_recorded_is_withdrawn(
    process: Callable[..., pipeline_run.PipelineRun], settings: Settings
) -> None:
    process().launch("Train")
    RAISED.append(OSError("no such device"))
    with pytest.raises(UnexpectedError):
        process().launch("Pusher")
    assert versions(settings) == []


def test_what_another_run_has_pushed_in_between_stays(
    process: Callable[..., pipeline_run.PipelineRun], settings: Settings
) -> None:
    process().launch("Train")
    RAISED.append(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        process().launch("Pusher")
    process("two").launch("Train")
    process("two").launch("Pusher")
    newest, _ = versions(settings)
    assert process().launch("Pusher") == "cached"
    assert versions(settings) == [newest]


def test_what_an_earlier_release_has_pushed_by_halves_goes(
    process: Callable[..., pipeline_run.PipelineRun], settings: Settings
) -> None:
    for left in ("1600000000", ".1600000001.partial"):
        (settings.serving / left).mkdir(parents=True)
    make_version(settings.serving / "1600000002")
    process().launch("Train")
    process().launch("Pusher")
    _, older = versions(settings)
    assert older == "1600000002"


def test_results_of_which_nothing_is_known_are_not_mixed_with_others(
    process: Callable[..., pipeline_run.PipelineRun], settings: Settings
) -> None:
    process().launch("Train")
    settings.metadata.unlink()
    with pytest.raises(UserError, match=r"metadata\.sqlite is not there, but"):
        process("two")
    shutil.rmtree(settings.artifacts)
    assert process("two").launch("Train") == "done"


def test_what_another_execution_has_written_is_neither_written_to_nor_removed(
    process: Callable[..., pipeline_run.PipelineRun], settings: Settings
) -> None:
    started = process()
    copy = settings.metadata.read_bytes()
    # As an older copy of the database leads to, when it comes back under a run.
    process("other").launch("Train")
    before = written(settings)
    settings.metadata.write_bytes(copy)
    for _ in range(2):
        with pytest.raises(UserError, match=r"/model/1 is of another execution of this number"):
            started.launch("Train")
    assert written(settings) == before


def test_a_full_disk_is_named(
    process: Callable[..., pipeline_run.PipelineRun],
) -> None:
    RAISED.append(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    said = "Train failed: No space left on device: make room where /"
    with pytest.raises(TryAgainError, match=said):
        process().launch("Train")


def test_what_the_user_can_fix_is_told_apart(
    process: Callable[..., pipeline_run.PipelineRun],
) -> None:
    fixable = BadDataError("fix it [while running 'Beam']")
    outer = RuntimeError("of Beam")
    outer.__cause__ = fixable
    for error in (fixable, outer):
        RAISED.append(error)
        with pytest.raises(BadDataError, match=r"Train failed: fix it$"):
            process().launch("Train")
    RAISED.append(OSError("no such device"))
    with pytest.raises(UnexpectedError, match="Train failed: OSError: no such device"):
        process().launch("Train")


def test_what_was_pushed_and_is_gone_is_pushed_again(
    process: Callable[..., pipeline_run.PipelineRun],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pipeline_run, "create_pipeline", blessed_pipeline)

    def run(name: str) -> str:
        *_, pushed = [process(name).launch(node) for node in process(name).nodes]
        return pushed

    assert [run("one"), run("two")] == ["done", "cached"]
    (first,) = versions(settings)
    shutil.rmtree(settings.serving / first)
    assert [run("three"), run("four")] == ["done", "cached"]
    (again,) = versions(settings)
    assert again != first
    # As after a run with other settings, whose model would be served otherwise.
    make_version(settings.serving / str(int(again) + 1))
    assert [run("five"), run("six")] == ["done", "cached"]
    newest, *_ = versions(settings)
    (settings.serving / newest / "saved_model.pb").unlink()
    assert [run("seven"), run("eight")] == ["done", "cached"]
    assert len(versions(settings)) == 4


class Unlucky(ResolverStrategy):
    """A strategy that finds nothing."""

    def resolve_artifacts(self, store: object, input_dict: object) -> None:
        """Fail, which TFX records only."""
        raise ValueError("no such model")


def resolving_pipeline(settings: Settings, schema_file: Path, enable_cache: bool) -> PhasedPipeline:
    train = Train()
    resolver = Resolver(strategy_class=Unlucky, model=train.outputs["model"])
    return of_phases({"all": [train, resolver.with_id("Resolver")]}, settings, enable_cache)


def test_what_tfx_does_not_raise_is_told(
    process: Callable[..., pipeline_run.PipelineRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline_run, "create_pipeline", resolving_pipeline)
    process().launch("Train")
    with pytest.raises(UnexpectedError, match=r"^Resolver failed: ValueError: no such model$"):
        process().launch("Resolver")


def judged_pipeline(settings: Settings, schema_file: Path, enable_cache: bool) -> PhasedPipeline:
    names = ("DataGate", "Evaluator", "Pusher")
    components = [each().with_id(name) for each, name in zip((Count, Judge, Judge), names)]
    return of_phases({"release": components}, settings, enable_cache)


def test_the_verdict_names_copies_and_what_is_no_number(
    process: Callable[..., pipeline_run.PipelineRun],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pipeline_run, "create_pipeline", judged_pipeline)
    states = [process(run).launch(name) for run in ("one", "two") for name in process().nodes]
    assert states == ["done"] * 3 + ["cached"] * 3
    for run in ("one", "two"):
        notes = {name: process(run).told(name) for name in process().nodes}
        expected = ["boat gives survived away", "so does body"]
        assert notes == {"DataGate": expected, "Evaluator": [], "Pusher": []}
    monkeypatch.setattr(tfma, "load_validation_result", lambda uri: ValidationResult())
    first, *_ = metrics = measured(settings, Columns.read(SCHEMA_FILE))
    (hurdle,) = hurdles(metrics)
    for value, shown in ((0.25, "0.2500"), ("NaN", "is not a number:"), ("Infinity", "inf")):
        figures = {first.key: value, "example_count": 12.0}
        figures.update({f"{hurdle.key}{part}": 9.0 for part in hurdle.parts})
        overall = {key: {"doubleValue": each} for key, each in figures.items()}
        evaluated = SimpleNamespace(
            get_slice_names=lambda: [()],
            get_metrics_for_slice=lambda key, metrics=overall: metrics,
        )
        monkeypatch.setattr(tfma, "load_eval_result", lambda uri, result=evaluated: result)
        verdict = process("two").verdict()
        assert next(verdict).startswith("only 24 distinct rows in 2,201:")
        assert f"{settings.metric} {shown}" in next(verdict)
        assert "too few to judge" in next(verdict)
        with pytest.raises(UserError, match="not blessed"):
            next(verdict)
