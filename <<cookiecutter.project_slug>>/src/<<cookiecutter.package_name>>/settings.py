"""Every knob of the pipeline, in one frozen place.

Change a default here. `schema infer` writes those that fit another data set into
schema/dataset.yaml, which overrides the defaults. For one run, use an option of the command
line, or an environment variable: the prefix below and the name in upper case, as in
…_TRAIN_STEPS=50.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any, Dict, Literal, Optional, Tuple

# <% if cookiecutter.__kubeflow %>
from pydantic import (
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    ValidationInfo,
    field_validator,
)
# <% else %>
from pydantic import Field, PositiveFloat, PositiveInt, ValidationInfo, field_validator
# <% endif %>
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)

from . import project

ROOT = project.root()
SCHEMA_FILE = ROOT / project.MARK
DATASET_FILE = SCHEMA_FILE.with_name("dataset.yaml")
ENV_PREFIX = "<< cookiecutter.__env_prefix >>"


class Settings(BaseSettings):
    """What a run of the pipeline depends on, besides the code, the schema and the data.

    Raises:
        pydantic.ValidationError: a value is of the wrong type or out of range.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        frozen=True,
        allow_inf_nan=False,
        yaml_file=DATASET_FILE,
        yaml_file_encoding="utf-8",
    )

    pipeline_name: str = "<< cookiecutter.project_slug >>"
    data: Path = ROOT / "data" / "<< cookiecutter.example >>"
    """A CSV or Parquet file, a folder of such with the same columns, or a folder of *.tfrecord.gz
    files of tf.Examples; if relative, to the project."""
    split: str = "content"
    """Which rows the model is evaluated on: content, row, column:NAME or newest:NAME (docs/data.md
    has their meaning); of TFRecords, content."""
    output: Path = ROOT / "output"
    """Where artifacts, metadata, logs and pushed models go."""
    log_format: Literal["text", "json"] = "text"
    """Whether the lines of the terminal, and of the log, are made for readers or for collectors."""
    metadata_url: str = ""
    """The database of ML Metadata, mysql://USER@HOST/DATABASE or postgresql://USER@HOST/DATABASE
    (docs/operations.md has its options), whose password comes from the environment
    (…_METADATA_PASSWORD); empty: a file in output."""

    parallel: bool = sys.platform == "linux"
    """Whether components that do not wait for each other run side by side, in processes that are
    forked; on macOS a process with as many libraries cannot be forked safely."""

    beam_engine: Literal["direct", "portable", "dataflow"] = "direct"
    """Where Beam runs; docs/operations.md tells which options each needs."""
    beam_options: Dict[str, str] = {}
    """Beam's options by their names."""

# <% if cookiecutter.__kubeflow %>
    always_run: Tuple[str, ...] = ()
    """The components that Vertex and Kubeflow run whatever their caches have, by name."""
    retries: Dict[str, NonNegativeInt] = {}
    """How often Vertex and Kubeflow try a component again that has failed, by its name."""

# <% endif %>
    train_steps: PositiveInt = << cookiecutter._examples[cookiecutter.example].train_steps >>
    eval_steps: PositiveInt = << cookiecutter._examples[cookiecutter.example].eval_steps >>
    """How many batches of what is held out an evaluation looks at, at most."""
    batch_size: PositiveInt = << cookiecutter._examples[cookiecutter.example].batch_size >>
    """Of all replicas together."""
    learning_rate: PositiveFloat = << cookiecutter._examples[cookiecutter.example].learning_rate >>
    hidden_units: Tuple[PositiveInt, ...] = << cookiecutter.__hidden_units >>
    seed: int = 1

    held_out: float = Field(default=0.1, gt=0, lt=1)
    """Which share of the training split is held out of the training, to see how good it is."""
    patience: PositiveInt = 5
    """After how many evaluations in a row that were no better a training ends before train_steps;
    there are up to 20 in these, and the model of the best one is exported."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Which share of each hidden layer a step of the training leaves out, against learning the rows
    by heart."""

    metric: str = "<< cookiecutter._examples[cookiecutter.example].metric >>"
    """A metric of Keras or TFMA by its class name."""
    threshold: float = << cookiecutter.__threshold >>
    """The metric's least value for a blessing; of an error, its greatest."""
    tolerated_drop: float = Field(default=0.02, ge=0)
    """By which share of its value the metric may be worse than that of the last blessed model."""
    slices: Tuple[str, ...] = << cookiecutter.__slices >>
    """The columns by whose values the metric is also reported."""
    metric_better: Optional[Literal["higher", "lower"]] = None
    """Which values of the metric are better; only needed of one that docs/evaluation.md lacks."""
    simple_models: bool = True
    """Whether the verdict compares the model with a linear one and a constant."""

