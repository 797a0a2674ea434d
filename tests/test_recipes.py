"""CONTRIBUTING.md's recipes: each is followed in a copy of the template, with a throw-away answer.

A recipe's list is complete: a project of the new answer comes from what it names, and nothing else
was touched.
"""

from __future__ import annotations

import ast
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from testing.baking import contents, generate, git, run, template_repository
from testing.template import ROOT

Questions = dict[str, Any]
# They name the new answer, and need nothing that a project is made of.
TOLD = [
    "README.md",
    "CHANGELOG.md",
    "docs/requirements.md",
    "docs/results.md",
    "tests/test_bake.py",
    "tests/test_matrix.py",
]


@pytest.fixture
def template(tmp_path: Path) -> Path:
    return template_repository(tmp_path)


def steps(title: str, name: str) -> list[str]:
    """List the files of a recipe's table."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    _, _, section = text.partition(f"\n## {title}\n")
    table = section.partition("\n## ")[0]
    return [each.replace("NAME", name) for each in re.findall(r"^\| `([^`]+)` \|", table, re.M)]


def ask(template: Path, change: Callable[[Questions], None]) -> None:
    """Change the questions."""
    file = template / "cookiecutter.json"
    questions = json.loads(file.read_text(encoding="utf-8"))
    change(questions)
    file.write_text(json.dumps(questions, indent=2), encoding="utf-8")


def append(template: Path, names: list[str], name: str) -> None:
    """Name the new answer where people and tests are told of it."""
    for each in names:
        with (template / each).open("a", encoding="utf-8") as file:
            file.write(f"\n# {name}\n")


def follow(template: Path, title: str, name: str, **answers: str) -> dict[str, bytes]:
    """Compare what was touched with the recipe, and generate a project: its files."""
    told = [each for each in steps(title, name) if each in TOLD]
    append(template, told, name)
    git(template, "add", "--all")
    touched = git(template, "diff", "--cached", "--name-only", "-z", "HEAD").strip("\0").split("\0")
    assert sorted(touched) == sorted(steps(title, name))
    git(template, "commit", "--quiet", "--message", title)
    project = generate(template, template.parent / "made", **answers)
    files = contents(project)
    for path, content in files.items():
        if path.endswith(".py"):
            ast.parse(content)
    linted = run(["ruff", "check", "--no-cache"], project)
    assert linted.returncode == 0, linted.stdout
    return files


def test_a_new_example(template: Path) -> None:
    def change(questions: Questions) -> None:
        questions["example"].insert(-1, "coins")
        questions["__prompts__"]["example"]["coins"] = "Coins: thrown away"
        penguin = questions["_examples"]["penguin"]
        coins = {**penguin, "file": "coins.csv", "label": "side"}
        questions["_examples"]["coins"] = {**coins, "estimator": {"threshold": 0.7}}

    ask(template, change)
    templates = template / "templates"
    schema = (templates / "schema" / "penguin.pbtxt").read_text(encoding="utf-8")
    for file, text in {
        templates / "data" / "coins.csv": "side,weight\nheads,1\n",
        templates / "data_readme" / "coins.md": "# Coins\n",
        templates / "schema" / "coins.pbtxt": schema.replace("species", "side"),
    }.items():
        file.write_text(text, encoding="utf-8")
    page = template / "<<cookiecutter.project_slug>>" / "docs" / "serving.md"
    printed = '# <% elif cookiecutter.example == "{}" %>\n{},probability_'
    penguin, coins = printed.format("penguin", "species"), printed.format("coins", "side")
    text = page.read_text(encoding="utf-8")
    assert penguin in text
    page.write_text(text.replace(penguin, f"{coins}heads\n{penguin}"), encoding="utf-8")
    answers = {"example": "coins", "model_api": "estimator"}
    files = follow(template, "A new example", "coins", **answers)
    assert files["data/coins/coins.csv"] == b"side,weight\nheads,1\n"
    assert b'"side"' in files["schema/schema.pbtxt"]
    assert b"\nside,probability_heads\n" in files["docs/serving.md"]
    assert b" threshold: float = 0.7\n" in files["src/my_pipeline/settings.py"]


def test_a_new_model_api(template: Path) -> None:
    def change(questions: Questions) -> None:
        questions["model_api"].append("linear")
        questions["__prompts__"]["model_api"]["linear"] = "Linear: thrown away"
        for line in questions["_lines"].values():
            line["model_apis"].append("linear")
        trained = "cookiecutter.model_api == 'keras'"
        assert trained in questions["__trainer"]
        questions["__trainer"] = questions["__trainer"].replace(
            trained, "cookiecutter.model_api in ['keras', 'linear']"
        )

    ask(template, change)
    for folder in ("model", "model_spec"):
        source = template / "templates" / folder / "keras.py"
        text = source.read_text(encoding="utf-8").replace('"""', '"""Linear. ', 1)
        source.with_name("linear.py").write_text(text, encoding="utf-8")
    files = follow(template, "A new model API", "linear", model_api="linear")
    package = "src/my_pipeline/training"
    assert files[f"{package}/model.py"].startswith(b'"""Linear. ')
    assert files[f"{package}/model_spec.py"].startswith(b'"""Linear. ')


