"""The nodes of a toy pipeline, in one run; TFX reads annotations, so they are not postponed."""

import errno
import os
import shutil
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Callable, Dict, List

import pytest
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.proto.validation_result_pb2 import ValidationResult
from tfx.components.example_gen.component import FileBasedExampleGen
from tfx.dsl.component.experimental.annotations import (
    InputArtifact,
    OutputArtifact,
    OutputDict,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.dsl.components.base.base_node import BaseNode
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec
from tfx.dsl.components.common.importer import Importer
from tfx.dsl.components.common.resolver import Resolver, ResolverStrategy
from tfx.dsl.input_resolution.strategies.latest_artifact_strategy import LatestArtifactStrategy
from tfx.orchestration.metadata import sqlite_metadata_connection_config
from tfx.types import Channel
from tfx.types.standard_artifacts import (
    Examples,
    Model,
    ModelBlessing,
    ModelEvaluation,
    PushedModel,
)

from << cookiecutter.package_name >>.components.data_gate import Result
from << cookiecutter.package_name >>.components.pusher import (
    SAVED_MODEL,
)
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

# What the next attempt raises halfway.
RAISED: List[BaseException] = []


def halfway() -> None:
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
    version = serving / str(int(time.time()))
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
def settings(tmp_path: Path) -> Settings:
    RAISED.clear()
    return Settings(output=tmp_path)


@pytest.fixture
def process(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> Callable[..., pipeline_run.PipelineRun]:
    """Do what each process does that works at the run `one`, or another."""
    monkeypatch.setattr(pipeline_run, "_split_cpu", lambda count: None)
    monkeypatch.setattr(pipeline_run, "create_pipeline", toy_pipeline)
    return lambda run_id="one": pipeline_run.PipelineRun(settings, run_id)


def written(settings: Settings) -> List[str]:
    return [file.name for file in settings.artifacts.glob("Train/model/*/*")]


def versions(settings: Settings) -> List[str]:
    return sorted((version.name for version in settings.serving.iterdir()), reverse=True)


def test_processes_share_a_run(process: Callable[..., pipeline_run.PipelineRun]) -> None:
    assert process().launch("Train") == "done"
    assert not process().is_done("Pusher")
    assert process().launch("Pusher") == "done"
    assert process().is_done("Pusher")
    assert not process("two").is_done("Pusher")
    assert process("two").launch("Train") == "cached"


def test_what_is_done_is_not_done_again(
    process: Callable[..., pipeline_run.PipelineRun], settings: Settings
) -> None:
    process().launch("Train")
    before = written(settings)
    run = process()
    assert run.renew(run.nodes) == ""
    assert run.launch("Train") == "kept"
    assert written(settings) == before


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
    time.sleep(1)
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
    time.sleep(1)
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
    train, bless = Train(), Bless().with_id("Evaluator")
    push = PushBlessed(model=train.outputs["model"], blessing=bless.outputs["blessing"])
    return of_phases({"all": [train, bless, push.with_id("Pusher")]}, settings, enable_cache)


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
    assert process("eight").renew(FITTING) == ""
    shutil.rmtree(settings.serving / versions(settings)[0])
    again = process("eight")
    assert again.renew(FITTING) == "Pusher"
    assert [again.launch(node) for node in again.nodes] == ["kept", "kept", "done"]


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


class Read(BaseExecutor):
    """Writes nothing; the driver of each ExampleGen looks at the files."""

    def Do(self, input_dict: object, output_dict: object, exec_properties: object) -> None:  # noqa: N802
        """Read nothing."""


@component
def Measure(examples: InputArtifact[Examples]) -> OutputDict(width=int):  # noqa: N802 (as above)
    """Measure nothing."""
    return {"width": 3}


@component
def Fit(  # noqa: N802 (the function becomes a class)
    examples: InputArtifact[Examples],
    width: Parameter[int],
    rate: Parameter[int],
    model: OutputArtifact[Model],
) -> None:
    """Write a file of another name each time."""
    Path(model.uri, f"{time.monotonic_ns()}").touch()
    halfway()


@component
def Compare(  # noqa: N802 (the function becomes a class)
    model: InputArtifact[Model],
    baseline: InputArtifact[Model],
    evaluation: OutputArtifact[ModelEvaluation],
) -> None:
    """Compare nothing."""


RATE = {"rate": 1}


def fitting_pipeline(settings: Settings, schema_file: Path, enable_cache: bool) -> PhasedPipeline:
    read = FileBasedExampleGen(
        input_base=str(settings.output / "data"), custom_executor_spec=ExecutorClassSpec(Read)
    ).with_id("Read")
    measure = Measure(examples=read.outputs["examples"])
    width = measure.outputs["width"].future()[0].value
    fit = Fit(examples=read.outputs["examples"], width=width, rate=RATE["rate"])
    newest = Resolver(strategy_class=LatestArtifactStrategy, model=Channel(type=Model))
    newest = newest.with_id("Newest")
    newest.add_upstream_node(fit)
    compare = Compare(model=fit.outputs["model"], baseline=newest.outputs["model"])
    push = Push(model=fit.outputs["model"]).with_id("Pusher")
    push.add_upstream_node(compare)
    return of_phases({"all": [read, measure, fit, newest, compare, push]}, settings, enable_cache)


FITTING = ("Read", "Measure", "Fit", "Newest", "Compare", "Pusher")


@pytest.fixture
def states(
    process: Callable[..., pipeline_run.PipelineRun],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Dict[str, str]]:
    """Do what a task does: what has changed, by `renew`, and the state of each node up to one."""
    monkeypatch.setattr(pipeline_run, "create_pipeline", fitting_pipeline)
    monkeypatch.setitem(RATE, "rate", 1)
    (settings.output / "data").mkdir()
    (settings.output / "data" / "first").write_text("1")

    def task(last: str = "Pusher", run_id: str = "one") -> Dict[str, str]:
        names = FITTING[: FITTING.index(last) + 1]
        run = process(run_id)
        changed = run.renew(names)
        return {"changed": changed, **{name: run.launch(name) for name in names}}

    return task


def of(changed: str, *each: str) -> Dict[str, str]:
    return {"changed": changed, **dict(zip(FITTING, each))}


def models(settings: Settings) -> List[str]:
    return sorted(folder.name for folder in settings.artifacts.glob("Fit/model/*"))


def test_what_a_run_has_done_is_kept_while_nothing_changes(
    states: Callable[..., Dict[str, str]], settings: Settings
) -> None:
    assert states("Fit") == of("", "done", "done", "done")
    before = models(settings)
    assert states() == of("", "kept", "kept", "kept", "done", "done", "done")
    assert states() == of("", *["kept"] * 6)
    assert models(settings) == before


def test_other_data_are_read_in_the_same_run_and_all_after_them_is_done_again(
    states: Callable[..., Dict[str, str]], settings: Settings
) -> None:
    states()
    time.sleep(1)
    (settings.output / "data" / "second").write_text("2")
    assert states("Measure") == of("Read", "done", "done")
    assert states() == of("", "kept", "kept", "done", "done", "done", "done")
    assert len(models(settings)) == 2
    # Not a word of what was before comes to those after it.
    newest, older = versions(settings)
    assert newest > older
    assert states() == of("", *["kept"] * 6)


def test_what_does_not_depend_on_a_change_is_kept(
    states: Callable[..., Dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    states("Fit")
    monkeypatch.setitem(RATE, "rate", 2)
    assert states("Fit") == of("Fit", "kept", "kept", "done")
    # That first model was this run's too.
    monkeypatch.setitem(RATE, "rate", 1)
    assert states("Fit") == of("Fit", "kept", "kept", "kept")
    assert states("Fit", "two") == of("", "cached", "cached", "cached")
    assert states("Fit", "two") == of("", "kept", "kept", "kept")


def test_a_change_after_a_failure_is_not_cached_as_what_failed(
    states: Callable[..., Dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    RAISED.append(OSError("no such device"))
    with pytest.raises(UnexpectedError):
        states("Fit")
    monkeypatch.setitem(RATE, "rate", 2)
    assert states("Fit") == of("Fit", "kept", "kept", "done")
    monkeypatch.setitem(RATE, "rate", 1)
    assert states("Fit", "two") == of("", "cached", "cached", "done")


# The first of them leaves in ML Metadata what `kill -9` leaves.
@pytest.mark.parametrize("end", [KeyboardInterrupt(), OSError("no space left")])
def test_a_second_try_keeps_what_was_done_and_nothing_of_the_first_stays(
    states: Callable[..., Dict[str, str]],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    end: BaseException,
) -> None:
    RAISED.append(end)
    with pytest.raises((KeyboardInterrupt, UnexpectedError)):
        states("Fit")
    assert states("Fit") == of("", "kept", "kept", "done")
    assert len(models(settings)) == 1
    monkeypatch.setitem(RATE, "rate", 2)
    RAISED.append(end)
    with pytest.raises((KeyboardInterrupt, UnexpectedError)):
        states("Fit")
    monkeypatch.setitem(RATE, "rate", 3)
    assert states("Fit")["Fit"] == "done"
    assert len(models(settings)) == 2


def test_another_run_between_two_tasks_changes_nothing(
    states: Callable[..., Dict[str, str]], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    states("Measure")
    assert states("Pusher", "same") == of("", "cached", "cached", *["done"] * 4)
    assert states() == of("", "kept", "kept", "cached", "done", "cached", "cached")
    states("Measure", "two")
    monkeypatch.setitem(RATE, "rate", 2)
    assert states("Pusher", "other")["Fit"] == "done"
    monkeypatch.setitem(RATE, "rate", 1)
    (settings.output / "data" / "second").write_text("2")
    assert states("Fit", "two") == of("Read", "done", "done", "done")
    assert len(models(settings)) == 3


def test_a_resolver_is_asked_again(
    states: Callable[..., Dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    states("Compare")
    monkeypatch.setitem(RATE, "rate", 2)
    states("Fit", "two")
    monkeypatch.setitem(RATE, "rate", 1)
    assert states("Compare") == of("Newest", "kept", "kept", "kept", "done", "done")


def importing_pipeline(settings: Settings, schema_file: Path, enable_cache: bool) -> PhasedPipeline:
    bought = Importer(source_uri=str(settings.output / f"{RATE['rate']}"), artifact_type=Model)
    bought = bought.with_id("Bought")
    push = Push(model=bought.outputs["result"]).with_id("Pusher")
    return of_phases({"all": [bought, push]}, settings, enable_cache)


def test_an_importer_of_something_else_is_not_kept(
    process: Callable[..., pipeline_run.PipelineRun],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pipeline_run, "create_pipeline", importing_pipeline)
    monkeypatch.setitem(RATE, "rate", 1)
    for name in ("1", "2"):
        (settings.output / name).mkdir()
    process().launch("Bought")
    assert process().renew(["Bought"]) == ""
    monkeypatch.setitem(RATE, "rate", 2)
    run = process()
    assert run.renew(["Bought"]) == "Bought"
    assert run.launch("Bought") == "done"
    assert process().renew(["Bought"]) == ""


def test_results_that_are_gone_are_not_kept(
    states: Callable[..., Dict[str, str]], settings: Settings
) -> None:
    states()
    (first,) = versions(settings)
    shutil.rmtree(settings.artifacts / "Fit" / "model")
    assert states("Fit") == of("Fit", "kept", "kept", "done")
    states()
    _, again = versions(settings)
    assert again == first
