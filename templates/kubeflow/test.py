from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import yaml
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError
from google.cloud import aiplatform
from google.protobuf import json_format
from kfp.pipeline_spec.pipeline_spec_pb2 import PipelineSpec
from tfx.utils import import_utils

from << cookiecutter.package_name >> import cli
from << cookiecutter.package_name >>.features import schema
from << cookiecutter.package_name >>.pipeline import create_pipeline
from << cookiecutter.package_name >>.runners import kubeflow
from << cookiecutter.package_name >>.settings import (
    ROOT,
    SCHEMA_FILE,
    Settings,
)

IMAGE = "registry.example.com/pipeline:1"
BUCKET = "gs://bucket/folder"
ENDPOINT = "https://kubeflow.example.com/pipeline"
PREFIX = Settings.model_config["env_prefix"]
# The environment of Kubeflow's client has none of these.
SUBMIT = f"""
import sys

for name in ("google", "pydantic", "tensorflow", "tensorflow_metadata", "tfx"):
    sys.modules[name] = None
from {cli.__name__} import main

sys.exit(main(sys.argv[1:]))
"""
RESOLVERS = {"BaselineResolver-model-blessing-resolver", "BaselineResolver-model-resolver"}


@pytest.fixture(autouse=True)
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let logs, and what else a run writes, go to a folder of the test's own."""
    folder = tmp_path / "output"
    monkeypatch.setenv(f"{PREFIX}OUTPUT", str(folder))
    monkeypatch.setattr(schema, "has_types", lambda file: True)
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Compile by the command line."""
    file = tmp_path / "specs" / "pipeline.yaml"
    arguments = [f"--image={IMAGE}", f"--root={BUCKET}/", f"--spec={file}"]
    assert cli.main(["compile", *arguments, "--data-folder=/pipeline/data/toys"]) == 0
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    return file


@pytest.fixture
def without_baseline(tmp_path: Path) -> Path:
    """Compile for Kubeflow."""
    file = tmp_path / "kubeflow.yaml"
    arguments = [f"--image={IMAGE}", f"--root={BUCKET}", f"--spec={file}", "--no-baseline"]
    assert cli.main(["compile", *arguments, "--data-folder=/pipeline/data/toys"]) == 0
    return file


def parse(file: Path) -> PipelineSpec:
    return json_format.ParseDict(yaml.safe_load(file.read_text("utf-8")), PipelineSpec())


def executors(spec: PipelineSpec) -> dict[str, dict[str, Any]]:
    return json_format.MessageToDict(spec.deployment_spec)["executors"]


def commands(spec: PipelineSpec) -> Iterator[list[str]]:
    """List all that is started in a container, with its arguments."""
    for executor in executors(spec).values():
        if container := executor.get("container"):
            assert container["image"] == IMAGE
            yield container["command"] + container["args"]
            if hook := container.get("lifecycle", {}).get("preCacheCheck"):
                yield hook["command"] + hook["args"]


def test_every_component_is_a_task_with_its_dependencies(without_baseline: Path) -> None:
    dag = parse(without_baseline).root.dag
    tasks = {name: set(task.dependent_tasks) for name, task in dag.tasks.items()}
    pipeline = create_pipeline(Settings(), SCHEMA_FILE)
    assert tasks == {
        each.id: {before.id for before in each.upstream_nodes} - {"BaselineResolver"}
        for each in pipeline.components
        if each.id != "BaselineResolver"
    }
    assert "baseline_model" not in dag.tasks["Evaluator"].inputs.artifacts


def test_for_vertex_the_last_blessed_model_is_found(file: Path, without_baseline: Path) -> None:
    tasks, others = parse(file).root.dag.tasks, parse(without_baseline).root.dag.tasks
    assert tasks.keys() - others.keys() == RESOLVERS
    baseline = tasks["Evaluator"].inputs.artifacts["baseline_model"].task_output_artifact
    assert baseline.producer_task in RESOLVERS


def test_the_data_and_the_steps_are_parameters(file: Path) -> None:
    spec, settings = parse(file), Settings()
    parameters = json_format.MessageToDict(spec.root.input_definitions)["parameters"]
    integer = {"parameterType": "NUMBER_INTEGER", "isOptional": True}
    assert parameters == {
        "data": {
            "parameterType": "STRING",
            "isOptional": True,
            "defaultValue": "/pipeline/data/toys",
        },
        "train_steps": {**integer, "defaultValue": settings.train_steps},
        "eval_steps": {**integer, "defaultValue": settings.eval_steps},
    }
    tasks = spec.root.dag.tasks
    (reader,) = (task for task in tasks.values() if "input_base" in task.inputs.parameters)
    assert reader.inputs.parameters["input_base"].component_input_parameter == "data"
    for arguments, steps in kubeflow.STEPS.items():
        trainer = tasks["Trainer"].inputs.parameters
        assert trainer[steps].component_input_parameter == steps
        constant = trainer[arguments].runtime_value.constant.string_value
        placeholder = f"{{{{$.inputs.parameters['{steps}']}}}}"
        assert json.loads(constant.replace(placeholder, "7")) == {"num_steps": 7}


def test_each_task_gets_what_its_component_wants(file: Path) -> None:
    spec = parse(file)
    for task in spec.root.dag.tasks.values():
        defined = spec.components[task.component_ref.name].input_definitions
        assert task.inputs.parameters.keys() == defined.parameters.keys()
        for given in task.inputs.parameters.values():
            name = given.component_input_parameter
            assert not name or name in spec.root.input_definitions.parameters


def test_caching_and_retries_are_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(f"{PREFIX}ALWAYS_RUN", '["StatisticsGen"]')
    monkeypatch.setenv(f"{PREFIX}RETRIES", '{"Trainer": 3, "Pusher": 0}')
    file = tmp_path / "pipeline.yaml"
    arguments = [f"--image={IMAGE}", f"--root={BUCKET}", f"--spec={file}", "--data-folder=/data"]
    assert cli.main(["compile", *arguments]) == 0
    tasks = parse(file).root.dag.tasks
    cached = {name for name, task in tasks.items() if task.caching_options.enable_cache}
    assert tasks.keys() - RESOLVERS - cached == {"StatisticsGen"}
    retried = {name: task.retry_policy.max_retry_count for name, task in tasks.items()}
    assert {name: count for name, count in retried.items() if count} == {"Trainer": 3}


@pytest.mark.parametrize(
    ("name", "value"),
    [("ALWAYS_RUN", '["Trainr"]'), ("RETRIES", '{"Trainr": 1}'), ("RETRIES", '{"Trainr": 0}')],
)
def test_options_of_a_component_that_is_not_there_are_refused(
    name: str,
    value: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv(f"{PREFIX}{name}", value)
    file = tmp_path / "pipeline.yaml"
    arguments = [f"--image={IMAGE}", f"--root={BUCKET}", f"--spec={file}", "--data-folder=/data"]
    assert cli.main(["compile", *arguments]) != 0
    error = capfd.readouterr().err
    assert "always_run or retries name Trainr; the components are" in error
    assert "Trainer" in error
    assert not file.exists()


def test_all_is_written_below_the_root(file: Path) -> None:
    spec = parse(file)
    assert spec.default_pipeline_root == BUCKET
    destination = spec.root.dag.tasks["Pusher"].inputs.parameters["push_destination"]
    assert f"{BUCKET}/serving" in destination.runtime_value.constant.string_value


def test_nothing_of_this_computer_is_in_the_specification(file: Path, output: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for path in (ROOT, Path.home(), output.parent):
        assert str(path) not in text
    assert "sqlite" not in text
    assert "/pipeline/schema/schema.pbtxt" in text


def test_the_dockerfile_puts_things_where_the_specification_expects_them() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert f"WORKDIR {kubeflow.WORKDIR}" in lines
    assert {"COPY schema schema", "COPY data data", "COPY src src"} <= {*lines}
    assert any(f"PYTHONPATH={kubeflow.WORKDIR}/src" in line for line in lines)
    assert any("-r requirements-kubeflow.txt" in line for line in lines)


def test_all_that_the_containers_run_can_be_imported(file: Path) -> None:
    started = list(commands(parse(file)))
    assert len(started) > len(kubeflow.STEPS)
    for python, option, module, *arguments in started:
        assert (python, option) == ("python", "-m")
        assert callable(importlib.import_module(module).main)
        if "--executor_class_path" in arguments:
            path = arguments[arguments.index("--executor_class_path") + 1]
            executor = import_utils.import_class_by_path(path)
            assert callable(executor.Do)


def test_the_functions_of_this_project_can_be_imported(file: Path) -> None:
    functions = {
        key: given.runtime_value.constant.string_value
        for task in parse(file).root.dag.tasks.values()
        for key, given in task.inputs.parameters.items()
        if key.endswith("_fn")
    }
    assert "run_fn" in functions
    for path in functions.values():
        module, _, name = path.rpartition(".")
        assert callable(getattr(importlib.import_module(module), name))


def test_vertex_accepts_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    submitted = {}
    monkeypatch.setattr(
        aiplatform.PipelineJob, "submit", lambda job, **given: submitted.update(given, job=job)
    )
    monkeypatch.setattr(aiplatform.PipelineJob, "resource_name", "projects/1/pipelineJobs/2")
    monkeypatch.setattr("google.auth.default", lambda **_: (AnonymousCredentials(), "project"))
    arguments = ["--to=vertex", f"--spec={file}", "--region=europe-west4"]
    assert cli.main(["submit", *arguments, "--parameter=train_steps=7", "--project=p"]) == 0
    job = submitted.pop("job").to_dict()
    assert submitted == {"service_account": None}
    assert job["runtimeConfig"]["gcsOutputDirectory"] == BUCKET
    assert job["runtimeConfig"]["parameterValues"] == {"train_steps": 7}
    sent = json_format.ParseDict(job["pipelineSpec"], PipelineSpec())
    assert sent.root == parse(file).root


def test_kubeflow_gets_the_file(
    without_baseline: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = []

    class Client:
        def __init__(self, host: str) -> None:
            calls.append(host)

        def create_run_from_pipeline_package(
            self, file: str, arguments: dict[str, Any]
        ) -> SimpleNamespace:
            calls.append((file, arguments))
            return SimpleNamespace(run_id="run-1")

    kfp = ModuleType("kfp")
    kfp.Client = Client
    monkeypatch.setitem(sys.modules, "kfp", kfp)
    arguments = [f"--to={ENDPOINT}", f"--spec={without_baseline}"]
    arguments += ["--parameter=data=2024", "--parameter=train_steps=2024"]
    assert cli.main(["submit", *arguments]) == 0
    assert calls == [ENDPOINT, (str(without_baseline), {"data": "2024", "train_steps": 2024})]
    assert capsys.readouterr().out == "submitted: run-1\n"


def test_submitting_to_kubeflow_needs_nothing_but_its_client(without_baseline: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SUBMIT, "submit", f"--to={ENDPOINT}", f"--spec={without_baseline}"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("kfp is not installed here")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--image=", f"--root={BUCKET}"], "--image is empty"),
        ([f"--image={IMAGE}", "--root="], "is nothing that TensorFlow can write to"),
        ([f"--image={IMAGE}", "--root=folder"], "is nothing that TensorFlow can write to"),
        ([f"--image={IMAGE}", "--root=s3://bucket/x"], "is nothing that TensorFlow can write to"),
        ([f"--image={IMAGE}", f"--root={BUCKET}", "--spec=pipeline.txt"], "must end in .yaml"),
    ],
)
def test_what_cannot_be_compiled_is_said_and_nothing_is_written(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["compile", "--spec=pipeline.yaml", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("given", [[], [f"--image={IMAGE}"], [f"--root={BUCKET}"]])
def test_an_image_and_a_root_are_needed(
    given: list[str], capsys: pytest.CaptureFixture[str], output: Path
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["compile", *given])
    assert ended.value.code == 2
    assert "are required: --" in capsys.readouterr().err
    assert not output.exists()


def test_a_failure_leaves_the_older_file(
    file: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    before = file.read_bytes()
    monkeypatch.setenv(f"{PREFIX}PIPELINE_NAME", "No Name For Kubeflow")
    arguments = [f"--image={IMAGE}", f"--root={BUCKET}", f"--spec={file}"]
    assert cli.main(["compile", *arguments, "--data-folder=/pipeline/data/toys"]) == 1
    assert "illegal" in capfd.readouterr().err
    assert [each.read_bytes() for each in file.parent.iterdir()] == [before]


def test_data_that_the_image_lacks_need_a_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv(f"{PREFIX}DATA", str(tmp_path))
    assert cli.main(["compile", f"--image={IMAGE}", f"--root={BUCKET}"]) == 2
    assert "--data-folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--to=vertex", "--parameter=steps=1"], "data, eval_steps, train_steps"),
        (["--to=vertex", "--parameter=train_steps"], "is not NAME=VALUE"),
        (["--to=vertex", "--parameter=train_steps=many"], "=many is not a whole number from 1"),
        (["--to=vertex", "--parameter=train_steps=0"], "=0 is not a whole number from 1"),
        (["--to=vertex", "--parameter=eval_steps=2147483648"], "number from 1 to 2147483647"),
        (["--to=vertex", "--parameter=train_steps=1.5"], "=1.5 is not a whole number from 1"),
        (["--to=vertex", *2 * ["--parameter=train_steps=1"]], "train_steps is given twice"),
        (["--to=nowhere"], "neither vertex nor the URL"),
        ([f"--to={ENDPOINT}"], "--no-baseline"),
    ],
)
def test_what_cannot_be_submitted_is_said(
    file: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["submit", f"--spec={file}", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_what_the_client_objects_to_is_said(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def object_to(**_: object) -> None:
        raise DefaultCredentialsError("no credentials")

    monkeypatch.setattr(aiplatform, "PipelineJob", object_to)
    assert cli.main(["submit", f"--spec={file}", "--to=vertex"]) == 2
    assert capsys.readouterr().err == "vertex does not take it: no credentials\n"


def test_columns_are_needed(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(schema, "has_types", lambda file: False)
    file = tmp_path / "pipeline.yaml"
    assert cli.main(["compile", f"--image={IMAGE}", f"--root={BUCKET}", f"--spec={file}"]) == 2
    assert "`schema infer`" in capfd.readouterr().err
    assert not file.exists()


def test_nothing_is_submitted_before_it_is_compiled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["submit", "--to=vertex", f"--spec={tmp_path / 'none.yaml'}"]) == 2
    assert "`compile` writes it" in capsys.readouterr().err


def test_a_file_that_is_no_pipeline_is_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "pipeline.yaml"
    file.write_text("a: 1\n", encoding="utf-8")
    assert cli.main(["submit", "--to=vertex", f"--spec={file}"]) == 2
    assert f"{file} is no pipeline; `compile` writes one" in capsys.readouterr().err