RUNNER = '''"""Runs the pipeline by hand: the command `crank`."""

from __future__ import annotations

import argparse


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add what this runner brings to the command line."""
    commands.add_parser("crank", help="turn it")
'''
TEST = """from __future__ import annotations

from << cookiecutter.package_name >>.runners import crank


def test_it_can_be_imported() -> None:
    assert crank.add_commands
"""


def test_a_new_engine(template: Path) -> None:
    def change(questions: Questions) -> None:
        questions["orchestrator"].append("crank")
        questions["__prompts__"]["orchestrator"]["crank"] = "Crank: thrown away"
        questions["__crank"] = "<< 'crank' if cookiecutter.orchestrator in ['crank', 'all'] >>"
        questions["__runners"] = questions["__runners"].replace("[", "[cookiecutter.__crank, ", 1)
        # They are made of private answers, which must stand before them.
        for answer in ("__runners", "__commands"):
            questions[answer] = questions.pop(answer)
        questions["__crank_py"] = "<< 'crank.py' if cookiecutter.__crank >>"
        questions["__test_crank_py"] = "<< 'test_crank.py' if cookiecutter.__crank >>"
        questions["__docs_crank_md"] = "<< 'crank.md' if cookiecutter.__crank >>"

    ask(template, change)
    skeleton = template / "<<cookiecutter.project_slug>>"
    runners = skeleton / "src" / "<<cookiecutter.package_name>>" / "runners"
    include = '# <% include "crank/{}" %>\n'
    readme = skeleton / "README.md"
    link = "# <% if cookiecutter.__crank %>\n- [Crank](docs/crank.md)\n# <% endif %>\n"
    for file, text in {
        template / "templates" / "crank" / "runner.py": RUNNER,
        template / "templates" / "crank" / "test.py": TEST,
        template / "templates" / "crank" / "page.md": "# Crank\n",
        template / "matrix" / "test_crank.py": '"""A real run."""\n',
        runners / "<<cookiecutter.__crank_py>>": include.format("runner.py"),
        skeleton / "tests/runners/<<cookiecutter.__test_crank_py>>": include.format("test.py"),
        skeleton / "docs/<<cookiecutter.__docs_crank_md>>": include.format("page.md"),
        readme: readme.read_text(encoding="utf-8") + link,
    }.items():
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    files = follow(template, "A new engine", "crank", orchestrator="crank")
    assert files["src/my_pipeline/runners/crank.py"].decode() == RUNNER
    assert b"my_pipeline.runners import crank" in files["tests/runners/test_crank.py"]
    assert files["docs/crank.md"] == b"# Crank\n"
    assert files["README.md"].endswith(b"- [Crank](docs/crank.md)\n")
    assert b"\nCOMMANDS = (crank, local)\n" in files["src/my_pipeline/cli.py"]


def test_a_new_tfx_line(template: Path) -> None:
    def change(questions: Questions) -> None:
        newest, *_ = questions["_lines"].values()
        questions["_lines"]["9.99"] = {**newest, "tfx": "9.99.0"}
        questions["__prompts__"]["tfx_version"] += "; 9.99 is thrown away"

    ask(template, change)
    for folder, suffix in {
        "dependencies": "toml",
        "requirements": "txt",
        "requirements-dev": "txt",
        "requirements-kubeflow": "txt",
    }.items():
        source = template / "templates" / folder / f"1.21.{suffix}"
        shutil.copy(source, source.with_name(f"9.99.{suffix}"))
    for name in ("ci", "image"):
        file = template / ".github" / "workflows" / f"{name}.yml"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace('["1.21",', '["9.99", "1.21",'), encoding="utf-8")
    files = follow(template, "A new TFX line", "9.99", tfx_version="9.99")
    assert b"TFX 9.99.0" in files["README.md"]
    locked = (template / "templates" / "requirements" / "9.99.txt").read_bytes()
    assert files["requirements.txt"] == locked
