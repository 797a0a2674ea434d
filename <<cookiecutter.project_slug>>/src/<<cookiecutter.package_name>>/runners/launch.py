"""What it takes to run nodes here: a look at the data, and a line for each node."""

from __future__ import annotations

import argparse
import contextlib
import functools
import gc
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, TextIO

from ..console import logs
from ..console.errors import UserError, in_words
from ..console.options import log_settings, logged, settings_of
from ..console.records import about
from ..files.patterns import is_plain
from ..services import run_lock
from .processes import Call, side_by_side, timed

if TYPE_CHECKING:
    from pathlib import Path

    from tensorflow_metadata.proto.v0 import schema_pb2

    from ..settings import Settings
    from .pipeline_run import PipelineRun


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the commands have in common that run nodes."""
    parser.add_argument(
        "--log-format", metavar="FORMAT", help="text, or json: an object a line (default: text)"
    )


@contextlib.contextmanager
def prepared(options: argparse.Namespace, run_id: str) -> Iterator[tuple[Settings, TextIO]]:
    """Look at the data, and find out what their columns are if nobody has.

    Yields:
        The settings, and the terminal: all else that is written goes to a log.

    Raises:
        UserError: the data do not fit the schema, or another run is at work in the output; or
            instead of any other exception.
    """
    from ..features.schema import has_types, read_schema
    from ..settings import ENV_PREFIX, SCHEMA_FILE

    settings = settings_of(options)
    if not is_plain(settings.output):
        raise UserError(
            f"TFX takes the *, ?, [ or {{ in {settings.output} for a pattern: move the project, or "
            f"let {ENV_PREFIX}OUTPUT name another folder"
        )
    with contextlib.ExitStack() as stack:
        terminal, log = stack.enter_context(logged(settings, run_id=run_id))
        stack.enter_context(in_words(log))
        stack.enter_context(run_lock.held(settings, run_id))
        print(f"log: {logs.shown(log)}", file=terminal)
        if not has_types(SCHEMA_FILE):
            print("schema/schema.pbtxt describes no columns yet: inferring", file=terminal)
            _infer(settings, terminal)
            settings = settings_of(options)
            log_settings(settings)
        schema = read_schema(SCHEMA_FILE)
        _require_columns(settings.data, schema)
        # It imports TensorFlow, which takes seconds: bad data are told before.
        from ..features.columns import unused_treatments

        if unused := unused_treatments(schema):
            print(f"special.py names columns that are not there: {unused}", file=terminal)
        yield settings, terminal


def _require_columns(data: Path, schema: schema_pb2.Schema) -> None:
    """Look at the beginning of each file of the data."""
    from ..features.schema import label_of
    from ..files import tables, tfrecord_files

    files = tfrecord_files if tfrecord_files.found(data) else tables
    names = [feature.name for feature in schema.feature]
    files.require_columns(data, names, label_of(schema).name)


def import_tfx() -> None:
    """Import TFX and the project's code, so that no process that is forked does so again."""
    # TFX imports it when it makes an artifact, which is after the fork of each process.
    import setuptools  # noqa: F401

    from . import pipeline_run  # noqa: F401

    # A collection in a process that is forked would copy all that it looks at.
    gc.freeze()


def run_nodes(
    pipeline: PipelineRun, names: Collection[str], terminal: TextIO, parallel: bool
) -> None:
    """Run nodes, a line each, and those that they have to tell.

    Args:
        pipeline: the run.
        names: of the nodes.
        terminal: where the lines go.
        parallel: whether nodes that do not wait for each other run side by side.

    Raises:
        UserError: a node failed.
    """
    for note in pipeline.notes:
        print(note, file=terminal)
    nodes = [name for name in pipeline.nodes if name in names]
    in_turn = functools.partial(timed, pipeline)
    with side_by_side(pipeline, nodes) if parallel else contextlib.nullcontext(in_turn) as finish:
        for name in nodes:
            with about(name):
                print(f"{name:<22}", end=" ", file=terminal, flush=True)
                try:
                    state, seconds = finish(name)
                except BaseException:
                    print("failed", file=terminal)
                    raise
                print(f"{state:<7}{seconds:6.1f} s", file=terminal)
                for note in pipeline.told(name):
                    print(note, file=terminal)


def print_verdict(pipeline: PipelineRun, names: Collection[str], terminal: TextIO) -> None:
    """Say what became of the model, if the Pusher is one of some nodes that are done.

    Raises:
        NotPushedError: the model was not blessed or not pushed.
    """
    if "Pusher" in names:
        for line in pipeline.verdict():
            print(line, file=terminal)


def _infer(settings: Settings, terminal: TextIO) -> None:
    from ..new_data.schema_inference import infer

    def lines() -> list[str]:
        return list(infer(settings.data, label=None))

    # Beam leaves threads behind.
    for line in Call("schema infer", lines).result() if settings.parallel else lines():
        print(line, file=terminal)
