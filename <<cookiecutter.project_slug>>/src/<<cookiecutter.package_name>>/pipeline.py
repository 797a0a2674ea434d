"""The pipeline: which component feeds which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ml_metadata.proto.metadata_store_pb2 import ConnectionConfig
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.components.evaluator.component import Evaluator
from tfx.components.example_gen.import_example_gen.component import ImportExampleGen
from tfx.components.example_validator.component import ExampleValidator
from tfx.components.pusher.component import Pusher
from tfx.components.schema_gen.import_schema_gen.component import ImportSchemaGen
from tfx.components.statistics_gen.component import StatisticsGen
from tfx.components.trainer.component import Trainer
# <% if cookiecutter.transform == "yes" %>
from tfx.components.transform.component import Transform
# <% endif %>
from tfx.dsl.components.base.base_node import BaseNode
from tfx.dsl.components.common.resolver import Resolver
from tfx.orchestration.data_types import RuntimeParameter
from tfx.orchestration.pipeline import Pipeline
from tfx.proto import example_gen_pb2, pusher_pb2, trainer_pb2
from tfx.types import BaseChannel, Channel
from tfx.types.standard_artifacts import Model, ModelBlessing

from .components.baseline import LatestOtherBlessedModel
from .components.csv_example_gen import CsvExampleGen
from .components.data_gate import DataGate
from .components.fingerprint import add_fingerprints
from .components.tflite_gate import TFLiteGate
from .evaluation import eval_config
from .features.columns import Columns
# <% if cookiecutter.transform == "yes" %>
from .features.schema import to_property
# <% endif %>
from .files import tfrecord_files
from .services.beam_engines import beam_arguments
from .services.metadata_store import connection_config
from .settings import SCHEMA_FILE, Settings


@dataclass(frozen=True)
class Place:
    """Where a pipeline runs, and what it is told there instead of by the settings.

    Attributes:
        artifacts: where the components write.
        serving: where the model is pushed to.
        baseline: makes the component that finds the model to compare a candidate with, if any.
        schema: where the curated schema is, for messages.
        metadata: the database of ML Metadata, unless the place has one of its own.
        data: the folder of the data.
        train_args: TrainArgs, as JSON.
        eval_args: EvalArgs, as JSON.
    """

    artifacts: str
    serving: str
    baseline: Callable[[BaseChannel], Resolver] | None
    schema: Path = SCHEMA_FILE
    metadata: ConnectionConfig | None = None
    data: RuntimeParameter | None = None
    train_args: RuntimeParameter | None = None
    eval_args: RuntimeParameter | None = None


def here(settings: Settings) -> Place:
    """Run on this computer, where the settings say."""
    return Place(
        artifacts=str(settings.artifacts),
        serving=str(settings.serving),
        baseline=latest_other_blessed_model,
        metadata=connection_config(settings),
    )


def create_pipeline(
    settings: Settings, schema_file: Path, enable_cache: bool = True, place: Place | None = None
) -> Pipeline:
    """Wire the components.

    Args:
        settings: the knobs.
        schema_file: the curated schema, at a path that changes with its content.
        enable_cache: whether a component whose inputs are unchanged is skipped.
        place: where it runs, if not here.
    """
    place = place or here(settings)
    columns = Columns.read(SCHEMA_FILE)
    example_gen = ingest(settings.data, columns.schema, place.data)
    examples = example_gen.outputs["examples"]
    statistics_gen = StatisticsGen(examples=examples)
    schema_gen = ImportSchemaGen(schema_file=str(schema_file))
    schema = schema_gen.outputs["schema"]
    example_validator = ExampleValidator(
        statistics=statistics_gen.outputs["statistics"], schema=schema
    )
    data_gate = DataGate(
        examples=examples,
        anomalies=example_validator.outputs["anomalies"],
        statistics=statistics_gen.outputs["statistics"],
        schema=schema,
        data=place.data or str(settings.data),
        schema_file=str(place.schema),
    )
    preprocessing, training_inputs = preprocess(examples, schema, columns.schema)
    trainer = Trainer(
        run_fn=f"{__package__}.training.trainer.run_fn",
        **training_inputs,
        schema=schema,
        train_args=place.train_args or trainer_pb2.TrainArgs(num_steps=settings.train_steps),
        eval_args=place.eval_args or trainer_pb2.EvalArgs(num_steps=settings.eval_steps),
        custom_config={
            "seed": settings.seed,
            "batch_size": settings.batch_size,
            "hidden_units": settings.hidden_units,
            "learning_rate": settings.learning_rate,
            "tflite": settings.tflite,
            # The number of replicas, where the strategy mirrors them.
            "logical_cpus": settings.logical_cpus,
        },
    )
    trainer.add_upstream_node(data_gate)
    described = transformed_statistics(training_inputs["examples"], trainer)
    baselines = [place.baseline(trainer.outputs["model"])] if place.baseline else []
    evaluator = Evaluator(
        examples=examples,
        schema=schema,
        model=trainer.outputs["model"],
        baseline_model=baselines[0].outputs["model"] if baselines else None,
        eval_config=eval_config(settings, columns),
    )
    pusher = Pusher(
        model=trainer.outputs["model"],
        model_blessing=evaluator.outputs["blessing"],
        push_destination=pusher_pb2.PushDestination(
            filesystem=pusher_pb2.PushDestination.Filesystem(base_directory=place.serving)
        ),
    )
    gates = []
    if settings.tflite:
        gates = [
            TFLiteGate(
                examples=examples,
                model=trainer.outputs["model"],
                tolerance=settings.tflite_tolerance,
            )
        ]
    pusher.add_upstream_nodes([*described, *gates])
    components = [
        example_gen,
        statistics_gen,
        schema_gen,
        example_validator,
        data_gate,
        *preprocessing,
        trainer,
        *described,
        *gates,
        *baselines,
        evaluator,
        pusher,
    ]
    add_fingerprints(components)
    return Pipeline(
        pipeline_name=settings.pipeline_name,
        pipeline_root=place.artifacts,
        components=components,
        enable_cache=enable_cache,
        beam_pipeline_args=beam_arguments(settings),
        metadata_connection_config=place.metadata,
    )


def latest_other_blessed_model(candidate: BaseChannel) -> Resolver:
    """Find the model that the candidate has to be as good as."""
    return Resolver(
        strategy_class=LatestOtherBlessedModel,
        candidate=candidate,
        model=Channel(type=Model),
        model_blessing=Channel(type=ModelBlessing),
    ).with_id("BaselineResolver")


def ingest(
    data: Path, described: schema_pb2.Schema, folder: RuntimeParameter | None = None
) -> BaseNode:
    """Choose the component that reads the data by the kind of their files: TFRecords or CSV.

    Both split the rows by a hash of their content: 2/3 train, 1/3 eval.

    Args:
        data: a folder, or a CSV file.
        described: their schema.
        folder: where such data are when the pipeline runs, if not there.
    """
    if not tfrecord_files.found(data):
        return CsvExampleGen(data, described, folder)
    split = example_gen_pb2.Input.Split(name="tfrecords", pattern=f"*{tfrecord_files.SUFFIX}")
    return ImportExampleGen(
        input_base=folder or str(data), input_config=example_gen_pb2.Input(splits=[split])
    )


# <% if cookiecutter.transform == "yes" %>
def preprocess(
    examples: BaseChannel, schema: BaseChannel, described: schema_pb2.Schema
) -> tuple[list[BaseNode], dict[str, BaseChannel]]:
    """Put Transform before the Trainer; return it and the Trainer's inputs.

    It does not wait for the DataGate, which the Trainer does. It makes no statistics, for that
    would be before the training: `transformed_statistics` makes them beside other components. It
    keeps nothing for a later run over more files: each run reads all data.
    """
    transform = Transform(
        examples=examples,
        schema=schema,
        preprocessing_fn=f"{__package__}.features.preprocessing.preprocessing_fn",
        custom_config={"schema": to_property(described)},
        disable_statistics=True,
        disable_analyzer_cache=True,
    )
    return [transform], {
        "examples": transform.outputs["transformed_examples"],
        "transform_graph": transform.outputs["transform_graph"],
    }


def transformed_statistics(examples: BaseChannel, trainer: BaseNode) -> list[BaseNode]:
    """Make statistics of what the Trainer has read: after it, for it has use for all cores."""
    statistics_gen = StatisticsGen(examples=examples).with_id("TransformedStatistics")
    statistics_gen.add_upstream_node(trainer)
    return [statistics_gen]
# <% else %>
def preprocess(
    examples: BaseChannel, schema: BaseChannel, described: schema_pb2.Schema
) -> tuple[list[BaseNode], dict[str, BaseChannel]]:
    """Return the raw examples for the Trainer: the model does its own preprocessing."""
    return [], {"examples": examples}


def transformed_statistics(examples: BaseChannel, trainer: BaseNode) -> list[BaseNode]:
    """Make statistics of what the Trainer has read: StatisticsGen has made them before."""
    return []
# <% endif %>
