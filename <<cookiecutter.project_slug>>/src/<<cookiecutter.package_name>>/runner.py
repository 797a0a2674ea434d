"""Runs the pipeline in this process, one component after the other."""

from __future__ import annotations

import datetime
import hashlib
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf
import tensorflow_model_analysis as tfma
from ml_metadata.proto.metadata_store_pb2 import Execution
from tensorflow_model_analysis.proto.validation_result_pb2 import ValidationFailure
from tfx.dsl.compiler import compiler, constants
from tfx.orchestration.local import runner_utils
from tfx.orchestration.metadata import Metadata
from tfx.orchestration.portable import launcher, runtime_parameter_utils
from tfx.orchestration.portable.mlmd import execution_lib
from tfx.types import Artifact

from .columns import SCHEMA_FILE
from .errors import UserError
from .pipeline import create_pipeline
from .settings import Settings

Outputs = dict[str, list[Artifact]]


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        metric: the metric's value on the whole evaluation split.
        blessed: whether the Evaluator found the model good enough.
        objections: what kept the model from its blessing, a sentence each.
        pushed_to: where the Pusher put the model, if it did.
    """

    metric: float
    blessed: bool
    objections: list[str]
    pushed_to: Path | None


def run(
    settings: Settings,
    on_start: Callable[[str], None],
    on_end: Callable[[str, float], None],
    enable_cache: bool = True,
) -> Outcome:
    """Run all components, then read from ML Metadata what became of the model.

    Args:
        settings: the knobs.
        on_start: is told the name of each component as it starts.
        on_end: is told its state (done, cached or failed), and the seconds that it took.
        enable_cache: whether a component whose inputs are unchanged is skipped.

    Raises:
        UserError: a component failed; the message says which and why, and what ran before
            it is kept.
    """
    _split_cpu(settings.logical_cpus)
    pipeline = create_pipeline(settings, _store_schema(settings.artifacts), enable_cache)
    ir = compiler.Compiler().compile(pipeline)
    runtime_parameter_utils.substitute_runtime_parameter(
        ir, {constants.PIPELINE_RUN_ID_PARAMETER_NAME: datetime.datetime.now().isoformat()}
    )
    deployment = runner_utils.extract_local_deployment_config(ir)
    outputs: dict[str, Outputs] = {}
    for node in ir.nodes:
        name = node.pipeline_node.node_info.id
        on_start(name)
        started = time.monotonic()
        try:
            execution = launcher.Launcher(
                pipeline_node=node.pipeline_node,
                mlmd_connection=Metadata(pipeline.metadata_connection_config),
                pipeline_info=ir.pipeline_info,
                pipeline_runtime_spec=ir.runtime_spec,
                executor_spec=runner_utils.extract_executor_spec(deployment, name),
                custom_driver_spec=runner_utils.extract_custom_driver_spec(deployment, name),
            ).launch()
        except Exception as error:
            on_end("failed", time.monotonic() - started)
            raise UserError(f"{name} failed: {_reason(error)}") from error
        with Metadata(pipeline.metadata_connection_config) as metadata:
            (recorded,) = metadata.store.get_executions_by_id([execution.execution_id])
            outputs[name] = execution_lib.get_output_artifacts(metadata, execution.execution_id)
        cached = recorded.last_known_state == Execution.CACHED
        on_end("cached" if cached else "done", time.monotonic() - started)
    return _outcome(settings, outputs)


def _split_cpu(count: int) -> None:
    """Make logical CPU devices, before TensorFlow starts to use the one that there is."""
    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration()] * count
    )


def _store_schema(artifacts: Path) -> Path:
    """Copy the schema to a path that changes with its content.

    TFX's cache knows the file that ImportSchemaGen reads by its path alone.
    """
    digest = hashlib.sha256(SCHEMA_FILE.read_bytes()).hexdigest()[:16]
    stored = artifacts / "schema" / digest / SCHEMA_FILE.name
    stored.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(SCHEMA_FILE, stored))


def _reason(error: Exception) -> str:
    if isinstance(error, UserError):
        # Beam adds the transform in which it was raised.
        return str(error).partition(" [while running ")[0]
    return f"{type(error).__name__}: {error}"


def _objection(failure: ValidationFailure) -> str:
    name, value = failure.metric_key.name, failure.metric_value.double_value.value
    if failure.metric_key.is_diff:
        return (
            f"{name} differs by {value:+.4f} from that of the last blessed model (if that one had "
            "other data to learn from, start over with an --output of its own)"
        )
    return f"{name} is {value:.4f}"


def _outcome(settings: Settings, outputs: dict[str, Outputs]) -> Outcome:
    (evaluation,) = outputs["Evaluator"]["evaluation"]
    (blessing,) = outputs["Evaluator"]["blessing"]
    (pushed,) = outputs["Pusher"]["pushed_model"]
    overall = tfma.load_eval_result(evaluation.uri).get_metrics_for_slice(())
    validation = tfma.load_validation_result(evaluation.uri)
    return Outcome(
        metric=overall[settings.metric]["doubleValue"],
        blessed=bool(blessing.get_int_custom_property("blessed")),
        objections=[
            _objection(failure)
            for by_slice in validation.metric_validations_per_slice
            for failure in by_slice.failures
        ],
        pushed_to=(
            Path(pushed.get_string_custom_property("pushed_destination"))
            if pushed.get_int_custom_property("pushed")
            else None
        ),
    )