# <% if cookiecutter.tflite == "yes" %>
    tflite: bool = True
    """Whether the model is also exported for TensorFlow Lite, and checked before it is pushed."""
    tflite_tolerance: float = Field(default=0.01, ge=0, le=1)
    """For which share of the evaluation split TensorFlow Lite may predict something else."""

# <% endif %>
    logical_cpus: PositiveInt = 1
    """Into how many devices TensorFlow splits the CPU: more than one tries MirroredStrategy
    without GPUs."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the command line override the environment, and both schema/dataset.yaml."""
        return init_settings, env_settings, YamlConfigSettingsSource(settings_cls)

    @field_validator("*", mode="before")
    @classmethod
    def _numbers_are_no_truth_values(cls, value: object, info: ValidationInfo) -> object:
        # YAML takes yes, no, on and off for them, and pydantic takes these for 1 and 0.
        parts = value if isinstance(value, (list, tuple)) else [value]
        wanted = cls.model_fields[str(info.field_name)].annotation
        if wanted is not bool and any(isinstance(part, bool) for part in parts):
            raise ValueError("Input should not be yes, no, on, off, true or false")
        return value

    @field_validator("data", "output", "pipeline_name", "metric", mode="before")
    @classmethod
    def _not_empty(cls, text: object) -> object:
        if text == "":
            raise ValueError("Input should not be empty")
        return text

    @field_validator("split")
    @classmethod
    def _of_a_kind(cls, split: str) -> str:
        if not re.fullmatch("content|row|(column|newest):.+", split, re.DOTALL):
            raise ValueError("Input should be content, row, column:NAME or newest:NAME")
        return split

    @field_validator("train_steps", "eval_steps", "seed")
    @classmethod
    def _in_31_bits(cls, number: int) -> int:
        if not 0 <= number < 2**31:
            raise ValueError("Input should be at least 0, and less than 2**31")
        return number

    @field_validator("data")
    @classmethod
    def _below_the_project(cls, data: Path) -> Path:
        return ROOT / data

    @field_validator("output")
    @classmethod
    def _absolute(cls, output: Path) -> Path:
        # ML Metadata remembers it.
        return Path(os.path.abspath(output))

    @property
    def hyperparameters(self) -> Dict[str, Any]:
        """What the model is built from: goes to the Trainer, and into model.py, as a whole."""
        return self.model_dump(mode="json", include={"dropout", "hidden_units", "learning_rate"})

# <% if cookiecutter.tflite == "yes" %>
    @property
    def custom_config(self) -> Dict[str, Any]:
        """What the Trainer is told besides the steps; an edit of it trains anew."""
        told = {"batch_size", "held_out", "logical_cpus", "patience", "seed", "split", "tflite"}
        return {**self.model_dump(include=told), "hyperparameters": self.hyperparameters}
# <% else %>
    @property
    def custom_config(self) -> Dict[str, Any]:
        """What the Trainer is told besides the steps; an edit of it trains anew."""
        told = {"batch_size", "held_out", "logical_cpus", "patience", "seed", "split"}
        return {**self.model_dump(include=told), "hyperparameters": self.hyperparameters}
# <% endif %>

    @property
    def metadata(self) -> Path:
        """The database of ML Metadata: what ran, on what, and what came of it."""
        return self.output / "metadata.sqlite"

    @property
    def metadata_lock(self) -> Path:
        """What the process holds that uses the database."""
        return self.output / "metadata.lock"

    @property
    def run_lock(self) -> Path:
        """What the processes of a run hold, so that no other run writes to the output."""
        return self.output / "run.lock"

    @property
    def artifacts(self) -> Path:
        """What the components write for each other."""
        return self.output / "artifacts"

    @property
    def serving(self) -> Path:
        """The pushed models, a folder each, in TensorFlow Serving's layout."""
        return self.output / "serving"

    @property
    def logs(self) -> Path:
        """A file for each run."""
        return self.output / "logs"
