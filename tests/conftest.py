"""Projects that several tests look at."""

from __future__ import annotations

import cookiecutter.generate
import pytest
from jinja2 import Environment, FileSystemLoader

from testing.baking import Bake, Bakes, bake, combinations


# Before pytest-xdist looks at the marks.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests that look at every combination run one after the other, where it is baked."""
    for item in items:
        if "everything" in item.fixturenames:
            item.add_marker(pytest.mark.xdist_group("everything"))


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Bakes:
    """Bake every combination."""
    sources = set()

    class RecordingLoader(FileSystemLoader):
        def get_source(self, environment: Environment, template: str) -> tuple:
            sources.add(template)
            return super().get_source(environment, template)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cookiecutter.generate, "FileSystemLoader", RecordingLoader)
        bakes = [
            Bake(answers, bake(tmp_path_factory.mktemp("bake"), **answers))
            for answers in combinations()
        ]
    return Bakes(bakes, sources)


@pytest.fixture(scope="session")
def bakes(everything: Bakes) -> list[Bake]:
    """Every combination, baked."""
    return everything.bakes
