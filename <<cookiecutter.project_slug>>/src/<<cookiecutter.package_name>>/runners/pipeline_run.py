"""What every runner shares: the pipeline of the settings, and one node of it at a time."""

from __future__ import annotations

import copy
import hashlib
import itertools
import math
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import tensorflow as tf
import tensorflow_model_analysis as tfma
from ml_metadata.proto import metadata_store_pb2
from ml_metadata.proto.metadata_store_pb2 import Execution
from tfx.dsl.compiler import compiler, constants
from tfx.orchestration.local import runner_utils
from tfx.orchestration.portable import runtime_parameter_utils
from tfx.orchestration.portable.mlmd import execution_lib
from tfx.types import Artifact
from tfx.utils import path_utils

from ..components import baseline, data_gate
from ..console.errors import NotPushedError, UnexpectedError, UserError, in_other_words
from ..console.logs import shown
from ..evaluation import hurdles, measured
from ..features.columns import Columns
from ..metrics import recorded
from ..pipeline import create_pipeline
from ..services import beam_engines, identity, metadata_store, relocation, results
from ..settings import SCHEMA_FILE, Settings
from ..training import training_record
from . import imports, pushes, verdict
from .claiming_launcher import ClaimingLauncher, claimed

Outputs = dict[str, list[Artifact]]
_successful = execution_lib.is_execution_successful


