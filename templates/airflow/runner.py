"""Runs a part of the pipeline, as a task of Airflow does: the command `run-node`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

from ..console.errors import UserError
from . import launch


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add what this runner brings to the command line."""
    node = commands.add_parser(
        "run-node",
        help="run the pipeline up to a phase, in parts of one run",
        epilog="Of the exit codes 2, 3 and 4 a second try is useless: `--help` of all tells which.",
    )
    node.set_defaults(command=_run_up_to)
    node.add_argument(
        "--up-to", required=True, metavar="PHASE", help="run it and all before it, but what is kept"
    )
    node.add_argument("--run-id", required=True, metavar="ID", help="the same for all parts")
    launch.add_options(node)


def _run_up_to(options: argparse.Namespace) -> int:
    if not options.run_id.strip():
        raise UserError("--run-id is empty: name the run")
    with launch.prepared(options, options.run_id) as (settings, terminal):
        launch.import_tfx()
        from .repeated_run import RepeatedRun

        pipeline = RepeatedRun(settings, options.run_id)
        nodes = nodes_up_to(options.up_to, pipeline.phases)
        if changed := pipeline.renew(nodes):
            print(
                f"{changed}: its inputs, settings, code or results are not as they were when this "
                "run was there: what depends on them is done again",
                file=terminal,
            )
        elif all(map(pipeline.is_done, nodes)):
            print(
                "nothing is run: this run has done all of it before, and would do the same again",
                file=terminal,
            )
        launch.run_nodes(pipeline, nodes, terminal, settings.parallel)
        launch.print_verdict(pipeline, nodes, terminal)
    return 0


def nodes_up_to(phase: str, phases: Mapping[str, Sequence[str]]) -> list[str]:
    """List the nodes of a phase, and of all before it.

    Raises:
        UserError: there is no such phase.
    """
    names = [*phases]
    if phase not in names:
        raise UserError(f"there is no phase {phase}; phases: {', '.join(names)}")
    return [node for name in names[: names.index(phase) + 1] for node in phases[name]]
