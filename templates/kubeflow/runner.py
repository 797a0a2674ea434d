"""Describes the pipeline for Vertex AI Pipelines and Kubeflow Pipelines: `compile`, `submit`.

`submit` needs neither TFX nor TensorFlow, for the client of Kubeflow Pipelines has an environment
of its own.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from .. import project
from ..console import logs
from ..console.errors import UserError, in_words
from ..console.options import logged, settings_of

if TYPE_CHECKING:
    from tfx.dsl.components.common.resolver import Resolver
    from tfx.types import BaseChannel

    from ..settings import Settings

# Where the Dockerfile puts the project.
WORKDIR = PurePosixPath("/pipeline")
# Within the project.
SPEC = Path("output", "pipeline.yaml")
# The Trainer's arguments that TFX wants as JSON, and the pipeline's parameters that are in them.
STEPS = {"train_args": "train_steps", "eval_args": "eval_steps"}


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add what this runner brings to the command line."""
    compiled = commands.add_parser("compile", help="write the pipeline for Vertex or Kubeflow")
    compiled.set_defaults(command=_compile)
    compiled.add_argument("--image", required=True, help="this project's, where it was pushed to")
    compiled.add_argument(
        "--root", required=True, metavar="URI", help="artifacts and models go there: gs://bucket/…"
    )
    compiled.add_argument(
        "--data-folder", metavar="URI", help="of the data (default: the one in the image)"
    )
    compiled.add_argument(
        "--no-baseline",
        action="store_true",
        help="do not compare with the last blessed model; Kubeflow, unlike Vertex, cannot find it",
    )
    submit = commands.add_parser("submit", help="run what compile has written")
    submit.set_defaults(command=_submit)
    submit.add_argument(
        "--to", required=True, metavar="ENGINE", help="vertex, or a Kubeflow endpoint: https://…"
    )
    submit.add_argument(
        "--parameter",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="data, train_steps or eval_steps of this run",
    )
    submit.add_argument("--project", help="for Vertex (default: the environment's)")
    submit.add_argument("--region", help="for Vertex (default: the environment's)")
    submit.add_argument("--service-account", metavar="NAME", help="for Vertex")
    for command in (compiled, submit):
        command.add_argument(
            "--spec", type=Path, metavar="FILE", help=f"(default: the project's {SPEC})"
        )


def _compile(options: argparse.Namespace) -> int:
    if not options.image.strip():
        raise UserError("--image is empty; name the project's image")
    if not re.match("(gs:/)?/[^/]", options.root):
        raise UserError(
            f"--root {options.root!r} is nothing that TensorFlow can write to; "
            "give gs://bucket/folder, or the path of a volume that all containers have"
        )
    file = _spec_file(options)
    if file.suffix not in (".yaml", ".yml"):
        raise UserError(f"--spec {file} must end in .yaml, which the engines ask for")
    settings = settings_of(options)
    data = options.data_folder or _data_in_image(settings)
    with logged(settings) as (terminal, log), in_words(log):
        import yaml

        from ..features.schema import has_types
        from ..settings import SCHEMA_FILE

        if not has_types(SCHEMA_FILE):
            raise UserError("schema/schema.pbtxt describes no columns; run `schema infer` first")
        spec = pipeline_spec(
            settings, options.image, options.root.rstrip("/"), data, not options.no_baseline
        )
        _write(file, yaml.safe_dump(spec))
        print(f"pipeline written to {logs.shown(file)}", file=terminal)
    return 0


def pipeline_spec(
    settings: Settings, image: str, root: str, data: str, baseline: bool = True
) -> dict[str, Any]:
    """Compile the pipeline to a PipelineSpec, as a dictionary.

    Args:
        settings: the knobs; the steps are only the defaults of the pipeline's parameters.
        image: runs each component.
        root: the URI of the folder that artifacts and pushed models go to.
        data: the default of the folder of the data.
        baseline: whether a model is compared with the last blessed one.
    """
    from tfx.orchestration.data_types import RuntimeParameter
    from tfx.orchestration.kubeflow.v2.kubeflow_v2_dag_runner import (
        KubeflowV2DagRunner,
        KubeflowV2DagRunnerConfig,
    )

    from ..pipeline import Place, create_pipeline

    schema = Path(WORKDIR / project.MARK)
    place = Place(
        artifacts=root,
        serving=f"{root}/serving",
        baseline=_latest_blessed_model if baseline else None,
        schema=schema,
        data=RuntimeParameter("data", str),
        train_args=RuntimeParameter("train_args", str),
        eval_args=RuntimeParameter("eval_args", str),
    )
    config = KubeflowV2DagRunnerConfig(default_image=image, use_pipeline_spec_2_1=True)
    pipeline = create_pipeline(settings, schema, place=place)
    spec = KubeflowV2DagRunner(config).run(pipeline, write_out=False)["pipelineSpec"]
    _put_steps_into_arguments(spec)
    _set_options(spec, settings)
    defaults = {
        "data": data,
        "train_steps": settings.train_steps,
        "eval_steps": settings.eval_steps,
    }
    for name, value in defaults.items():
        definition = spec["root"]["inputDefinitions"]["parameters"][name]
        definition.update(defaultValue=value, isOptional=True)
    return {**spec, "defaultPipelineRoot": root}


def _latest_blessed_model(candidate: BaseChannel) -> Resolver:
    """Find the model to compare with by one of the two strategies that Vertex has."""
    from tfx.dsl.components.common.resolver import Resolver
    from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import (
        LatestBlessedModelStrategy,
    )
    from tfx.types import Channel
    from tfx.types.standard_artifacts import Model, ModelBlessing

    return Resolver(
        strategy_class=LatestBlessedModelStrategy,
        model=Channel(type=Model),
        model_blessing=Channel(type=ModelBlessing),
    ).with_id("BaselineResolver")


