"""The command line; --help lists its commands."""

from __future__ import annotations

import argparse
import csv
import gc
import logging
import signal
from collections.abc import Sequence
from pathlib import Path

from .console import logs
from .console.errors import UserError, in_other_words, in_words
from .console.options import logged, settings_of
from .console.termination import Terminated, heeded
# <% if cookiecutter.images == "yes" %>
from .new_data import import_images
# <% endif %>
from .project import NoProjectError
from .runners import << cookiecutter.__runners >>

# TensorFlow and TFX take seconds to import, so each command imports what it needs.
COMMANDS = << cookiecutter.__commands >>

EXIT_CODES = """exit codes:
  0    done; of a run: the model is pushed
  1    a crash: something that nobody foresaw
  2    wrong use: arguments, settings, files or schema
  3    the model is not blessed, or not pushed
  4    bad data, or a training that diverged
  75   try again: a server is away, another run is at work, a disk or the memory is full, or a
       process was killed
  130  interrupted
  143  terminated (129: its terminal was closed)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run the command; return its exit code."""
    # TensorFlow and TFX import a million objects, which need not be looked at so often.
    gc.set_threshold(100_000, 20, 20)
    try:
        with logs.standard_output():
            options = _parser().parse_args(arguments)
        with heeded():
            return options.command(options)
    except NoProjectError as error:
        logs.tell(error, logging.ERROR)
        return UserError.exit_code
    except KeyboardInterrupt:
        logs.tell("interrupted; the next run skips what is done already")
        return 130
    except Terminated as error:
        logs.tell(error)
        return error.exit_code
    except Exception as error:
        told = in_other_words(error, [])
        logs.tell(told, logging.ERROR)
        return told.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m << cookiecutter.package_name >>",
        description="Train, evaluate and push the model, or ask it.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    for module in COMMANDS:
        module.add_commands(commands)

    schema = commands.add_parser("schema", help="describe another data set")
    actions = schema.add_subparsers(required=True, metavar="ACTION")
    infer = actions.add_parser(
        "infer", help="write schema/schema.pbtxt and schema/dataset.yaml for a CSV or Parquet file"
    )
    infer.set_defaults(command=_infer)
    infer.add_argument(
        "source", type=Path, nargs="?", metavar="FILE", help="a file or folder (default: the data)"
    )
    infer.add_argument("--label", metavar="COLUMN", help="what to predict (default: as before)")
    infer.add_argument(
        "--ignore",
        metavar="COLUMN",
        nargs="+",
        action="extend",
        default=[],
        help="what the model shall not see",
    )

    predict = commands.add_parser(
        "predict", help="predict the rows of files: CSV on standard output"
    )
    predict.set_defaults(command=_predict)
    predict.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="*.csv, *.parquet, …; or a folder"
    )
    predict.add_argument(
        "--model", type=Path, metavar="DIR", help="a pushed model (default: the newest)"
    )
    predict.add_argument(
        "--keep",
        metavar="COLUMN",
        action="append",
        default=[],
        help="copy this one before each answer; can be repeated",
    )
    return parser


def _infer(options: argparse.Namespace) -> int:
    settings = settings_of(options)
    with logged(settings) as (terminal, log), in_words(log):
        from .new_data.schema_inference import infer

        for line in infer(options.source or settings.data, options.label, options.ignore):
            print(line, file=terminal)
    return 0


def _predict(options: argparse.Namespace) -> int:
    # A reader such as `head` may close the pipe early.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    settings = settings_of(options)
    with logs.answer() as lines, logged(settings, required=False) as (_, log), in_words(log):
        from .features.schema import read_schema
        from .serving.coverage import Coverage
        from .serving.prediction import newest_model, predict, schema_differences
        from .settings import SCHEMA_FILE

        model = options.model or newest_model(settings.serving)
        schema = read_schema(SCHEMA_FILE)
        coverage = Coverage.of_model(model, schema)
        keep = list(dict.fromkeys(options.keep))
        predictions = predict(options.files, model, schema, coverage.update, keep)
        writer = csv.writer(lines, lineterminator="\n")
        for number, predicted in enumerate(predictions):
            if number == 0:
                writer.writerow(predicted)
            writer.writerow(predicted.values())
        differences = schema_differences(model, schema)
        excess = coverage.excess()
    if excess:
        logs.tell(f"not as in the training: {'; '.join(excess)}")
    if differences:
        said = "was trained with another schema, and files are read by that one"
        logs.tell(f"{logs.shown(model)} {said}: {'; '.join(differences)}")
    return 0
