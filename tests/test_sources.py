"""A file of unit tests is run again wherever what it runs is not the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from sources import Claims

FILES = {
    "src/{package}/__init__.py": "",
    "src/{package}/settings.py": 'SCHEMA = "schema.pbtxt"\n',
    "src/{package}/features/__init__.py": "",
    "src/{package}/features/columns.py": "from .. import cells\n",
    "src/{package}/cells.py": "CELLS = 1\n",
    "src/{package}/model.py": "MODEL = 1\n",
    "schema/schema.pbtxt": "feature",
    "tests/conftest.py": (
        "import pytest\n\nfrom {package} import model, settings\n\n\n"
        "@pytest.fixture\ndef trained():\n    return model\n\n\n"
        "@pytest.fixture\ndef place():\n    return settings\n"
    ),
    "tests/test_model.py": "def test_it(trained):\n    assert trained\n",
    "tests/test_place.py": "def test_it(place):\n    assert place\n",
    "tests/features/test_columns.py": (
        "from {package}.features.columns import cells\n\n\ndef test_it():\n    assert cells\n"
    ),
    "tests/test_layout.py": (
        "from {package} import PACKAGE\n\n\ndef test_it():\n    assert PACKAGE\n"
    ),
}


def make(folder: Path, name: str, **edited: str) -> Path:
    """Make a project; `edited` are texts to add, by the files' names without their suffix."""
    package = name.replace("-", "_")
    for place, text in FILES.items():
        file = folder / name / place.format(package=package)
        file.parent.mkdir(parents=True, exist_ok=True)
        added = edited.get(file.stem, "")
        file.write_text(text.format(package=package) + added, encoding="utf-8")
    return folder / name


@pytest.fixture
def claims(tmp_path: Path) -> Claims:
    return Claims(tmp_path / "claims")


def take(claims: Claims, project: Path, *key: str) -> set[str]:
    tests = sorted(project.glob("tests/**/test_*.py"))
    return {file.stem.removeprefix("test_") for file in claims.take(project, tests, key)}


ALL = {"columns", "layout", "model", "place"}


def test_the_same_sources_are_run_once_whatever_the_package_is_called(
    claims: Claims, tmp_path: Path
) -> None:
    assert take(claims, make(tmp_path, "one-project"), "3.10") == ALL
    assert take(claims, make(tmp_path, "another"), "3.10") == set()
    assert take(claims, make(tmp_path, "another"), "3.11") == ALL


@pytest.mark.parametrize(
    ("edited", "expected"),
    [
        ("cells", {"columns", "layout"}),
        ("model", {"model", "layout"}),
        ("schema", {"place", "layout"}),
        ("settings", {"place", "layout"}),
        ("test_model", {"model"}),
    ],
)
def test_an_edit_lets_those_run_that_it_reaches(
    claims: Claims, tmp_path: Path, edited: str, expected: set[str]
) -> None:
    take(claims, make(tmp_path, "one"))
    assert take(claims, make(tmp_path, "two", **{edited: "\nEDITED = 1\n"})) == expected


def test_a_project_is_looked_at_as_it_is_now(claims: Claims, tmp_path: Path) -> None:
    project = make(tmp_path, "one")
    take(claims, project)
    (project / "schema" / "schema.pbtxt").unlink()
    (project / "src" / "one" / "cells.py").write_text("CELLS = 2\n", encoding="utf-8")
    assert take(claims, project) == {"columns", "layout", "place"}