class PipelineRun:
    """The pipeline, for the run of one name: all that it knows of the run is in ML Metadata.

    Args:
        settings: the knobs.
        run_id: names the run in ML Metadata.
        enable_cache: whether a node whose inputs are unchanged is skipped.

    Raises:
        UserError: Beam's engine or the metadata store is not where the settings say, or the latter
            is not that of the results.

    Attributes:
        nodes: the names of the pipeline's nodes, each after those that it depends on; first that
            from which the way to the end is the longest.
        phases: the names of each phase's nodes.
        notes: what the user should know before it starts.
    """

    def __init__(self, settings: Settings, run_id: str, enable_cache: bool = True) -> None:
        beam_engines.require_engine(settings)
        self.notes = metadata_store.prepare(settings)
        self._schema = _stored_schema(settings.artifacts)
        pipeline = create_pipeline(settings, self._schema, enable_cache)
        imports.require_importable(pipeline.components, settings.parallel)
        self.phases = pipeline.phases
        self._compiled = compiler.Compiler().compile(pipeline)
        self._settings = settings
        self._metadata = metadata_store.LockedMetadata(settings)
        self.notes += self._find_results()
        self._begin(run_id)
        to_the_end: dict[str, int] = {}
        for name, node in reversed(self._nodes.items()):
            after = [to_the_end[each] for each in node.downstream_nodes]
            to_the_end[name] = 1 + max(after, default=0)
        self.nodes = sorted(to_the_end, key=lambda name: (-to_the_end[name], name))

    def is_done(self, name: str) -> bool:
        """Whether the run has done a node."""
        return bool(self._done(name))

    def upstream(self, name: str) -> set[str]:
        """Return the nodes that a node needs."""
        return set(self._nodes[name].upstream_nodes)

    def launch(self, name: str) -> str:
        """Run a node that the run has not done.

        Returns:
            Its state: `done`, or `cached` if an earlier run has its results.

        Raises:
            UserError: it cannot be run, or has found what the user can fix.
            UnexpectedError: it failed in another way.
        """
        _split_cpu(self._settings.logical_cpus)
        if missing := [each for each in sorted(self.upstream(name)) if not self.is_done(each)]:
            raise UserError(f"{name} needs what is not there: run {', '.join(missing)} first")
        try:
            self.clear_away(name)
            _store_schema(self._schema)
            self._execute(name)
            done = self._done(name)
            if done and not _is_cached(done):
                self._seal(done)
        except (Exception, SystemExit) as error:
            self.clear_away(name)
            places = [self._settings.output, self._settings.serving]
            told = in_other_words(error, places)
            raise told.retold(f"{name} failed: {told}") from error
        if not done:
            raise UnexpectedError(f"{name} failed: {self._reason(name)}")
        return "cached" if _is_cached(done) else "done"

    def told(self, name: str) -> list[str]:
        """Return what a node that is done has to tell.

        That is its output `notes`, line by line, and of the Trainer how the training went.
        """
        if name == "Trainer":
            (model,) = self._outputs(name)["model"]
            course = training_record.read_course(Path(path_utils.serving_model_path(model.uri)))
            return [str(course)] if course else []
        if "notes" not in self._nodes[name].outputs.outputs:
            return []
        (notes,) = self._outputs(name)["notes"]
        return notes.read().splitlines()

    def clear_away(self, name: str) -> None:
        """Remove what attempts at a node have left that are not recorded as done."""
        failed = [*itertools.filterfalse(_successful, self._executions(name))]
        for execution in failed:
            for left in claimed(self._settings.artifacts, name, execution):
                shutil.rmtree(left)
        if name == "Pusher":
            since = (execution.create_time_since_epoch // 1000 for execution in failed)
            with self._metadata as metadata:
                pushes.withdraw(
                    metadata.store, self._settings.serving, min(since, default=math.inf)
                )

    def verdict(self) -> Iterator[str]:
        """Yield how good the model is, and where it is pushed to.

        Raises:
            NotPushedError: it is not pushed; the message says why.
        """
        if "DataGate" in self.nodes:
            counted = {name: count.read() for name, (count,) in self._outputs("DataGate").items()}
            if copies := data_gate.duplicates_note(
                counted["distinct_rows"], counted["rows"], self._settings.split
            ):
                yield (
                    f"{copies}, so {self._settings.metric} is measured on rows unlike those that "
                    "the model has learned from"
                )
        evaluated = self._outputs("Evaluator")
        (evaluation,) = evaluated["evaluation"]
        (blessing,) = evaluated["blessing"]
        (pushed,) = self._outputs("Pusher")["pushed_model"]
        columns = Columns.read(SCHEMA_FILE)
        metrics = measured(self._settings, columns)
        overall = recorded.by_slice(evaluation.uri)[recorded.OVERALL]
        said = verdict.sentences(metrics, hurdles(metrics), overall)
        yield from said.values()
        if "SimpleModels" in self.nodes:
            simple = {name: each.read() for name, (each,) in self._outputs("SimpleModels").items()}
            yield from verdict.comparison(metrics[0], overall, simple, bool(columns.classes))
        if "BaselineResolver" in self.nodes:
            (model,) = self._outputs("Trainer")["model"]
            if why := baseline.why_another(self._artifacts(), model):
                yield why
        if not blessing.get_int_custom_property("blessed"):
            validation = tfma.load_validation_result(evaluation.uri)
            objections = "; ".join(
                verdict.objection(failure, said)
                for by_slice in validation.metric_validations_per_slice
                for failure in by_slice.failures
            )
            raise NotPushedError(f"not blessed, so not pushed: {objections}")
        if not pushed.get_int_custom_property("pushed"):
            raise NotPushedError("blessed, but not pushed")
        destination = Path(pushed.get_string_custom_property("pushed_destination"))
        if not destination.is_dir():
            raise NotPushedError(
                f"blessed, but {shown(destination)}, where it was pushed to, is gone"
            )
        lost = [each.version for each in self._pushed_before() if not each.whole]
        if lost and not _is_cached(self._done("Pusher")):
            yield f"{shown(lost[-1])}, where it was pushed to before, is gone, or lacks files"
        yield f"blessed and pushed to {shown(destination)}"

    def _find_results(self) -> list[str]:
        shared = bool(self._settings.metadata_url)
        with self._metadata as metadata:
            identity.settle(metadata.store, self._settings.artifacts, shared)
            # On a server there may be results of other outputs, and of other computers.
            if shared:
                return []
            moved = relocation.follow(metadata.store, self._settings.artifacts)
            return [*moved, *results.take_stock(metadata.store)]

    def _begin(self, run_id: str) -> None:
        """Let all else be about the run of a name."""
        self._ir = copy.deepcopy(self._compiled)
        runtime_parameter_utils.substitute_runtime_parameter(
            self._ir, {constants.PIPELINE_RUN_ID_PARAMETER_NAME: run_id}
        )
        self._deployment = runner_utils.extract_local_deployment_config(self._ir)
        self._nodes = {
            node.pipeline_node.node_info.id: node.pipeline_node for node in self._ir.nodes
        }

    def _is_served(self) -> bool:
        return all(each.served for each in self._pushed_before()[-1:])

    def _execute(self, name: str) -> None:
        node = self._nodes[name]
        if name == "Pusher" and not self._is_served():
            # The cache looks for the copy alone that is kept with the artifacts.
            node.execution_options.caching_options.enable_cache = False
        ClaimingLauncher(
            pipeline_node=node,
            mlmd_connection=self._metadata,
            pipeline_info=self._ir.pipeline_info,
            pipeline_runtime_spec=self._ir.runtime_spec,
            executor_spec=runner_utils.extract_executor_spec(self._deployment, name),
            custom_driver_spec=runner_utils.extract_custom_driver_spec(self._deployment, name),
        ).launch()

    def _seal(self, done: list[Execution]) -> None:
        with self._metadata as metadata:
            outputs = execution_lib.get_output_artifacts(metadata, done[0].id)
            written = [each.id for artifacts in outputs.values() for each in artifacts]
            results.seal(metadata.store, written)

    def _pushed_before(self) -> list[pushes.Push]:
        """List what was pushed by the blessing of this run, the last one last."""
        if "Evaluator" not in self.nodes:
            return []
        (blessing,) = self._outputs("Evaluator")["blessing"]
        with self._metadata as metadata:
            pushed = pushes.by_blessing(metadata.store, blessing)
        # Other outputs may share the database, and with it the blessing.
        return [each for each in pushed if each.version.parent == self._settings.serving]

    def _reason(self, name: str) -> str:
        """Return the first cause that is in what TFX has recorded instead of raising it."""
        recorded = map(execution_lib.get_execution_result, self._executions(name))
        text = "\n".join(each.result_message for each in recorded if each)
        causes = re.findall(r"^[\w.]*(?:Error|Exception): .*", text, re.MULTILINE)
        return causes[0] if causes else "ML Metadata does not say that it is done"

    def _executions(self, name: str) -> list[Execution]:
        """List what ML Metadata knows of a node in this run."""
        with self._metadata as metadata:
            contexts = [
                metadata.store.get_context_by_type_and_name(
                    context.type.name, context.name.field_value.string_value
                )
                for context in self._nodes[name].contexts.contexts
            ]
            if None in contexts:
                return []
            return execution_lib.get_executions_associated_with_all_contexts(metadata, contexts)

    def _done(self, name: str) -> list[Execution]:
        return [*filter(_successful, self._executions(name))]

    def _artifacts(self) -> list[metadata_store_pb2.Artifact]:
        """List all that ML Metadata knows of the pipeline's."""
        with self._metadata as metadata:
            pipeline = metadata.store.get_context_by_type_and_name(
                constants.PIPELINE_CONTEXT_TYPE_NAME, self._ir.pipeline_info.id
            )
            return metadata.store.get_artifacts_by_context(pipeline.id)

    def _outputs(self, name: str) -> Outputs:
        done, *_ = self._done(name)
        with self._metadata as metadata:
            return execution_lib.get_output_artifacts(metadata, done.id)


def _is_cached(done: list[Execution]) -> bool:
    return done[0].last_known_state == Execution.CACHED


def _split_cpu(count: int) -> None:
    """Make logical CPU devices, before TensorFlow starts to use the one that there is."""
    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration()] * count
    )


def _stored_schema(artifacts: Path) -> Path:
    """Return a path for the schema that changes with its content.

    TFX's cache knows the file that ImportSchemaGen reads by its path alone.
    """
    digest = hashlib.sha256(SCHEMA_FILE.read_bytes()).hexdigest()[:16]
    return artifacts / "schema" / digest / SCHEMA_FILE.name


def _store_schema(stored: Path) -> None:
    stored.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(SCHEMA_FILE, stored)
