"""The command line; --help lists its commands."""

from __future__ import annotations

import argparse
import csv
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from . import columns, csv_files, garbage, logs, tfrecord_files
from .errors import UserError

if TYPE_CHECKING:
    from .settings import Settings

# TensorFlow and TFX take seconds to import, so each command imports what it needs.


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run the command; give its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; the next run skips what is done already", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m << cookiecutter.package_name >>",
        description="Train, evaluate and push the model, or ask it.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="run the pipeline")
    run.set_defaults(command=_run)
    run.add_argument("--train-steps", metavar="N", help="batches to train on")
    run.add_argument("--eval-steps", metavar="N", help="batches that the Trainer evaluates on")
    run.add_argument("--output", metavar="DIR", help="artifacts, logs, models (default: output/)")
    run.add_argument("--no-cache", action="store_true", help="run unchanged components too")

    schema = commands.add_parser("schema", help="describe another data set")
    actions = schema.add_subparsers(required=True, metavar="ACTION")
    infer = actions.add_parser(
        "infer", help="write schema/schema.pbtxt and schema/dataset.yaml for a CSV file"
    )
    infer.set_defaults(command=_infer)
    infer.add_argument(
        "csv", type=Path, nargs="?", metavar="CSV", help="a file or folder (default: the data)"
    )
    infer.add_argument("--label", metavar="COLUMN", help="what to predict (default: as before)")
    infer.add_argument(
        "--ignore", metavar="COLUMN", nargs="+", default=[], help="what the model shall not see"
    )

    predict = commands.add_parser("predict", help="predict rows or images: CSV on standard output")
    predict.set_defaults(command=_predict)
    predict.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="*.csv, *.tfrecord.gz or *.png"
    )
    predict.add_argument(
        "--model", type=Path, metavar="DIR", help="a pushed model (default: the newest)"
    )

    images = commands.add_parser(
        "import-images", help="make images the project's data: an .npz file, or IDX files"
    )
    images.set_defaults(command=_import_images)
    images.add_argument("files", type=Path, nargs="+", metavar="FILE")
    images.add_argument("--name", help="of the folder in data/ (default: that of an .npz file)")
    return parser


def _settings(options: argparse.Namespace) -> Settings:
    from pydantic import ValidationError

    from .settings import Settings

    given = {name: value for name, value in vars(options).items() if value is not None}
    try:
        return Settings(**{name: given[name] for name in given.keys() & Settings.model_fields})
    except ValidationError as error:
        problems = (f"{each['loc'][0]}={each['input']}: {each['msg']}" for each in error.errors())
        raise UserError("; ".join(problems)) from error


def _infer(options: argparse.Namespace) -> int:
    settings = _settings(options)
    with logs.redirected(settings.logs) as (terminal, _):
        _infer_schema(options.csv or settings.data, terminal, options.label, options.ignore)
    return 0


def _infer_schema(
    data: Path, terminal: TextIO, label: str | None = None, ignored: Sequence[str] = ()
) -> None:
    with garbage.kept():
        from .schema_inference import infer

    for line in infer(data, label, ignored):
        print(line, file=terminal)


def _run(options: argparse.Namespace) -> int:
    settings = _settings(options)
    with logs.redirected(settings.logs) as (terminal, log):
        print(f"log: {_shown(log)}", file=terminal)
        try:
            if not columns.described():
                print("schema/schema.pbtxt describes no columns yet: inferring", file=terminal)
                _infer_schema(settings.data, terminal)
                settings = _settings(options)
            if unused := columns.unused_treatments():
                print(f"features.py names columns that are not there: {unused}", file=terminal)
            files = tfrecord_files if tfrecord_files.found(settings.data) else csv_files
            files.check(settings.data)
            with garbage.kept():
                from .runner import run

            outcome = run(
                settings,
                on_start=lambda name: print(f"{name:<20}", end=" ", file=terminal, flush=True),
                on_end=lambda state, took: print(f"{state:<7}{took:6.1f} s", file=terminal),
                enable_cache=not options.no_cache,
            )
        except UserError:
            traceback.print_exc()
            raise
        except Exception as error:
            traceback.print_exc()
            raise UserError(f"{type(error).__name__}: {error}\nsee {log}") from error
    metric, threshold = outcome.metric, settings.threshold
    if settings.lower_is_better:
        compared = "≤" if metric <= threshold else ">"
    else:
        compared = "≥" if metric >= threshold else "<"
    print(f"{settings.metric} {metric:.4f} {compared} {threshold} (threshold)")
    if not outcome.blessed:
        raise UserError(f"not blessed, so not pushed: {'; '.join(outcome.objections)}")
    if outcome.pushed_to is None:
        raise UserError(f"blessed, but not pushed; see {log}")
    print(f"blessed and pushed to {_shown(outcome.pushed_to)}")
    return 0


def _import_images(options: argparse.Namespace) -> int:
    with logs.redirected(_settings(options).logs) as (terminal, _):
        with garbage.kept():
            from .image_import import import_images

        for line in import_images(options.files, options.name):
            print(line, file=terminal)
    return 0


def _shown(path: Path) -> Path:
    """Shorten a path below the working directory."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _predict(options: argparse.Namespace) -> int:
    # A reader such as `head` may close the pipe early.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    settings = _settings(options)
    with logs.redirected(settings.logs) as (terminal, _):
        with garbage.kept():
            from .prediction import newest_model, predict

        predictions = predict(options.files, options.model or newest_model(settings.serving))
        writer = csv.writer(terminal, lineterminator="\n")
        for number, predicted in enumerate(predictions):
            if number == 0:
                writer.writerow(predicted)
            writer.writerow(predicted.values())
    return 0
