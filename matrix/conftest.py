"""Generates and trains each cell once, whatever is then asserted of it."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from sources import Claims
from testing.baking import template_repository
from testing.cells import ci_cells, every_cell, lines_of_other_hosts, lines_of_this_host
from testing.template import LINES
from trained import Trained, train

# Where an environment is used, Python keeps what it has compiled: to compile all of it beforehand
# takes several times as long as what is used.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cells", choices=("ci", "all"), default="ci")
    parser.addoption("--cell", help="one cell, by its id")
    parser.addoption(
        "--line",
        action="append",
        choices=list(LINES),
        help="a TFX line; all that run on this computer, if none is given",
    )
    parser.addoption("--work", type=Path, required=True, help="folder for environments and cells")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    wanted = metafunc.config.getoption("cell")
    lines = metafunc.config.getoption("line") or lines_of_this_host()
    if "line" in metafunc.fixturenames:
        metafunc.parametrize("line", [] if wanted else lines)
    if "trained" in metafunc.fixturenames:
        _parametrize_cells(metafunc, wanted, lines)


def _parametrize_cells(metafunc: pytest.Metafunc, wanted: str | None, lines: list[str]) -> None:
    cells = every_cell() if metafunc.config.getoption("cells") == "all" else ci_cells()
    cells = [cell for cell in cells if cell.tfx_version in lines]
    if wanted:
        cells = [cell for cell in every_cell() if cell.id == wanted]
    metafunc.parametrize(
        "trained",
        [pytest.param(cell, id=cell.id, marks=pytest.mark.xdist_group(cell.id)) for cell in cells],
        indirect=True,
        scope="session",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process waits for it at the end: not the cells."""
    items.sort(key=lambda item: "trained" in item.fixturenames)


@pytest.fixture(scope="session")
def work(request: pytest.FixtureRequest) -> Path:
    """Return the folder for environments and projects."""
    return request.config.getoption("work").resolve()


@pytest.fixture
def folder(request: pytest.FixtureRequest, work: Path) -> Path:
    """Return an empty folder that stays, so that a failed project can be looked at."""
    folder = work / "folders" / re.sub(r"\W+", "-", request.node.name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository of the template as it is now, with all its commits."""
    return template_repository(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def claims(tmp_path_factory: pytest.TempPathFactory) -> Claims:
    """Return what the processes of this session share."""
    own = tmp_path_factory.getbasetemp()
    return Claims((own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "claims")


@pytest.fixture(scope="session")
def trained(request: pytest.FixtureRequest, work: Path, claims: Claims) -> Trained:
    """Generate and train a cell."""
    return train(request.param, work, claims)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a table of the cells: what passed, the metric, and the seconds of the first run."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.stats.get(outcome, []):
            counts[report.nodeid.partition("[")[2].partition("]")[0]][outcome] += 1
    results = terminalreporter.config.getoption("work") / "results"
    header = ("cell", "Python", "checks", "metric", "value", "baseline", "seconds")
    rows = [header, tuple("-" * len(name) for name in header)]
    for cell in every_cell():
        if count := counts[cell.id]:
            file = results / f"{cell.id}.json"
            known = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
            checks = f"{count['passed']}/{count.total()}"
            numbers = (known.get(name, "") for name in ("metric", "value", "baseline", "seconds"))
            rows.append((cell.id, cell.python, checks, *map(str, numbers)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    terminalreporter.write_line("")
    for line in lines_of_other_hosts():
        terminalreporter.write_line(f"TFX {line} does not run here: see CONTRIBUTING.md")
    for row in rows:
        cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        terminalreporter.write_line(f"| {' | '.join(cells)} |")
