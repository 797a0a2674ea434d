"""Each example is whole: a step of CONTRIBUTING.md's recipe that was forgotten is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from testing.baking import Bake
from testing.cells import every_cell
from testing.template import CHOICES, EXAMPLES, OFFERED, QUESTIONS, ROOT

# Those that bring data; csv is the user's own.
WITH_DATA = [example for example in CHOICES["example"] if example != "csv"]
KEYS = """
    title file task label metric threshold baseline train_steps eval_steps batch_size learning_rate
    hidden_units slices images
"""
# The template's clone is to stay small.
LARGEST_DATA = 2_000_000  # bytes


def text(*place: str) -> str:
    path = ROOT.joinpath(*place)
    assert path.is_file(), f"{path.relative_to(ROOT)} is missing"
    return path.read_text(encoding="utf-8")


def data_file(example: str) -> Path:
    name = EXAMPLES[example]["file"]
    if name.endswith(".csv"):
        return ROOT / "templates" / "data" / name
    folder = ROOT / "<<cookiecutter.project_slug>>" / "data" / "<<cookiecutter.example>>"
    return folder / f"<<cookiecutter.__{name.replace('.', '_')}>>"


def test_the_descriptions_are_those_of_the_choices():
    assert sorted(EXAMPLES) == sorted(CHOICES["example"])


@pytest.mark.parametrize("example", WITH_DATA)
def test_every_setting_is_there(example: str):
    described = EXAMPLES[example]
    overridden = {*QUESTIONS["model_api"], "successor"}
    missing, unknown = {*KEYS.split()} - {*described}, {*described} - {*KEYS.split()} - overridden
    assert not missing, f"_examples.{example} of cookiecutter.json lacks {missing}"
    assert not unknown, f"nothing reads {unknown} of _examples.{example} in cookiecutter.json"
    for each in (described, *(described.get(api, {}) for api in QUESTIONS["model_api"])):
        # None of today's metrics is an error.
        assert each.get("threshold", 1) > described["baseline"], "guessing would be blessed"


@pytest.mark.parametrize("example", WITH_DATA)
def test_the_data_are_small(example: str):
    file = data_file(example)
    assert file.is_file(), f"{file.relative_to(ROOT)} is missing"
    assert file.stat().st_size <= LARGEST_DATA


@pytest.mark.parametrize("example", WITH_DATA)
def test_the_data_have_a_source_and_a_licence(example: str):
    readme = text("templates", "data_readme", f"{example}.md")
    assert f"`{EXAMPLES[example]['file']}`" in readme
    assert "\n- Source: " in readme
    assert re.search("licen[cs]e", readme, re.I)


@pytest.mark.parametrize("example", WITH_DATA)
def test_the_schema_has_the_label(example: str):
    schema = text("templates", "schema", f"{example}.pbtxt")
    tagged = [each for each in schema.split("feature {") if 'annotation { tag: "label" }' in each]
    assert len(tagged) == 1
    assert f'name: "{EXAMPLES[example]["label"]}"' in tagged[0]


def test_projects_have_metric_and_threshold_of_their_example(bakes: list[Bake]):
    for answers, project in bakes:
        described = EXAMPLES[answers["example"]]
        threshold = described.get(answers["model_api"], described)["threshold"]
        settings = (project / "src" / "my_pipeline" / "settings.py").read_text(encoding="utf-8")
        assert f'metric: str = "{described["metric"]}"\n' in settings
        assert f"threshold: float = {threshold}\n" in settings
        images = (project / "src" / "my_pipeline" / "features" / "images.py").is_file()
        assert images == described["images"]
        readme = (project / "README.md").read_text(encoding="utf-8")
        assert f" … ≥ {threshold} (threshold), of … rows\n" in readme
        if answers["example"] in WITH_DATA:
            assert f" is at least {threshold}; " in readme
            serving = (project / "docs" / "serving.md").read_text(encoding="utf-8")
            assert f"\n{described['label']},probability_" in serving, "what `predict` prints"


def test_the_readme_offers_each_example():
    row = re.search(r"^\| `example` \|.*$", text("README.md"), re.M)
    assert row
    offered, _, _ = row[0].removeprefix("| `example` | ").partition(" |")
    listed, _, former = offered.partition("; ")
    assert listed.split(", ") == OFFERED
    assert all(example in former for example in CHOICES["example"] if example not in OFFERED)


def test_there_is_a_result_of_each_cell():
    rows = re.findall(r"^\| (.+) \|$", text("docs", "results.md"), re.M)
    listed = {tuple(row.split(" | ")[:6]) for row in rows}
    for cell in every_cell():
        wanted = (cell.tfx_version, cell.model_api, cell.transform, cell.strategy, cell.example)
        assert (*wanted, cell.python) in listed, f"docs/results.md has no result of {cell.id}"


@pytest.mark.parametrize("example", WITH_DATA)
def test_all_results_are_blessed(example: str):
    described = EXAMPLES[example]
    rows = re.findall(rf"^\| (.+) \| {example} \| (.+) \|$", text("docs", "results.md"), re.M)
    for answers, result in rows:
        _, metric, value, *_ = result.split(" | ")
        model_api = answers.split(" | ")[1]
        assert metric == described["metric"]
        assert float(value) >= described.get(model_api, described)["threshold"]


@pytest.mark.parametrize("example", WITH_DATA)
def test_the_changelog_tells_of_it(example: str):
    assert f"`{example}`" in text("CHANGELOG.md")
