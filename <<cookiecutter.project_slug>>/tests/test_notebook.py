"""Runs the notebook as Jupyter does: in its own folder, from top to bottom."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from << cookiecutter.package_name >>.evaluation import measured
from << cookiecutter.package_name >>.features.columns import Columns
from << cookiecutter.package_name >>.features.schema import has_types
from << cookiecutter.package_name >>.metrics import recorded
from << cookiecutter.package_name >>.settings import (
    ROOT,
    SCHEMA_FILE,
    Settings,
)

FILE = ROOT / "notebooks" / "explore.ipynb"


@pytest.fixture
def notebook() -> nbformat.NotebookNode:
    return nbformat.read(FILE, as_version=4)


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_it_is_kept_without_outputs(notebook: nbformat.NotebookNode) -> None:
    for cell in code_cells(notebook):
        assert cell.outputs == []
        assert cell.execution_count is None


@pytest.mark.e2e
@pytest.mark.skipif(not has_types(SCHEMA_FILE), reason="`schema infer` has not been called yet")
def test_it_runs_to_the_metric_by_slice(
    notebook: nbformat.NotebookNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{Settings.model_config['env_prefix']}OUTPUT", str(tmp_path))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    folder = {"metadata": {"path": str(FILE.parent)}}
    NotebookClient(notebook, timeout=600, resources=folder).execute()

    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert [each.name for each in tmp_path.iterdir()] == ["notebook"]
    (evaluation,) = tmp_path.glob("notebook/artifacts/Evaluator/evaluation/*")
    first, *_ = measured(Settings(), Columns.read(SCHEMA_FILE))
    table = recorded.table(str(evaluation), [first.key])
    (shown,) = [each for each in cells[-1].outputs if each.output_type == "execute_result"]
    header, overall, *slices = shown.data["text/plain"].splitlines()
    assert header.split()[:2] == ["rows", first.key]
    told = list(table[recorded.OVERALL].values())
    assert overall.removeprefix(recorded.OVERALL).split()[:2] == told
    assert len(slices) == len(table) - 1


@pytest.mark.e2e
@pytest.mark.skipif(has_types(SCHEMA_FILE), reason="the columns are described")
def test_before_the_first_run_it_says_what_to_run(notebook: nbformat.NotebookNode) -> None:
    folder = {"metadata": {"path": str(FILE.parent)}}
    with pytest.raises(CellExecutionError, match="does not describe the columns yet"):
        NotebookClient(notebook, timeout=600, resources=folder).execute()
