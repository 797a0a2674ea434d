"""What every generated project consists of, and what each answer changes in it."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from itertools import combinations, product
from pathlib import Path

import pytest
import yaml

from testing.baking import Bake, Bakes, bake, contents, run
from testing.template import CHOICES, EXAMPLES, LINES, ROOT, TEXTS

# The data that are not text.
TFRECORD_FILES = [each["file"] for each in EXAMPLES.values() if ".tfrecord" in each["file"]]
BINARY = ".gz"
GZIP = b"\x1f\x8b"

SOURCES = ["<<cookiecutter.project_slug>>", "templates", "hooks"]

FILES = """
    .cookiecutter.json
    .dockerignore
    .github/workflows/ci.yml
    .github/workflows/lock.yml
    .gitignore
    .pre-commit-config.yaml
    Dockerfile
    LICENSE
    README.md
    data/{example}/README.md
    data/{example}/{data_file}
    docs/data.md
    docs/development.md
    docs/evaluation.md
    docs/operations.md
    docs/serving.md
    docs/training.md
    docs/upgrading.md
    notebooks/explore.ipynb
    noxfile.py
    pyproject.toml
    requirements-dev.txt
    requirements.txt
    schema/schema.pbtxt
    src/my_pipeline/__init__.py
    src/my_pipeline/__main__.py
    src/my_pipeline/cli.py
    src/my_pipeline/components/__init__.py
    src/my_pipeline/components/baseline.py
    src/my_pipeline/components/csv_example_gen.py
    src/my_pipeline/components/data_gate.py
    src/my_pipeline/components/fingerprint.py
    src/my_pipeline/components/giveaways.py
    src/my_pipeline/components/pusher.py
    src/my_pipeline/components/simple_models.py
    src/my_pipeline/console/__init__.py
    src/my_pipeline/console/causes.py
    src/my_pipeline/console/environment.py
    src/my_pipeline/console/errors.py
    src/my_pipeline/console/logs.py
    src/my_pipeline/console/options.py
    src/my_pipeline/console/records.py
    src/my_pipeline/console/temporary.py
    src/my_pipeline/console/termination.py
    src/my_pipeline/evaluation.py
    src/my_pipeline/features/__init__.py
    src/my_pipeline/features/bags.py
    src/my_pipeline/features/columns.py
    src/my_pipeline/features/parsing.py
    src/my_pipeline/features/precision.py
    src/my_pipeline/features/preprocessing.py
    src/my_pipeline/features/schema.py
    src/my_pipeline/features/special.py
    src/my_pipeline/features/tags.py
    src/my_pipeline/features/timestamps.py
    src/my_pipeline/features/treatments.py
    src/my_pipeline/files/__init__.py
    src/my_pipeline/files/csv_dialect.py
    src/my_pipeline/files/csv_files.py
    src/my_pipeline/files/dates.py
    src/my_pipeline/files/examples.py
    src/my_pipeline/files/parquet_files.py
    src/my_pipeline/files/patterns.py
    src/my_pipeline/files/readable.py
    src/my_pipeline/files/remote.py
    src/my_pipeline/files/spelling.py
    src/my_pipeline/files/splits.py
    src/my_pipeline/files/tables.py
    src/my_pipeline/files/tfrecord_files.py
    src/my_pipeline/keras_home/keras.json
    src/my_pipeline/metrics/__init__.py
    src/my_pipeline/metrics/catalog.py
    src/my_pipeline/metrics/figures.py
    src/my_pipeline/metrics/measures.py
    src/my_pipeline/metrics/recorded.py
    src/my_pipeline/metrics/significance.py
    src/my_pipeline/metrics/summaries.py
    src/my_pipeline/new_data/__init__.py
    src/my_pipeline/new_data/date_columns.py
    src/my_pipeline/new_data/group_columns.py
    src/my_pipeline/new_data/integer_columns.py
    src/my_pipeline/new_data/list_columns.py
    src/my_pipeline/new_data/number_columns.py
    src/my_pipeline/new_data/profiling.py
    src/my_pipeline/new_data/schema_inference.py
    src/my_pipeline/new_data/split_proposal.py
    src/my_pipeline/pipeline.py
    src/my_pipeline/project.py
    src/my_pipeline/runners/__init__.py
    src/my_pipeline/runners/claiming_launcher.py
    src/my_pipeline/runners/imports.py
    src/my_pipeline/runners/launch.py
    src/my_pipeline/runners/local.py
    src/my_pipeline/runners/pipeline_run.py
    src/my_pipeline/runners/processes.py
    src/my_pipeline/runners/pushes.py
    src/my_pipeline/runners/verdict.py
    src/my_pipeline/services/__init__.py
    src/my_pipeline/services/backslashes.py
    src/my_pipeline/services/beam_engines.py
    src/my_pipeline/services/connection.py
    src/my_pipeline/services/identity.py
    src/my_pipeline/services/metadata_store.py
    src/my_pipeline/services/metadata_url.py
    src/my_pipeline/services/mysql_greeting.py
    src/my_pipeline/services/relocation.py
    src/my_pipeline/services/results.py
    src/my_pipeline/services/run_lock.py
    src/my_pipeline/services/tcp_probe.py
    src/my_pipeline/serving/__init__.py
    src/my_pipeline/serving/coverage.py
    src/my_pipeline/serving/prediction.py
    src/my_pipeline/settings.py
    src/my_pipeline/training/__init__.py
    src/my_pipeline/training/empty_batches.py
    src/my_pipeline/training/inputs.py
    src/my_pipeline/training/linear_model.py
    src/my_pipeline/training/linear_start.py
    src/my_pipeline/training/model.py
    src/my_pipeline/training/model_spec.py
    src/my_pipeline/training/signatures.py
    src/my_pipeline/training/strategy.py
    src/my_pipeline/training/trainer.py
    src/my_pipeline/training/training_record.py
    tests/components/test_baseline.py
    tests/components/test_csv_example_gen.py
    tests/components/test_data_gate.py
    tests/components/test_fingerprint.py
    tests/components/test_giveaways.py
    tests/components/test_pusher.py
    tests/components/test_simple_models.py
    tests/conftest.py
    tests/console/test_causes.py
    tests/console/test_environment.py
    tests/console/test_logs.py
    tests/console/test_options.py
    tests/console/test_temporary.py
    tests/console/test_termination.py
    tests/features/test_bags.py
    tests/features/test_columns.py
    tests/features/test_parsing.py
    tests/features/test_precision.py
    tests/features/test_preprocessing.py
    tests/features/test_schema.py
    tests/features/test_timestamps.py
    tests/features/test_treatments.py
    tests/files/test_csv_dialect.py
    tests/files/test_csv_files.py
    tests/files/test_dates.py
    tests/files/test_examples.py
    tests/files/test_parquet_files.py
    tests/files/test_patterns.py
    tests/files/test_readable.py
    tests/files/test_remote.py
    tests/files/test_splits.py
    tests/files/test_tables.py
    tests/files/test_tfrecord_files.py
    tests/metrics/test_measures.py
    tests/metrics/test_significance.py
    tests/new_data/test_date_columns.py
    tests/new_data/test_integer_columns.py
    tests/new_data/test_list_columns.py
    tests/new_data/test_number_columns.py
    tests/new_data/test_profiling.py
    tests/new_data/test_schema_inference.py
    tests/new_data/test_split_proposal.py
    tests/runners/conftest.py
    tests/runners/test_imports.py
    tests/runners/test_pipeline_run.py
    tests/runners/test_processes.py
    tests/runners/test_verdict.py
    tests/services/conftest.py
    tests/services/test_backslashes.py
    tests/services/test_beam_engines.py
    tests/services/test_connection.py
    tests/services/test_identity.py
    tests/services/test_metadata_store.py
    tests/services/test_metadata_url.py
    tests/services/test_mysql_greeting.py
    tests/services/test_relocation.py
    tests/services/test_results.py
    tests/services/test_run_lock.py
    tests/serving/test_coverage.py
    tests/serving/test_prediction.py
    tests/test_cli.py
    tests/test_e2e.py
    tests/test_environment.py
    tests/test_evaluation.py
    tests/test_layout.py
    tests/test_notebook.py
    tests/test_pipeline.py
    tests/test_readme.py
    tests/test_schema.py
    tests/test_settings.py
    tests/training/test_empty_batches.py
    tests/training/test_inputs.py
    tests/training/test_linear_model.py
    tests/training/test_linear_start.py
    tests/training/test_model.py
    tests/training/test_strategy.py
    tests/training/test_trainer.py
    tests/training/test_training_record.py
