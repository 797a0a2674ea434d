"""Whether a node that a run has been at would be run in the same way now: by TFX's cache key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ml_metadata.proto.metadata_store_pb2 import Artifact as Record
from tfx.dsl.compiler import placeholder_utils
from tfx.orchestration import data_types_utils
from tfx.orchestration.local import runner_utils
from tfx.orchestration.portable import (
    cache_utils,
    data_types,
    inputs_utils,
    outputs_utils,
    python_driver_operator,
)
from tfx.orchestration.portable.input_resolution.exceptions import InputResolutionError
from tfx.orchestration.portable.mlmd import context_lib, execution_lib
from tfx.proto.orchestration import pipeline_pb2
from tfx.types import artifact_utils

if TYPE_CHECKING:
    from ml_metadata.proto.metadata_store_pb2 import Execution
    from tfx.orchestration.metadata import Metadata
    from tfx.proto.orchestration.local_deployment_config_pb2 import LocalDeploymentConfig
    from tfx.proto.orchestration.pipeline_pb2 import Pipeline, PipelineNode
    from tfx.types import Artifact

Artifacts = Mapping[str, Iterable["Artifact"]]


class Launch(NamedTuple):
    """What TFX launches.

    Attributes:
        node: of the pipeline.
        pipeline: of a run.
        deployment: of the pipeline.
    """

    node: PipelineNode
    pipeline: Pipeline
    deployment: LocalDeploymentConfig


def is_current(metadata: Metadata, launch: Launch, execution: Execution) -> bool:
    """Say whether an execution has what the node would be launched with now.

    Args:
        metadata: a connection that is open.
        launch: of the node, in the run of the execution.
        execution: one that succeeded, of which also the results must be there; or one that failed.
    """
    try:
        resolved = inputs_utils.resolve_input_artifacts(
            pipeline_node=launch.node, metadata_handle=metadata
        )
        if len(resolved) != 1:
            return False
        (inputs,) = resolved
        key = _key(metadata, launch, inputs) if _has_executor(launch) else None
    except InputResolutionError:
        return False
    recorded = {
        context.id
        for context in metadata.store.get_contexts_by_execution(execution.id)
        if context.type == context_lib.CONTEXT_TYPE_EXECUTION_CACHE
    }
    if not recorded <= {key}:
        return False
    if not execution_lib.is_execution_successful(execution):
        return True
    outputs = execution_lib.get_output_artifacts(metadata, execution.id)
    # Importers and Resolvers have no key; the results of the latter are its inputs.
    same = key is not None or (
        _has_parameters(execution, launch.node)
        and (not inputs or numbers(inputs) == numbers(outputs))
    )
    return same and _are_there(outputs)


def numbers(artifacts: Artifacts) -> dict[str, list[int]]:
    """Return the numbers that ML Metadata has given to artifacts, without keys that have none."""
    found = {key: [each.id for each in several] for key, several in artifacts.items()}
    return {key: several for key, several in found.items() if several}


def _has_executor(launch: Launch) -> bool:
    name = launch.node.node_info.id
    return runner_utils.extract_executor_spec(launch.deployment, name) is not None


def _has_parameters(execution: Execution, node: PipelineNode) -> bool:
    recorded = {**execution.properties, **execution.custom_properties}
    return all(
        recorded.get(name)
        == data_types_utils.set_parameter_value(pipeline_pb2.Value(), value).field_value
        for name, value in _parameters(node).items()
    )


def _parameters(node: PipelineNode) -> dict[str, Any]:
    """Return those that do not depend on inputs."""
    return data_types_utils.build_parsed_value_dict(
        inputs_utils.resolve_parameters_with_schema(node_parameters=node.parameters)
    )


def _key(metadata: Metadata, launch: Launch, inputs: Artifacts) -> int:
    """Do what TFX's launcher does before it looks into the cache; return its context's number."""
    node, pipeline, deployment = launch
    name = node.node_info.id
    executor = runner_utils.extract_executor_spec(deployment, name)
    driver = runner_utils.extract_custom_driver_spec(deployment, name)
    known: dict[str, Any] = {
        "pipeline_node": node,
        "pipeline_info": pipeline.pipeline_info,
        "pipeline_run_id": pipeline.runtime_spec.pipeline_run_id.field_value.string_value,
    }
    given = {key: list(several) for key, several in inputs.items()}
    properties = _parameters(node)
    context = placeholder_utils.ResolutionContext(
        exec_info=data_types.ExecutionInfo(
            input_dict=given,
            top_level_pipeline_run_id=pipeline.runtime_spec.top_level_pipeline_run_id,
            **known,
        ),
        executor_spec=executor,
    )
    properties.update(
        inputs_utils.resolve_dynamic_parameters(node_parameters=node.parameters, context=context)
    )
    # The number of the execution stands in paths alone, which the key leaves out.
    resolver = outputs_utils.OutputsResolver(node, pipeline.pipeline_info, pipeline.runtime_spec)
    outputs = resolver.generate_output_artifacts(execution_id=0)
    if driver:
        # It changes the properties too.
        driven = python_driver_operator.PythonDriverOperator(driver, metadata).run_driver(
            data_types.ExecutionInfo(
                input_dict=given, output_dict=outputs, exec_properties=properties, **known
            )
        )
        for key, written in driven.output_artifacts.items():
            for artifact, proto in zip(outputs[key], written.artifacts):
                artifact.set_mlmd_artifact(proto)
        for key, value in driven.exec_properties.items():
            properties[key] = getattr(value, value.WhichOneof("value"))
    return cache_utils.get_cache_context(
        metadata_handle=metadata,
        pipeline_node=node,
        pipeline_info=pipeline.pipeline_info,
        executor_spec=executor,
        input_artifacts=inputs,
        output_artifacts=outputs,
        parameters=properties,
    ).id


def _are_there(outputs: Artifacts) -> bool:
    artifacts = [each for several in outputs.values() for each in several]
    if any(each.mlmd_artifact.state != Record.LIVE for each in artifacts):
        return False
    try:
        artifact_utils.verify_artifacts(artifacts)
    except RuntimeError:
        return False
    return True
