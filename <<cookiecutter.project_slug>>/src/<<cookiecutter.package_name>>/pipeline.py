"""The pipeline, phase by phase: which component feeds which."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml_metadata.proto.metadata_store_pb2 import ConnectionConfig
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.components.evaluator.component import Evaluator
from tfx.components.example_gen.import_example_gen.component import ImportExampleGen
from tfx.components.example_validator.component import ExampleValidator
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
# <% if cookiecutter.images == "yes" %>
from .components.image_gate import ImageGate
# <% endif %>
from .components.pusher import Pusher
from .components.simple_models import SimpleModels
# <% if cookiecutter.tflite == "yes" %>
from .components.tflite_gate import TFLiteGate
# <% endif %>
from .console.errors import UserError
from .evaluation import eval_config, require_slices
from .features.columns import Columns
# <% if cookiecutter.transform == "yes" %>
from .features.schema import to_property
# <% endif %>
from .files import tfrecord_files
from .files.patterns import below
from .files.splits import CONTENT, Rule
from .services.beam_engines import beam_arguments
from .services.metadata_store import connection_config
from .settings import SCHEMA_FILE, Settings
from .training.model_spec import model_spec


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


class PhasedPipeline(Pipeline):
    """A pipeline that knows its phases.

    Args:
        components: by phase, in order.
        options: more that a Pipeline takes.

    Attributes:
        phases: the names of each phase's components.
    """

    def __init__(self, components: Mapping[str, Sequence[BaseNode]], **options: Any) -> None:
        nodes = [each for phase in components.values() for each in phase]
        add_fingerprints(nodes)
        super().__init__(components=nodes, **options)
        self.phases = {name: [each.id for each in phase] for name, phase in components.items()}


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
) -> PhasedPipeline:
    """Join the phases.

    A component of your own goes into the list that its phase returns: nothing is trained before
    all of `validate` is done, and nothing is pushed before all else of `release` is.

    Args:
        settings: the knobs.
        schema_file: the curated schema, at a path that changes with its content.
        enable_cache: whether a component whose inputs are unchanged is skipped.
        place: where it runs, if not here.

    Raises:
        UserError: the settings do not fit the schema, or the data.
    """
    place = place or here(settings)
    columns = Columns.read(SCHEMA_FILE)
    require_slices(settings, columns.schema)
    ingesting, data = ingest(settings, place, columns.schema, schema_file)
    validating = validate(settings, place, data)
    transforming, training_inputs = transform(data, columns.schema)
    trainer = train(settings, place, data, training_inputs)
    trainer.add_upstream_nodes(validating)
    releasing = release(settings, place, columns, data, training_inputs, trainer)
    return PhasedPipeline(
        {
            "ingest": ingesting,
            "validate": validating,
            "transform": transforming,
            "train": [trainer],
            "release": releasing,
        },
        pipeline_name=settings.pipeline_name,
        pipeline_root=place.artifacts,
        enable_cache=enable_cache,
        beam_pipeline_args=beam_arguments(settings),
        metadata_connection_config=place.metadata,
    )


@dataclass(frozen=True)
class Data:
    """What the first phase has read: serialized tf.Examples, and their curated schema."""

    examples: BaseChannel
    schema: BaseChannel


def ingest(
    settings: Settings, place: Place, described: schema_pb2.Schema, schema_file: Path
) -> tuple[list[BaseNode], Data]:
    """Read the data and their schema.

    Args:
        settings: where the data are.
        place: where they are when the pipeline runs, if not there.
        described: the schema of the data, of which the types and the label count here.
        schema_file: where the schema is.
    """
    example_gen = read(settings.data, described, Rule.of(settings.split), place.data)
    schema_gen = ImportSchemaGen(schema_file=str(schema_file))
    data = Data(example_gen.outputs["examples"], schema_gen.outputs["schema"])
    return [example_gen, schema_gen], data


def read(
    data: Path, described: schema_pb2.Schema, rule: Rule, folder: RuntimeParameter | None
) -> BaseNode:
    """Choose what reads the data by the kind of their files: TFRecords, or CSV and Parquet.

    Both split the rows: 2/3 train, 1/3 eval. TFX's own splits TFRecords, by content alone.

    Raises:
        UserError: the rule is not for such files, or names no column that it can be about.
    """
    if not tfrecord_files.found(data):
        return CsvExampleGen(data, described, rule, folder)
    if rule != Rule(CONTENT):
        raise UserError(f"split={rule}: TFRecords, as in {data}, can be split by {CONTENT} alone")
    files = f"*{tfrecord_files.SUFFIX}"
    base, pattern = (folder, files) if folder else below(data, files)
    split = example_gen_pb2.Input.Split(name="tfrecords", pattern=pattern)
    return ImportExampleGen(input_base=base, input_config=example_gen_pb2.Input(splits=[split]))


def validate(settings: Settings, place: Place, data: Data) -> list[BaseNode]:
    """Compare the data with their schema."""
    statistics_gen = StatisticsGen(examples=data.examples)
    statistics = statistics_gen.outputs["statistics"]
    example_validator = ExampleValidator(statistics=statistics, schema=data.schema)
    data_gate = DataGate(
        examples=data.examples,
        anomalies=example_validator.outputs["anomalies"],
        statistics=statistics,
        schema=data.schema,
        data=place.data or str(settings.data),
        schema_file=str(place.schema),
        split=settings.split,
    )
    return [statistics_gen, example_validator, data_gate, *more_gates(data)]


# <% if cookiecutter.images == "yes" %>
def more_gates(data: Data) -> list[BaseNode]:
    """Look at the images."""
    return [ImageGate(examples=data.examples, schema=data.schema)]
# <% else %>
def more_gates(data: Data) -> list[BaseNode]:
    """Look at nothing else."""
    return []
# <% endif %>


# <% if cookiecutter.transform == "yes" %>
def transform(
    data: Data, described: schema_pb2.Schema
) -> tuple[list[BaseNode], dict[str, BaseChannel]]:
    """Engineer the features; return also what the Trainer reads.

    It does not wait for `validate`, which the Trainer does. It makes no statistics, for that would
    be before the training: `transformed_statistics` makes them beside other components. It keeps
    nothing for a later run over more files: each run reads all data.
    """
    component = Transform(
        examples=data.examples,
        schema=data.schema,
        preprocessing_fn=f"{__package__}.features.preprocessing.preprocessing_fn",
        custom_config={"schema": to_property(described)},
        disable_statistics=True,
        disable_analyzer_cache=True,
    )
    return [component], {
        "examples": component.outputs["transformed_examples"],
        "transform_graph": component.outputs["transform_graph"],
    }


def transformed_statistics(examples: BaseChannel, trainer: BaseNode) -> list[BaseNode]:
    """Make statistics of what the Trainer has read: after it, for it has use for all cores."""
    statistics_gen = StatisticsGen(examples=examples).with_id("TransformedStatistics")
    statistics_gen.add_upstream_node(trainer)
    return [statistics_gen]
# <% else %>
def transform(
    data: Data, described: schema_pb2.Schema
) -> tuple[list[BaseNode], dict[str, BaseChannel]]:
    """Let the Trainer read the raw examples: the model does its own preprocessing."""
    return [], {"examples": data.examples}


def transformed_statistics(examples: BaseChannel, trainer: BaseNode) -> list[BaseNode]:
    """Make no statistics of what the Trainer has read: StatisticsGen has made them before."""
    return []
# <% endif %>


def train(
    settings: Settings, place: Place, data: Data, training_inputs: dict[str, BaseChannel]
) -> Trainer:
    """Train the model."""
    return Trainer(
        run_fn=f"{__package__}.training.trainer.run_fn",
        **training_inputs,
        schema=data.schema,
        train_args=place.train_args or trainer_pb2.TrainArgs(num_steps=settings.train_steps),
        eval_args=place.eval_args or trainer_pb2.EvalArgs(num_steps=settings.eval_steps),
        custom_config=settings.custom_config,
    )


def release(
    settings: Settings,
    place: Place,
    columns: Columns,
    data: Data,
    training_inputs: dict[str, BaseChannel],
    trainer: Trainer,
) -> list[BaseNode]:
    """Evaluate the model, and push it if it is good enough."""
    model = trainer.outputs["model"]
    baselines = [place.baseline(model)] if place.baseline else []
    evaluator = Evaluator(
        examples=data.examples,
        schema=data.schema,
        model=model,
        baseline_model=baselines[0].outputs["model"] if baselines else None,
        eval_config=eval_config(settings, columns, model_spec(columns)),
    )
    before_the_push = [
        *transformed_statistics(training_inputs["examples"], trainer),
        *model_gates(settings, data, model),
        *simple_models(settings, data, training_inputs, trainer),
        *baselines,
        evaluator,
    ]
    pusher = Pusher(
        model=model,
        model_blessing=evaluator.outputs["blessing"],
        push_destination=pusher_pb2.PushDestination(
            filesystem=pusher_pb2.PushDestination.Filesystem(base_directory=place.serving)
        ),
    )
    pusher.add_upstream_nodes(before_the_push)
    return [*before_the_push, pusher]


# <% if cookiecutter.tflite == "yes" %>
def model_gates(settings: Settings, data: Data, model: BaseChannel) -> list[BaseNode]:
    """Ask TensorFlow Lite, if it is wanted, for the same predictions."""
    gate = TFLiteGate(examples=data.examples, model=model, tolerance=settings.tflite_tolerance)
    return [gate] if settings.tflite else []
# <% else %>
def model_gates(settings: Settings, data: Data, model: BaseChannel) -> list[BaseNode]:
    """Ask for nothing but the Evaluator's blessing."""
    return []
# <% endif %>


def simple_models(
    settings: Settings, data: Data, training_inputs: dict[str, BaseChannel], trainer: BaseNode
) -> list[BaseNode]:
    """Measure models to compare with, if they are wanted: after the Trainer, as the statistics."""
    component = SimpleModels(
        **training_inputs, schema=data.schema, metric=settings.metric, seed=settings.seed
    )
    component.add_upstream_node(trainer)
    return [component] if settings.simple_models else []


def latest_other_blessed_model(candidate: BaseChannel) -> Resolver:
    """Find the model that the candidate has to be as good as."""
    return Resolver(
        strategy_class=LatestOtherBlessedModel,
        candidate=candidate,
        model=Channel(type=Model),
        model_blessing=Channel(type=ModelBlessing),
    ).with_id("BaselineResolver")
