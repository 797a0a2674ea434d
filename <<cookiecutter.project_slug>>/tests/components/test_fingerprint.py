from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

import pytest
from tfx.dsl.components.base.base_component import BaseComponent

from << cookiecutter.package_name >>.components import fingerprint
from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.pipeline import create_pipeline
from << cookiecutter.package_name >>.settings import (
    SCHEMA_FILE,
    Settings,
)

TRAINER = ["training", "trainer", "run_fn"]


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    name = fingerprint.PACKAGE.name
    copy = Path(shutil.copytree(fingerprint.PACKAGE, tmp_path / name))
    monkeypatch.setattr(fingerprint, "PACKAGE", copy)
    return copy


def edit(file: Path, added: str = "EDITED = True") -> None:
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{added}\n", encoding="utf-8")


def of_trainer() -> str:
    return fingerprint.Code().fingerprint([TRAINER])


def of_all() -> dict[str, str]:
    """Read the fingerprints of the pipeline's components."""
    components = create_pipeline(Settings(), SCHEMA_FILE).components
    return {
        each.id: each.exec_properties[fingerprint.PROPERTY]
        for each in components
        if isinstance(each, BaseComponent)
    }


@pytest.mark.parametrize(
    "file",
    ["__init__.py", "training/model.py", "features/treatments.py", "keras_home/keras.json"],
)
def test_an_edit_of_what_the_trainer_runs_on_changes_it(package: Path, file: str) -> None:
    before = of_trainer()
    edit(package / file)
    assert of_trainer() != before


@pytest.mark.parametrize(
    "module", ["cli", "pipeline", "evaluation", "settings", "serving.prediction"]
)
def test_an_edit_elsewhere_does_not(package: Path, module: str) -> None:
    before = of_trainer()
    edit(package / f"{module.replace('.', '/')}.py")
    assert of_trainer() == before


@pytest.mark.parametrize("file", ["training/model.py", "features/treatments.py"])
def test_neither_does_a_comment_or_a_docstring(package: Path, file: str) -> None:
    before = of_trainer()
    text = (package / file).read_text(encoding="utf-8")
    _, _, code = text.partition('"""')[2].partition('"""')
    (package / file).write_text(f'"""Another one."""\n# A comment.\n{code}', encoding="utf-8")
    assert of_trainer() == before


# How model.py may import a module of the user's own.
@pytest.mark.parametrize(
    "imported",
    [
        "from .nets.wide import net",
        "from .nets import wide",
        "from . import nets",
        "from PACKAGE.training.nets import wide",
        "import PACKAGE.training.nets.wide",
        "def build():\n    from .nets import wide",
    ],
)
def test_imports_are_followed(package: Path, imported: str) -> None:
    nets = package / "training" / "nets"
    nets.mkdir()
    (nets / "__init__.py").write_text("from .wide import net\n", encoding="utf-8")
    (nets / "wide.py").write_text("from ...shared_nets import net\n", encoding="utf-8")
    (package / "shared_nets.py").write_text("net = 1\n", encoding="utf-8")
    edit(package / "training" / "model.py", imported.replace("PACKAGE", package.name))
    before = of_trainer()
    edit(package / "shared_nets.py")
    assert of_trainer() != before


@pytest.mark.parametrize("imported", ["from .no_nets import wide", "from ..no_nets import net"])
def test_an_import_of_what_is_not_there_is_told(package: Path, imported: str) -> None:
    edit(package / "training" / "model.py", imported)
    with pytest.raises(UserError, match=r"training/model.py imports .* which is not there"):
        of_trainer()


@pytest.mark.parametrize("added", ["def broken(:", "text = '\udce9'", "text = '\0'"])
def test_what_is_no_python_is_told_with_its_file(package: Path, added: str) -> None:
    file = package / "training" / "model.py"
    file.write_bytes(file.read_bytes() + added.encode(errors="surrogateescape"))
    with pytest.raises(SyntaxError) as raised:
        of_trainer()
    assert raised.value.filename == str(file)


def test_another_version_changes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = of_all()
    versions = fingerprint.installed_versions()
    assert versions["tensorflow"][0].startswith("tensorflow-")
    versions["tensorflow"] = ["tensorflow-99.0"]
    monkeypatch.setattr(fingerprint, "installed_versions", lambda: versions)
    after = of_all()
    assert {name for name in before if before[name] != after[name]} == before.keys()


@pytest.mark.parametrize(
    ("file", "changed"),
    [
        ("components/data_gate.py", {"DataGate"}),
        ("serving/prediction.py", {"TFLiteGate"}),
        ("components/csv_example_gen.py", {"CsvExampleGen"}),
        ("components/simple_models.py", {"SimpleModels"}),
        ("training/linear_model.py", {"SimpleModels", "Trainer"}),
        ("training/model.py", {"Trainer"}),
        ("metrics/figures.py", {"Evaluator", "SimpleModels"}),
        ("metrics/summaries.py", {"Evaluator", "SimpleModels"}),
        ("evaluation.py", set()),
        ("pipeline.py", set()),
        ("settings.py", set()),
    ],
)
def test_an_edit_changes_the_components_that_run_it(
    package: Path, file: str, changed: set[str]
) -> None:
    before = of_all()
    edit(package / file)
    after = of_all()
    found = {name for name in before if before[name] != after[name]}
    assert found == changed & before.keys()


# <% if cookiecutter.tflite == "yes" %>
def test_an_edit_of_the_gate_for_tensorflow_lite_changes_it_alone(package: Path) -> None:
    before = of_all()
    edit(package / "components" / "tflite_gate.py")
    after = of_all()
    assert {name for name in before if before[name] != after[name]} == {"TFLiteGate"}


# <% endif %>
# What a user's own components/mine.py may be.
MINE = """
from tfx.dsl.component.experimental.decorators import component

from ..files import remote


@component
def Mine() -> None:
    print(remote)
"""


def test_a_component_of_ones_own_has_one_too(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = package / "components" / "mine.py"
    file.write_text(MINE, encoding="utf-8")
    name = f"{package.name}.components.mine"
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    mine = module.Mine()
    found = set()
    for edited in (package / "cli.py", file, package / "files" / "remote.py"):
        edit(edited)
        fingerprint.add_fingerprints([mine])
        found.add(mine.exec_properties[fingerprint.PROPERTY])
    assert len(found) == 3
