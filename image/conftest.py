"""Which TFX lines' images are examined, and how buildah is called."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from container import Container, built
from testing.baking import bake
from testing.template import LINES


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--line", action="append", choices=list(LINES), help="a TFX line; all if none is given"
    )
    parser.addoption(
        "--build-option",
        action="append",
        default=[],
        help="a further option of `buildah build`, such as --build-option=--pull-never",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "container" in metafunc.fixturenames:
        lines = metafunc.config.getoption("line") or list(LINES)
        metafunc.parametrize("container", lines, indirect=True, scope="session")


@pytest.fixture(scope="session")
def container(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Container]:
    """Build the image of a project that only its owner may read, and unpack it."""
    folder = tmp_path_factory.mktemp("project")
    before = os.umask(0o077)
    try:
        project = bake(folder, tfx_version=request.param, orchestrator="kubeflow")
    finally:
        os.umask(before)
    with built(project, request.param, request.config.getoption("build_option")) as container:
        yield container


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Return an empty folder that group 0 may write to."""
    # Those above it are their owner's alone, and so no way to it for the users of the container.
    folder = tmp_path / "output"
    folder.mkdir()
    os.chown(folder, 0, 0)
    folder.chmod(0o770)
    return folder