"""

# What an orchestrator adds.
ENGINE_FILES = {
    "airflow": [
        ".airflowignore",
        "airflow_dag.py",
        "docs/airflow.md",
        "requirements-airflow.txt",
        "src/my_pipeline/runners/airflow.py",
        "src/my_pipeline/runners/cache_keys.py",
        "src/my_pipeline/runners/repeated_run.py",
        "tests/runners/test_airflow.py",
        "tests/runners/test_repeated_run.py",
    ],
    "kubeflow": [
        "docs/kubeflow.md",
        "requirements-kubeflow.txt",
        "src/my_pipeline/runners/kubeflow.py",
        "tests/runners/test_kubeflow.py",
    ],
}
ENGINES = {"local": [], **{engine: [engine] for engine in ENGINE_FILES}, "all": [*ENGINE_FILES]}

# What a model API adds.
MODEL_API_FILES = {
    "keras": [
        "src/my_pipeline/training/linear_layers.py",
        "src/my_pipeline/training/servable.py",
        "tests/training/test_linear_layers.py",
        "tests/training/test_servable.py",
    ],
    "model_to_estimator": [
        "src/my_pipeline/training/linear_layers.py",
        "src/my_pipeline/training/conversion.py",
        "src/my_pipeline/training/hooks.py",
        "tests/training/test_conversion.py",
        "tests/training/test_linear_layers.py",
    ],
    "estimator": ["src/my_pipeline/training/hooks.py"],
}

# What images and TensorFlow Lite add, and what else differs with them.
IMAGE_FILES = [
    "docs/images.md",
    "src/my_pipeline/components/image_gate.py",
    "src/my_pipeline/features/images.py",
    "src/my_pipeline/files/png_files.py",
    "src/my_pipeline/new_data/image_files.py",
    "src/my_pipeline/new_data/import_images.py",
    "tests/components/test_image_gate.py",
    "tests/features/test_images.py",
    "tests/files/test_png_files.py",
    "tests/new_data/test_image_files.py",
]
TFLITE_FILES = [
    "src/my_pipeline/components/tflite_gate.py",
    "src/my_pipeline/serving/tflite.py",
    "src/my_pipeline/training/tflite_export.py",
    "tests/components/test_tflite_gate.py",
    "tests/serving/test_tflite.py",
]
EXTRAS = {
    "images": [
        "README.md",
        "docs/data.md",
        "docs/serving.md",
        "docs/training.md",
        "src/my_pipeline/cli.py",
        "src/my_pipeline/features/columns.py",
        "src/my_pipeline/pipeline.py",
        "src/my_pipeline/serving/prediction.py",
        "src/my_pipeline/training/model.py",
        "tests/conftest.py",
        "tests/serving/test_prediction.py",
        "tests/test_cli.py",
        *IMAGE_FILES,
    ],
    "tflite": [
        "README.md",
        "docs/serving.md",
        "src/my_pipeline/pipeline.py",
        "src/my_pipeline/settings.py",
        "src/my_pipeline/training/signatures.py",
        "src/my_pipeline/training/trainer.py",
        "tests/components/test_fingerprint.py",
        "tests/conftest.py",
        "tests/test_pipeline.py",
        "tests/training/test_servable.py",
        *TFLITE_FILES,
    ],
}

# What feature engineering without Transform adds.
LEARNER_FILES = ["src/my_pipeline/features/learners.py", "tests/features/test_learners.py"]

# For each answer, what is in a file for this answer, and for no other of the same question.
MARKS = {
    "license": {
        "Apache-2.0": [("LICENSE", "Apache License"), ("pyproject.toml", '= "Apache-2.0"')],
        "MIT": [("LICENSE", "MIT License"), ("pyproject.toml", '= "MIT"')],
        "BSD-3-Clause": [("LICENSE", "BSD 3-Clause"), ("pyproject.toml", '= "BSD-3-Clause"')],
        "Proprietary": [
            ("LICENSE", "All rights reserved"),
            ("pyproject.toml", '= "LicenseRef-Proprietary"'),
        ],
    },
    "example": {
        "penguin": [
            ("schema/schema.pbtxt", '"bill_length_mm"'),
            ("src/my_pipeline/settings.py", '"penguin"'),
        ],
        "taxi": [
            ("schema/schema.pbtxt", '"trip_miles"'),
            ("src/my_pipeline/features/special.py", '"trip_start_timestamp"'),
            ("src/my_pipeline/settings.py", '"taxi"'),
        ],
        "mnist": [
            ("schema/schema.pbtxt", '"image:28x28"'),
            ("src/my_pipeline/settings.py", '"mnist"'),
        ],
        "csv": [
            ("schema/schema.pbtxt", 'feature { name: "kind" annotation { tag: "label" } }'),
            ("src/my_pipeline/settings.py", '"csv"'),
        ],
        "digits": [
            ("schema/schema.pbtxt", '"image:8x8"'),
            ("src/my_pipeline/settings.py", '"digits"'),
        ],
    },
    "model_api": {
        "keras": [
            ("src/my_pipeline/training/model_spec.py", "preprocessing_function_names"),
            ("src/my_pipeline/training/trainer.py", "model.fit("),
        ],
        "model_to_estimator": [("src/my_pipeline/training/model.py", "conversion.to_estimator(")],
        "estimator": [
            ("src/my_pipeline/training/model_spec.py", '"logistic"'),
            ("src/my_pipeline/training/model.py", "DNNLinearCombinedEstimator("),
        ],
    },
    "transform": {
        "yes": [
            ("src/my_pipeline/pipeline.py", "Transform("),
            ("src/my_pipeline/features/preprocessing.py", "def preprocessing_fn("),
        ],
        "no": [("src/my_pipeline/features/preprocessing.py", "self.learned = ")],
    },
    "strategy": {
        "OneDeviceStrategy": [("src/my_pipeline/training/strategy.py", "OneDeviceStrategy(")],
        "MirroredStrategy": [("src/my_pipeline/training/strategy.py", "MirroredStrategy(")],
    },
    "tfx_version": {
        "1.21": [("pyproject.toml", '"tfx==1.21.')],
        "1.15": [("pyproject.toml", '"tfx==1.15.')],
    },
    "orchestrator": {
        "local": [("src/my_pipeline/cli.py", "COMMANDS = (local,")],
        "airflow": [("src/my_pipeline/cli.py", "COMMANDS = (airflow, local")],
        "kubeflow": [("src/my_pipeline/cli.py", "COMMANDS = (kubeflow, local")],
        "all": [("src/my_pipeline/cli.py", "COMMANDS = (airflow, kubeflow, local")],
    },
}

# The questions whose answers the matrix cycles over its cells.
CYCLED = ["license", "orchestrator"]
# For each question, all that may differ between two projects that differ in its answer.
DIFFERENCES = {
    "license": ["LICENSE", "pyproject.toml"],
    "orchestrator": [
        ".dockerignore",
        "Dockerfile",
        "README.md",
        "noxfile.py",
        "pyproject.toml",
        "src/my_pipeline/cli.py",
        "src/my_pipeline/settings.py",
        *(file for files in ENGINE_FILES.values() for file in files),
    ],
    "example": [
        "README.md",
        "data/csv/README.md",
        "data/csv/csv.csv",
        "data/digits/README.md",
        "data/digits/digits.tfrecord.gz",
        "data/mnist/README.md",
        "data/mnist/mnist.tfrecord.gz",
        "data/penguin/README.md",
        "data/penguin/penguin.csv",
        "data/taxi/README.md",
        "data/taxi/taxi.csv",
        "docs/data.md",
        "docs/evaluation.md",
        "docs/serving.md",
        "docs/training.md",
        "schema/schema.pbtxt",
        "src/my_pipeline/features/special.py",
        "src/my_pipeline/settings.py",
        *(file for files in EXTRAS.values() for file in files),
    ],
    "model_api": [
        "README.md",
        "docs/development.md",
        "docs/serving.md",
        "docs/training.md",
        "src/my_pipeline/settings.py",
        "src/my_pipeline/training/model_spec.py",
        "src/my_pipeline/training/empty_batches.py",
        "src/my_pipeline/training/model.py",
        "src/my_pipeline/training/signatures.py",
        "src/my_pipeline/training/trainer.py",
        "tests/training/test_empty_batches.py",
        "tests/training/test_model.py",
        *(file for files in MODEL_API_FILES.values() for file in files),
    ],
    "transform": [
        "README.md",
        "src/my_pipeline/pipeline.py",
        "src/my_pipeline/features/bags.py",
        "src/my_pipeline/features/preprocessing.py",
        "src/my_pipeline/features/timestamps.py",
        "src/my_pipeline/features/treatments.py",
        "tests/conftest.py",
        "tests/features/test_preprocessing.py",
        "tests/features/test_treatments.py",
        *LEARNER_FILES,
    ],
    "strategy": [
        "docs/training.md",
        "docs/upgrading.md",
        "src/my_pipeline/training/strategy.py",
        "tests/training/test_strategy.py",
    ],
    "tfx_version": [
        ".github/workflows/ci.yml",
        ".github/workflows/lock.yml",
        "Dockerfile",
        "README.md",
        "docs/development.md",
        "noxfile.py",
        "requirements-dev.txt",
        "requirements.txt",
        "src/my_pipeline/files/parquet_files.py",
        "tests/training/test_training_record.py",
    ],
}


def sources() -> list[Path]:
    return [path for folder in SOURCES for path in (ROOT / folder).rglob("*") if path.is_file()]


def texts(project: Path) -> dict[str, bytes]:
    return {path: text for path, text in contents(project).items() if not path.endswith(BINARY)}


def assert_clean(projects: list[Path]) -> None:
    for command in (["check", "--no-cache"], ["format", "--check", "--no-cache"]):
        result = run(["ruff", *command, *projects], ROOT)
        assert result.returncode == 0, result.stdout + result.stderr


def test_the_files_are_these(bakes: list[Bake]):
    for answers, project in bakes:
        example = answers["example"]
        data_file = EXAMPLES[example]["file"] or "csv.csv"
        expected = FILES.format(example=example, data_file=data_file).split()
        expected += [
            file for engine in ENGINES[answers["orchestrator"]] for file in ENGINE_FILES[engine]
        ]
        expected += MODEL_API_FILES[answers["model_api"]]
        expected += LEARNER_FILES if answers["transform"] == "no" else []
        if EXAMPLES[example]["images"]:
            expected += IMAGE_FILES + TFLITE_FILES
        assert sorted(contents(project)) == sorted(expected)


def test_no_template_mark_is_left(bakes: list[Bake]):
    for _, project in bakes:
        for path, content in texts(project).items():
            for mark in (b"<<", b"# <%", b"%>", b"# <#", b"<cookiecutter"):
                assert mark not in content, f"{mark} in {path}"
                assert mark.decode() not in path


def test_every_file_is_text_that_ends_in_one_newline(bakes: list[Bake]):
    for answers, project in bakes:
        for path, content in texts(project).items():
            text = content.decode("utf-8")
            assert not text or re.search(r"\S\n\Z", text), f"{path} of {answers}"


def test_the_images_arrive_as_they_are(bakes: list[Bake]):
    for name in TFRECORD_FILES:
        (original,) = (path for path in sources() if f"__{name.replace('.', '_')}>" in path.name)
        place = f"data/{name.partition('.')[0]}/{name}"
        files = [contents(project).get(place) for _, project in bakes]
        assert {*files} == {None, original.read_bytes()}


def test_every_file_can_be_read_as_what_it_is(bakes: list[Bake]):
    readers = {".ipynb": json.loads, ".json": json.loads, ".toml": tomllib.loads}
    readers |= {".py": ast.parse, ".yaml": yaml.safe_load, ".yml": yaml.safe_load}
    for _, project in bakes:
        for path, content in contents(project).items():
            if reader := readers.get(Path(path).suffix):
                assert reader(content.decode("utf-8")) is not None, path


def test_ruff_finds_nothing(bakes: list[Bake]):
    assert_clean([bake.project for bake in bakes])


def test_mypy_finds_nothing(bakes: list[Bake], tmp_path: Path):
    for answers, project in bakes:
        # What is the same in all projects is looked at once.
        result = run(["mypy", f"--cache-dir={tmp_path}"], project)
        assert result.returncode == 0, f"{answers}\n{result.stdout}{result.stderr}"
        assert "no issues found in" in result.stdout


def test_hadolint_finds_nothing(bakes: list[Bake]):
    dockerfiles = {(project / "Dockerfile").read_bytes(): project for _, project in bakes}
    # With and without what Kubeflow needs.
    assert len(dockerfiles) == 2 * len(LINES)
    for project in dockerfiles.values():
        result = run(["hadolint", "Dockerfile"], project)
        assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("package", ["p", "p" * 60])
def test_ruff_finds_nothing_whatever_the_length_of_the_names(tmp_path: Path, package: str):
    projects = []
    for model_api, transform in product(CHOICES["model_api"], CHOICES["transform"]):
        folder = tmp_path / f"{model_api}-{transform}"
        folder.mkdir()
        answers = {"model_api": model_api, "transform": transform, "orchestrator": "all"}
        projects.append(bake(folder, project_name=package, **answers))
    assert_clean(projects)


def test_marks_cover_every_answer():
    listed = {question: list(answers) for question, answers in MARKS.items()}
    assert listed == {**CHOICES, "tfx_version": list(LINES)}


@pytest.mark.parametrize("question", MARKS)
def test_each_answer_is_seen_where_it_should_be(bakes: list[Bake], question: str):
    for answers, project in bakes:
        for answer, marks in MARKS[question].items():
            for path, mark in marks:
                seen = mark in (project / path).read_text(encoding="utf-8")
                assert seen == (answer == answers[question]), f"{mark} in {path} of {answers}"


@pytest.mark.parametrize("question", sorted(DIFFERENCES.keys() - set(CYCLED)))
def test_each_answer_changes_these_files_alone(bakes: list[Bake], question: str):
    changed = set()
    for one, other in combinations(bakes, 2):
        differing = {key for key in one.answers if one.answers[key] != other.answers[key]}
        if differing - set(CYCLED) == {question}:
            pairs = contents(one.project).items() ^ contents(other.project).items()
            changed |= {path for path, _ in pairs}
    others = {".cookiecutter.json", *(file for each in CYCLED for file in DIFFERENCES[each])}
    assert sorted(changed - others) == sorted({*DIFFERENCES[question]} - others)


@pytest.mark.parametrize("question", CYCLED)
def test_each_cycled_answer_changes_these_files_alone(tmp_path: Path, question: str):
    projects = []
    for answer in CHOICES[question]:
        folder = tmp_path / answer
        folder.mkdir()
        projects.append(contents(bake(folder, **{question: answer})).items())
    changed = {path for one, other in combinations(projects, 2) for path, _ in one ^ other}
    assert sorted(changed) == sorted([".cookiecutter.json", *DIFFERENCES[question]])


@pytest.mark.parametrize("question", EXTRAS)
@pytest.mark.parametrize("model_api", CHOICES["model_api"])
def test_each_extra_changes_these_files_alone(tmp_path: Path, question: str, model_api: str):
    projects = []
    for answer in ("no", "yes"):
        folder = tmp_path / answer
        folder.mkdir()
        answers = {"images": "no", "tflite": "no", question: answer, "model_api": model_api}
        projects.append(contents(bake(folder, **answers)).items())
    without, having = projects
    changed = {path for path, _ in without ^ having}
    assert changed - {".cookiecutter.json"} <= {*EXTRAS[question]}
    assert {*(IMAGE_FILES if question == "images" else TFLITE_FILES)} <= changed


def test_every_text_is_used(tmp_path: Path):
    answers = {
        "project_name": "Distinct Project",
        "project_slug": "distinct-slug",
        "package_name": "distinct_package",
        "description": "Distinct description.",
        "author_name": "Distinct Author",
        "author_email": "distinct@example.com",
        "csv_path": str(tmp_path / "distinct.csv"),
        "label_column": "distinct label",
        "ignored_columns": "distinct id, distinct note",
    }
    assert sorted([*answers, "images", "tflite", "tfx_version"]) == sorted(TEXTS)
    header = "distinct id,distinct note,distinct label\n"
    Path(answers["csv_path"]).write_text(header, encoding="utf-8")
    files = contents(bake(tmp_path, license="MIT", example="csv", **answers))
    assert files["data/csv/distinct.csv"].decode("utf-8") == header
    del files[".cookiecutter.json"], files["data/csv/distinct.csv"], answers["csv_path"]
    first, second = answers.pop("ignored_columns").split(", ")
    answers.update(first=f'"{first}"', second=f'"{second}"')
    text = b"".join(files.values()).decode("utf-8")
    assert [answer for answer in answers.values() if answer not in text] == []


def test_every_alternative_is_used(everything: Bakes):
    alternatives = {
        path.relative_to(ROOT / "templates").as_posix()
        for path in (ROOT / "templates").rglob("*")
        if path.is_file()
    }
    assert alternatives <= everything.sources


def test_every_template_expression_is_about_an_answer():
    for path in sources():
        content = "" if path.read_bytes().startswith(GZIP) else path.read_text(encoding="utf-8")
        text = f"{path.relative_to(ROOT)}\n{content}"
        assert text.count("<<") == text.count(">>") == len(re.findall(r"<<.+?>>", text)), path
        for expression in re.findall(r"<<.+?>>", text):
            of_a_loop = re.match("<< name[.]", expression)
            assert of_a_loop or "cookiecutter" in expression, f"{expression} in {path}"
        for block in re.findall(r"# <%.*", text):
            assert re.fullmatch(r"# <% (include|for|endfor|if|elif|else|endif)\b.*%>", block), path
