"""Which answers make a project, and which are refused without a trace."""

from __future__ import annotations

import ast
import json
import struct
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from testing.baking import Bake, bake, combinations, configuration, run
from testing.template import CHOICES, LINES, QUESTIONS, ROOT, TEXTS

# The answer, and the word of the message that tells this refusal from the others.
REFUSED = [
    ({"project_slug": "My-Pipeline"}, "project_slug"),
    ({"project_slug": "my pipeline"}, "project_slug"),
    ({"project_slug": "my--pipeline"}, "project_slug"),
    ({"project_slug": "my-pipeline-"}, "project_slug"),
    ({"project_slug": "-my-pipeline"}, "project_slug"),
    ({"project_slug": "my_pipeline"}, "project_slug"),
    ({"project_slug": "pïpeline"}, "project_slug"),
    ({"project_slug": "1-pipeline"}, "project_slug"),
    ({"project_slug": "p" * 61}, "project_slug"),
    ({"project_slug": "../pipeline"}, "project_slug"),
    ({"project_slug": "."}, "directory already exists"),
    ({"project_slug": "apache-beam", "package_name": "beams"}, "installs"),
    ({"package_name": "my-pipeline"}, "package_name"),
    ({"package_name": "My_pipeline"}, "package_name"),
    ({"package_name": "1pipeline"}, "package_name"),
    ({"package_name": "_pipeline"}, "package_name"),
    ({"package_name": "pipeliné"}, "package_name"),
    ({"package_name": ""}, "package_name"),
    ({"package_name": "p" * 61}, "package_name"),
    ({"package_name": "lambda"}, "keyword"),
    ({"package_name": "match"}, "keyword"),
    ({"package_name": "json"}, "standard library"),
    ({"package_name": "math"}, "standard library"),
    ({"package_name": "distutils"}, "standard library"),
    ({"package_name": "tfx"}, "installs"),
    ({"package_name": "google"}, "installs"),
    ({"package_name": "tests"}, "folder"),
    ({"project_name": "", "project_slug": "my-pipeline"}, "project_name"),
    ({"description": "   "}, "description"),
    ({"author_name": ""}, "author_name"),
    ({"author_email": "nobody"}, "author_email"),
    ({"author_email": "é@example.com"}, "author_email"),
    ({"description": "one\nmore"}, "control character"),
    ({"author_name": "tab\tbed"}, "control character"),
    ({"description": "a {{ mark"}, "template mark {{"),
    ({"description": "a mark %}"}, "template mark %}"),
    ({"model_api": "estimator", "tfx_version": "1.21"}, "write a tfx_version of: 1.15."),
    ({"model_api": "model_to_estimator", "tfx_version": "1.21"}, "write a tfx_version of: 1.15."),
    ({"tfx_version": "0.1"}, f"write one of: {', '.join(sorted(LINES))}"),
    ({"license": "Unheard-Of"}, "Unheard-Of"),
    ({"model_api": "pickle"}, "pickle"),
    ({"example": "csv"}, "csv_path is empty"),
    ({"example": "csv", "csv_path": "nowhere.csv", "label_column": "a"}, "is not a file"),
    ({"example": "csv", "csv_path": __file__}, "label_column is empty"),
    ({"example": "csv", "csv_path": __file__, "label_column": "kind"}, "has no column 'kind'"),
    ({"csv_path": __file__, "label_column": "kind"}, "only for the example csv"),
    ({"images": "maybe"}, "images is 'maybe'; write yes or no."),
    ({"tflite": "True"}, "tflite is 'True'; write yes or no."),
    ({"example": "digits", "images": "no"}, "write images=yes"),
]

ODD = 'Zoë "Quote" O\'Neill \\ C:\\new 🎉 </b> & 100 % # $x \'\'\' """ \\"'


def generate(folder: Path, answers: dict[str, str], *options: str | Path):
    arguments = [f"{question}={answer}" for question, answer in answers.items()]
    return run(
        ["cookiecutter", *options, "--config-file", configuration(folder), ROOT, *arguments], folder
    )


def outside_home(folder: Path) -> set[Path]:
    home = folder / "home"
    return {path for path in folder.rglob("*") if home not in [path, *path.parents]}


def test_every_answer_is_in_a_combination():
    made = list(combinations())
    for question, answers in [*CHOICES.items(), ("tfx_version", LINES)]:
        assert {answer[question] for answer in made} == set(answers)


def test_the_lines_name_the_model_apis_that_the_question_offers():
    offered = {model_api for line in LINES.values() for model_api in line["model_apis"]}
    assert offered == set(CHOICES["model_api"])


def test_every_question_has_a_label_and_every_choice_another():
    prompts = QUESTIONS["__prompts__"]
    assert list(prompts) == [question for question in QUESTIONS if not question.startswith("_")]
    for question, answers in CHOICES.items():
        assert list(prompts[question]) == ["__prompt__", *answers]


