"""The containers of a compiled pipeline do their work, one after the other, on this computer.

No engine is at hand: this does what one would, with the project's environment in place of the
image, and a folder in place of the bucket.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from projects import call, link_environment
from testing.baking import generate
from testing.template import LINES

CONTAINERS = Path(__file__).with_name("containers.py")
# Runs the module with the arguments that a task's container has.
Container = Callable[[str, list[str]], None]
PLACEHOLDER = re.compile(r"\{\{\$\.inputs\.parameters\['(\w+)'\]\}\}")


def test_the_containers_push_a_model(template: Path, folder: Path, work: Path, line: str) -> None:
    project = generate(template, folder, orchestrator="kubeflow", tfx_version=line)
    environment = link_environment(project, LINES[line]["pythons"][-1], work)
    python = environment / "bin" / "python"
    arguments = ["--image=image", f"--root={folder / 'root'}", "--no-baseline"]
    compiled = call(
        [python, "-m", "my_pipeline", "compile", *arguments], project, {"PYTHONPATH": "src"}
    )
    assert compiled.returncode == 0, compiled.stderr
    text = (project / "output" / "pipeline.yaml").read_text(encoding="utf-8")
    spec = yaml.safe_load(re.sub("/pipeline/(schema|data)/", rf"{project}/\1/", text))
    with containers(project, python) as container:
        run(spec, {"train_steps": 150}, container)
    (pushed,) = (folder / "root" / "serving").iterdir()
    assert (pushed / "saved_model.pb").is_file()
    record = json.loads((pushed / "assets.extra" / "training.json").read_text(encoding="utf-8"))
    assert record["label"] == "species"


@contextlib.contextmanager
def containers(project: Path, python: Path) -> Iterator[Container]:
    """Give what runs a module with arguments; it asserts that it ends well."""
    variables = {**os.environ, "PYTHONPATH": str(project / "src"), "PYTHONUNBUFFERED": "1"}
    host = subprocess.Popen(
        [python, CONTAINERS],
        cwd=project,
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def container(name: str, command: list[str]) -> None:
        host.stdin.write(json.dumps(command) + "\n")
        host.stdin.flush()
        code, printed = json.loads(host.stdout.readline())
        assert code == 0, f"{name}: {printed[-5000:]}"

    with host:
        yield container
        host.stdin.close()


def run(spec: dict[str, Any], given: dict[str, Any], container: Container) -> None:
    """Run each task once those that it depends on are done."""
    parameters = spec["root"]["inputDefinitions"]["parameters"]
    values = {name: each["defaultValue"] for name, each in parameters.items()} | given
    waiting = dict(spec["root"]["dag"]["tasks"])
    outputs: dict[str, Any] = {}
    while waiting:
        name = next(
            name
            for name, task in waiting.items()
            if {*task.get("dependentTasks", [])} <= outputs.keys()
        )
        outputs[name] = run_task(spec, name, waiting.pop(name), values, outputs, container)


def run_task(
    spec: dict[str, Any],
    name: str,
    task: dict[str, Any],
    values: dict[str, Any],
    outputs: dict[str, Any],
    container: Container,
) -> dict[str, Any]:
    """Run the containers of a task; give the artifacts that it says to have written."""
    component = spec["components"][name]
    folder = Path(spec["defaultPipelineRoot"], name)
    folder.mkdir(parents=True)
    execution = {
        "inputs": {
            "parameterValues": inputs(task["inputs"]["parameters"], values),
            "artifacts": {
                key: outputs[each["taskOutputArtifact"]["producerTask"]][
                    each["taskOutputArtifact"]["outputArtifactKey"]
                ]
                for key, each in task["inputs"].get("artifacts", {}).items()
            },
        },
        "outputs": {
            "artifacts": {
                key: {
                    "artifacts": [
                        {
                            "name": f"{name}/{key}",
                            "uri": str(folder / key),
                            "type": each["artifactType"],
                        }
                    ]
                }
                for key, each in component["outputDefinitions"]["artifacts"].items()
            }
            if "outputDefinitions" in component
            else {},
            "outputFile": str(folder / "executor_output.json"),
        },
    }
    executor = spec["deploymentSpec"]["executors"][component["executorLabel"]]["container"]
    hook = executor.get("lifecycle", {}).get("preCacheCheck")
    for described in [hook, executor] if hook else [executor]:
        python, option, module = described["command"]
        assert (python, option) == ("python", "-m")
        arguments = [
            json.dumps(execution) if each == "{{$}}" else each for each in described["args"]
        ]
        container(name, [module, *arguments])
        written = json.loads((folder / "executor_output.json").read_text(encoding="utf-8"))
        for key, artifacts in written.get("artifacts", {}).items():
            for before, after in zip(
                execution["outputs"]["artifacts"][key]["artifacts"],
                artifacts["artifacts"],
                strict=True,
            ):
                before.update(after)
    return execution["outputs"]["artifacts"]


def inputs(given: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Put the values of the pipeline's parameters into those of a task."""
    found = {
        name: values[each["componentInputParameter"]]
        if "componentInputParameter" in each
        else each["runtimeValue"]["constant"]
        for name, each in given.items()
    }
    return {
        name: PLACEHOLDER.sub(lambda match: str(found[match[1]]), value)
        if isinstance(value, str)
        else value
        for name, value in found.items()
    }
