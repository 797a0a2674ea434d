from __future__ import annotations

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from pydantic import ValidationError
from tfx.utils import dependency_utils

from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.services.beam_engines import (
    ENGINES,
    beam_arguments,
    require_engine,
)
from << cookiecutter.package_name >>.settings import Settings

POOL = {
    "job_endpoint": "localhost:50051",
    "environment_type": "EXTERNAL",
    "environment_config": "localhost:50052",
}
DATAFLOW = {
    "project": "mine",
    "region": "europe-west1",
    "temp_location": "gs://mine/tmp",
    "sdk_container_image": "registry.example.com/pipeline:1",
}
EXAMPLES = [("direct", {}), ("portable", POOL), ("dataflow", DATAFLOW)]


def arguments(engine: str, options: dict[str, str]) -> list[str]:
    return beam_arguments(Settings(beam_engine=engine, beam_options=options))


@pytest.mark.parametrize(("engine", "options"), EXAMPLES)
def test_beam_knows_every_argument(engine: str, options: dict[str, str]) -> None:
    given = arguments(engine, options)
    assert {f"--{name}={value}" for name, value in options.items()} <= {*given}
    read = PipelineOptions(given).get_all_options(drop_default=True)
    assert {name: str(read[name]) for name in options} == options


@pytest.mark.parametrize("engine", ENGINES)
def test_beam_has_every_option(engine: str) -> None:
    known = PipelineOptions([]).get_all_options()
    assert {*ENGINES[engine].required, *ENGINES[engine].optional} <= known.keys()


@pytest.mark.parametrize(("engine", "options"), EXAMPLES)
def test_tfx_does_not_pack_itself_up(engine: str, options: dict[str, str]) -> None:
    given = arguments(engine, options)
    assert dependency_utils.make_beam_dependency_flags(given) == given


def test_the_default_runs_here() -> None:
    with beam.Pipeline(options=PipelineOptions(beam_arguments(Settings()))) as pipeline:
        assert "FnApiRunner" in type(pipeline.runner).__name__


@pytest.mark.parametrize(
    ("engine", "options", "told"),
    [
        ("direct", POOL, "direct does not take the beam_options environment_config"),
        ("portable", {}, "portable needs the beam_options job_endpoint, environment_type"),
        ("portable", {**POOL, "region": "mars"}, "portable does not take the beam_options region;"),
        ("portable", {**POOL, "environment_type": "CAR"}, "environment_type 'CAR' is none of"),
        ("portable", {**POOL, "environment_config": ""}, "EXTERNAL needs an environment_config"),
        ("portable", {**POOL, "environment_type": "LOOPBACK"}, "LOOPBACK takes no"),
        ("dataflow", {**DATAFLOW, "region": ""}, "dataflow needs the beam_options region"),
        ("dataflow", {**DATAFLOW, "job_endpoint": "x"}, "does not take the beam_options job_end"),
    ],
)
def test_missing_and_contradictory_options_are_refused(
    engine: str, options: dict[str, str], told: str
) -> None:
    with pytest.raises(UserError, match=told):
        arguments(engine, options)


@pytest.mark.parametrize(
    ("endpoint", "told"),
    [("localhost", "'localhost' is not HOST:PORT"), ("localhost:1", "no Beam job service answers")],
)
def test_an_endpoint_that_does_not_answer_is_told(endpoint: str, told: str) -> None:
    options = {**POOL, "job_endpoint": endpoint}
    with pytest.raises(UserError, match=told):
        require_engine(Settings(beam_engine="portable", beam_options=options))


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(ValidationError, match="beam_engine"):
        Settings(beam_engine="spark")