def test_every_combination_records_its_answers(bakes: list[Bake]):
    for answers, project in bakes:
        recorded = json.loads((project / ".cookiecutter.json").read_text(encoding="utf-8"))
        assert recorded.items() >= {**answers, "csv_path": recorded["csv_path"]}.items()
        assert {name for name in recorded if not name.startswith("_")} == {*TEXTS, *CHOICES}


@pytest.mark.parametrize(("answers", "word"), REFUSED, ids=lambda value: str(value)[:50])
def test_refused(tmp_path: Path, answers: dict[str, str], word: str):
    work = tmp_path / "work"
    work.mkdir()
    result = generate(tmp_path, answers, "--no-input", "--output-dir", work)
    assert result.returncode != 0
    assert word in result.stderr + result.stdout
    assert outside_home(tmp_path) == {work}


def test_the_refusal_comes_before_the_traceback(tmp_path: Path):
    result = generate(tmp_path, {"package_name": "json"}, "--no-input")
    assert result.stderr.startswith("package_name 'json' is a module of the standard library")


def test_every_refusal_is_said_at_once(tmp_path: Path):
    result = generate(tmp_path, {"package_name": "json", "tfx_version": "9"}, "--no-input")
    first, second = result.stderr.splitlines()[:2]
    assert first.startswith("package_name")
    assert second.startswith("tfx_version")


def test_an_absolute_slug_leaves_nothing(tmp_path: Path):
    slug = str(tmp_path / "elsewhere")
    result = generate(tmp_path, {"project_slug": slug, "package_name": "elsewhere"}, "--no-input")
    assert result.stderr.startswith("project_slug")
    assert not (tmp_path / "elsewhere").exists()


def test_a_refusal_leaves_an_existing_folder_as_it_is(tmp_path: Path):
    existing = tmp_path / "existing" / "kept.txt"
    existing.parent.mkdir()
    existing.write_text("mine")
    for slug in ("existing", "../" + tmp_path.name + "/existing", str(existing.parent)):
        answers = {"project_slug": slug, "package_name": "json"}
        for options in ([], ["--overwrite-if-exists"]):
            assert generate(tmp_path, answers, "--no-input", *options).returncode == 1
            assert existing.read_text() == "mine"
            assert list(existing.parent.iterdir()) == [existing]


def test_typed_template_marks_are_refused(tmp_path: Path):
    """Cookiecutter renders an answer of the command line, but not one that is typed."""
    typed = {"project_name": "Typed", "description": "shifts 1 << 2 >> 1", "author_name": "# <% x"}
    lines = "".join(typed.get(question, "") + "\n" for question in QUESTIONS["__prompts__"])
    arguments = ["cookiecutter", "--config-file", configuration(tmp_path), ROOT]
    result = run(arguments, tmp_path, typed=lines)
    assert result.returncode == 1
    for mark in ("<<", ">>", "# <%"):
        assert f"template mark {mark};" in result.stderr
    assert not (tmp_path / "typed").exists()


def test_harmless_odd_text_arrives_as_it_is(tmp_path: Path):
    email = "o'neill+tfx@sub.example.com"
    project = bake(
        tmp_path,
        project_name=ODD,
        project_slug="odd",
        description=ODD,
        author_name=ODD,
        author_email=email,
    )
    metadata = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert metadata["description"] == ODD
    assert metadata["authors"] == [{"name": ODD, "email": email}]
    assert ODD in (project / "LICENSE").read_text(encoding="utf-8")
    recorded = json.loads((project / ".cookiecutter.json").read_text(encoding="utf-8"))
    assert recorded["project_name"] == ODD
    for path in project.rglob("*.py"):
        ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("line", LINES)