def _put_steps_into_arguments(spec: dict[str, Any]) -> None:
    """Make the steps parameters of the pipeline, integers, instead of the JSON that they are in."""
    parameters = spec["root"]["inputDefinitions"]["parameters"]
    defined = spec["components"]["Trainer"]["inputDefinitions"]["parameters"]
    inputs = spec["root"]["dag"]["tasks"]["Trainer"]["inputs"]["parameters"]
    for arguments, steps in STEPS.items():
        del parameters[arguments]
        parameters[steps] = {"parameterType": "NUMBER_INTEGER"}
        defined[steps] = {"parameterType": "NUMBER_INTEGER"}
        inputs[steps] = {"componentInputParameter": steps}
        # The engine puts the value there before it starts the container.
        value = "{{$.inputs.parameters['" + steps + "']}}"
        constant = f'{{"num_steps": {value} }}'
        inputs[arguments] = {"runtimeValue": {"constant": constant}}


def _set_options(spec: dict[str, Any], settings: Settings) -> None:
    """Say which components are run each time, and how often again after a failure.

    Raises:
        UserError: the settings name a component that is not in the pipeline.
    """
    executors = spec["deploymentSpec"]["executors"]
    tasks = {
        name: task
        for name, task in spec["root"]["dag"]["tasks"].items()
        if "container" in executors[spec["components"][name]["executorLabel"]]
    }
    if unknown := {*settings.always_run, *settings.retries} - tasks.keys():
        raise UserError(
            f"always_run or retries name {', '.join(sorted(unknown))}; "
            f"the components are {', '.join(tasks)}"
        )
    for name in settings.always_run:
        tasks[name]["cachingOptions"] = {"enableCache": False}
    for name, count in settings.retries.items():
        tasks[name]["retryPolicy"] = {"maxRetryCount": count}


def _data_in_image(settings: Settings) -> str:
    folder = settings.data.parent if settings.data.is_file() else settings.data
    if not folder.is_relative_to(project.root() / "data"):
        raise UserError(f"the image does not have {folder}; say where it is by --data-folder URI")
    return str(WORKDIR / folder.relative_to(project.root()))


def _spec_file(options: argparse.Namespace) -> Path:
    return options.spec or project.root() / SPEC


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f"{file.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(file)


def _submit(options: argparse.Namespace) -> int:
    import yaml

    file = _spec_file(options)
    try:
        spec = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError(f"{file} does not exist; `compile` writes it") from error
    if not isinstance(spec, dict) or "root" not in spec:
        raise UserError(f"{file} is no pipeline; `compile` writes one")
    values = _values(options.parameter, spec["root"]["inputDefinitions"]["parameters"])
    send = _send_to_vertex if options.to == "vertex" else _send_to_kubeflow
    try:
        print(f"submitted: {send(options, spec, values)}")
    except UserError:
        raise
    except Exception as error:
        # Whatever a client cannot do, for want of credentials or of a network.
        raise UserError(f"{options.to} does not take it: {error}") from error
    return 0


def _values(given: list[str], defined: dict[str, dict[str, Any]]) -> dict[str, str | int]:
    values: dict[str, str | int] = {}
    for each in given:
        name, _, value = each.partition("=")
        if name not in defined or not value:
            names = ", ".join(sorted(defined))
            raise UserError(f"--parameter {each} is not NAME=VALUE, with a name of: {names}")
        if name in values:
            raise UserError(f"--parameter {name} is given twice")
        if defined[name]["parameterType"] == "NUMBER_INTEGER":
            # TFX takes 0 steps for any number of them, and more do not fit where it keeps them.
            if not re.fullmatch("[0-9]+", value) or not 0 < int(value) < 2**31:
                raise UserError(f"--parameter {each} is not a whole number from 1 to {2**31 - 1}")
            values[name] = int(value)
        else:
            values[name] = value
    return values


def _send_to_vertex(
    options: argparse.Namespace, spec: dict[str, Any], values: dict[str, str | int]
) -> str:
    """Submit with the credentials, and by default the project and region, of the environment."""
    from google.cloud import aiplatform

    if not spec["defaultPipelineRoot"].startswith("gs://"):
        raise UserError("Vertex writes to Cloud Storage alone; compile with --root gs://…")
    job = aiplatform.PipelineJob(
        display_name=spec["pipelineInfo"]["name"],
        template_path=str(_spec_file(options)),
        parameter_values=values,
        project=options.project,
        location=options.region,
    )
    job.submit(service_account=options.service_account)
    return job.resource_name


def _send_to_kubeflow(
    options: argparse.Namespace, spec: dict[str, Any], values: dict[str, str | int]
) -> str:
    """Submit with the credentials that the client finds in the environment."""
    if not re.match("https?://", options.to):
        raise UserError(f"--to {options.to!r} is neither vertex nor the URL of a Kubeflow endpoint")
    if any("resolver" in executor for executor in spec["deploymentSpec"]["executors"].values()):
        raise UserError("Kubeflow cannot find the last blessed model; compile with --no-baseline")
    try:
        from kfp import Client
    except ImportError as error:
        raise UserError("kfp is not installed here; see docs/kubeflow.md") from error
    run = Client(host=options.to).create_run_from_pipeline_package(
        str(_spec_file(options)), arguments=values
    )
    return run.run_id
