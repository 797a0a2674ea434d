"""What a repeated run keeps; TFX reads annotations, so they are not postponed."""

import shutil
import time
from pathlib import Path
from typing import Callable, Dict, List

import pytest
from tfx.components.example_gen.component import FileBasedExampleGen
from tfx.dsl.component.experimental.annotations import (
    InputArtifact,
    OutputArtifact,
    OutputDict,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec
from tfx.dsl.components.common.importer import Importer
from tfx.dsl.components.common.resolver import Resolver
from tfx.dsl.input_resolution.strategies.latest_artifact_strategy import LatestArtifactStrategy
from tfx.types import Channel
from tfx.types.standard_artifacts import (
    Examples,
    Model,
    ModelEvaluation,
)

from << cookiecutter.package_name >>.console.errors import (
    UnexpectedError,
)
from << cookiecutter.package_name >>.pipeline import PhasedPipeline
from << cookiecutter.package_name >>.runners import pipeline_run
from << cookiecutter.package_name >>.runners.repeated_run import (
    RepeatedRun,
)
from << cookiecutter.package_name >>.settings import Settings

from .conftest import (
    RAISED,
    Push,
    blessed_pipeline,
    halfway,
    of_phases,
    versions,
)


@pytest.fixture
def process(settings: Settings) -> Callable[..., RepeatedRun]:
    """Do what each process does that works at the run `one`, or another."""
    return lambda run_id="one": RepeatedRun(settings, run_id)


class Read(BaseExecutor):
    """Writes nothing; the driver of each ExampleGen looks at the files."""

    def Do(self, input_dict: object, output_dict: object, exec_properties: object) -> None:  # noqa: N802
        """Read nothing."""


@component
def Measure(examples: InputArtifact[Examples]) -> OutputDict(width=int, notes=str):  # noqa: N802 (the function becomes a class)
    """Measure nothing."""
    return {"width": 3, "notes": "nothing is 3 wide"}


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
    process: Callable[..., RepeatedRun],
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
    process: Callable[..., RepeatedRun],
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


def test_what_is_kept_is_not_told_again(
    states: Callable[..., Dict[str, str]],
    process: Callable[..., RepeatedRun],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for run_id, state in (("one", "done"), ("two", "cached")):
        states("Read", run_id)
        run = process(run_id)
        assert run.launch("Measure") == state
        assert run.told("Measure") == ["nothing is 3 wide"]
        assert states("Fit", run_id)["Measure"] == "kept"
        assert process(run_id).told("Measure") == []
    monkeypatch.setitem(RATE, "rate", 2)
    renewed = process()
    assert renewed.renew(FITTING) == "Fit"
    assert [renewed.launch("Read"), renewed.launch("Measure")] == ["kept"] * 2
    assert renewed.told("Measure") == []


def test_what_was_pushed_and_is_gone_is_pushed_again_in_the_same_run(
    process: Callable[..., RepeatedRun],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pipeline_run, "create_pipeline", blessed_pipeline)
    run = process()
    assert [run.launch(node) for node in run.nodes] == ["done"] * 3
    assert process().renew(run.nodes) == ""
    shutil.rmtree(settings.serving / versions(settings)[0])
    again = process()
    assert again.renew(again.nodes) == "Pusher"
    assert [again.launch(node) for node in again.nodes] == ["kept", "kept", "done"]