def test_the_next_steps_are_printed(tmp_path: Path, line: str):
    result = generate(tmp_path, {"project_name": "Next", "tfx_version": line}, "--no-input")
    assert result.returncode == 0
    supported = "{}.{}".format(*sys.version_info) in LINES[line]["pythons"]
    nox = "nox" if supported else f"nox -P {LINES[line]['pythons'][-1]}"
    steps = result.stdout.strip().splitlines()
    assert [step.split("  ")[0] for step in steps] == [
        "cd next",
        f"{nox} -s train",
        f"{nox} -s tests",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_a_small_file_is_copied_as_it_is(tmp_path: Path, encoding: str):
    content = 'id;"größe";"it""s"\n1;2;3\n'.encode(encoding)
    (tmp_path / "my data.csv").write_bytes(content)
    answers = {"example": "csv", "csv_path": "my data.csv", "label_column": "größe"}
    assert generate(tmp_path, answers, "--no-input").returncode == 0
    project = tmp_path / "my-pipeline"
    assert (project / "data" / "csv" / "my data.csv").read_bytes() == content
    assert not (project / "schema" / "dataset.yaml").exists()


def parquet(*names: str) -> bytes:
    """Return what looks like a Parquet file with columns of these names."""
    footer = " ".join(names).encode()
    return b"PAR1" + footer + struct.pack("<I", len(footer)) + b"PAR1"


@pytest.mark.parametrize(("name", "copy"), [("toys.parquet", "toys.parquet"), ("toys", "toys.csv")])
def test_a_parquet_file_is_copied_as_it_is(tmp_path: Path, name: str, copy: str):
    content = parquet("size", "größe")
    (tmp_path / name).write_bytes(content)
    answers = {"example": "csv", "csv_path": name, "label_column": "größe"}
    assert generate(tmp_path, answers, "--no-input").returncode == 0
    project = tmp_path / "my-pipeline"
    assert (project / "data" / "csv" / copy).read_bytes() == content
    record = json.loads((project / ".cookiecutter.json").read_text(encoding="utf-8"))
    assert record["csv_path"] == f"data/csv/{copy}"


@pytest.mark.parametrize(
    ("content", "label", "said"),
    [
        (parquet("size", "kind"), "kinds", "has no column 'kinds'"),
        (parquet("size", "kind"), "", "label_column is empty"),
        (parquet("size", "kind")[:-1], "kind", "is not a whole Parquet file"),
        (parquet("size", "kind").replace(b"PAR1", b"PARE"), "kind", "or it is encrypted"),
        (b"PAR1" + parquet("size")[-8:], "size", "is not a whole Parquet file"),
        (b"", "kind", "is not a whole Parquet file"),
        (b"size,kind\n1,a\n", "kind", "is not a whole Parquet file"),
    ],
)
def test_a_parquet_file_that_cannot_be_used_is_refused(
    tmp_path: Path, content: bytes, label: str, said: str
):
    (tmp_path / "toys.parquet").write_bytes(content)
    answers = {"example": "csv", "csv_path": "toys.parquet", "label_column": label}
    generated = generate(tmp_path, answers, "--no-input")
    assert generated.returncode != 0
    assert said in generated.stderr
    assert not (tmp_path / "my-pipeline").exists()


def test_a_large_file_stays_where_it_is(tmp_path: Path):
    file = tmp_path / "large.csv"
    file.write_text("kind,size\n", encoding="utf-8")
    with file.open("r+b") as stream:
        stream.truncate(10_000_001)
    answers = {"example": "csv", "csv_path": file.name, "label_column": "kind"}
    assert generate(tmp_path, answers, "--no-input").returncode == 0
    project = tmp_path / "my-pipeline"
    assert not list(project.rglob("*.csv"))
    described = yaml.safe_load((project / "schema" / "dataset.yaml").read_text(encoding="utf-8"))
    assert described == {"data": str(file)}


def test_odd_names_of_columns_arrive_as_they_are(tmp_path: Path):
    file = tmp_path / "odd.csv"
    file.write_text('"a ""b"" \\ c",größe\n1,2\n', encoding="utf-8")
    answers = {"csv_path": str(file), "label_column": 'a "b" \\ c', "ignored_columns": "größe"}
    project = bake(tmp_path, example="csv", **answers)
    schema = (project / "schema" / "schema.pbtxt").read_text(encoding="utf-8")
    assert 'name: "a \\"b\\" \\\\ c"' in schema
    assert 'name: "größe"' in schema


@pytest.mark.parametrize(
    "content",
    [
        '"size\n(cm)",kind\n1,a\n',
        '"size ""x""\n\n",kind\n1,a\n',
        "Toys of 2024\n\nsize,kind\n1,a\n",
        "# by hand\nsize;kind\n1,5;a\n2,5;b\n",
        "sep=;\nsize;kind\n1;a\n",
        f"{'x' * 200_000},kind\n1,a\n",
    ],
    ids=lambda content: content[:20],
)
def test_the_label_is_found_wherever_the_header_is(tmp_path: Path, content: str):
    (tmp_path / "toys.csv").write_text(content, encoding="utf-8")
    answers = {"example": "csv", "csv_path": "toys.csv", "label_column": "kind"}
    assert generate(tmp_path, answers, "--no-input").returncode == 0


def test_a_file_in_the_home_folder_is_found(tmp_path: Path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "mine.csv").write_text("kind,size\na,1\n", encoding="utf-8")
    answers = {"example": "csv", "csv_path": "~/mine.csv", "label_column": "kind"}
    assert generate(tmp_path, answers, "--no-input").returncode == 0
    assert (tmp_path / "my-pipeline" / "data" / "csv" / "mine.csv").is_file()
