"""What each generated project must do, read from ML Metadata and from the pushed model."""

from __future__ import annotations

import csv
import math
import re

import numpy as np
import pytest
from sklearn import metrics

import csv_data
from projects import last_lines
from testing.template import EXAMPLES, LINES
from trained import Trained, csv_number, runs_lint, runs_notebook

COMPONENTS = {
    "StatisticsGen",
    "ImportSchemaGen",
    "ExampleValidator",
    "DataGate",
    "Trainer",
    "BaselineResolver",
    "Evaluator",
    "SimpleModels",
    "Pusher",
}
ESTIMATOR_MODULES = (
    r"\(from tensorflow(_estimator\.|\.python\.(feature_column|training\.session_run_hook))"
)
# The share of the evaluation split for which a project lets TensorFlow Lite differ.
TFLITE_TOLERANCE = 0.01
TOLERANCE = {
    "SparseCategoricalAccuracy": {"abs": 1e-6},
    "AUC": {"abs": 1e-4},
    "RootMeanSquaredError": {"rel": 1e-4},
}


def test_the_projects_own_checks_pass(trained: Trained) -> None:
    for name, result in trained.checks.items():
        assert result.returncode == 0, f"{name}\n{last_lines(result)}"


def test_unit_tests_are_run_that_no_other_cell_has_run(trained: Trained) -> None:
    if not trained.tested:
        pytest.skip("all have the same sources as another cell's")
    printed = trained.checks["tests"].stdout
    passed = re.search(r"(\d+) passed", printed)
    assert passed, printed
    assert int(passed[1]) >= len(trained.tested)


def test_the_lint_session_looks_at_the_project(trained: Trained) -> None:
    if not runs_lint(trained.cell):
        pytest.skip("other cells run it")
    lint = trained.checks["lint"]
    assert "No Python files found" not in lint.stdout + lint.stderr
    assert "no issues found in" in lint.stdout + lint.stderr


def test_the_notebook_runs(trained: Trained) -> None:
    if not runs_notebook(trained.cell):
        pytest.skip("other cells run it")
    assert re.search(r"\b1 passed\b", trained.checks["notebook"].stdout)


def test_all_components_complete_and_the_model_is_blessed_and_pushed(
    trained: Trained,
) -> None:
    states, *_ = trained.states
    csv = any((trained.project / "data").rglob("*.csv"))
    expected = COMPONENTS | {"CsvExampleGen" if csv else "ImportExampleGen"} | _tflite_gate(trained)
    if trained.cell.transform == "yes":
        expected |= {"Transform", "TransformedStatistics"}
    if EXAMPLES[trained.cell.example]["images"]:
        expected.add("ImageGate")
    assert states == dict.fromkeys(expected, "COMPLETE")
    first, *_ = trained.facts["runs"]
    assert first["blessed"] == 1
    assert first["pushed"]


def test_the_pushed_model_is_as_good_as_the_evaluator_says(trained: Trained) -> None:
    recorded = trained.recorded
    assert _metric(trained) == pytest.approx(recorded, **TOLERANCE[trained.metric])
    if trained.metric == "RootMeanSquaredError":
        assert recorded <= trained.threshold
    else:
        assert recorded >= trained.threshold


def test_the_pushed_model_beats_one_that_knows_nothing(trained: Trained) -> None:
    guessing = trained.trivial
    if trained.metric == "RootMeanSquaredError":
        assert trained.recorded < 0.9 * guessing
    else:
        assert trained.recorded > guessing + 0.3


def test_the_readme_tells_what_guessing_is_worth(trained: Trained) -> None:
    if trained.cell.example == "csv":
        assert "(without any knowledge:" in trained.first.stdout
    else:
        told = EXAMPLES[trained.cell.example]["baseline"]
        assert trained.trivial == pytest.approx(told, abs=0.05)


def test_the_file_of_the_training_is_predicted_as_its_examples_are(trained: Trained) -> None:
    if not trained.predicted:
        pytest.skip("cells with another example know no file")
    assert (trained.predicted.returncode, trained.predicted.stderr) == (0, "")
    rows = [*csv.DictReader(trained.predicted.stdout.splitlines())]
    assert len(rows) == csv_data.rows(csv_number(trained.cell))
    names = [f"probability_{name}" for name in trained.answers["classes"]] or [csv_data.LABEL]
    expected = np.array(trained.answers["scores"])
    answers = np.array([[float(row[name]) for name in names[-expected.shape[1] :]] for row in rows])
    nearest = np.abs(answers[:, np.newaxis] - expected).max(axis=2).min(axis=0)
    assert nearest.max() <= 1e-5 * np.abs(expected).max()


def test_the_pushed_model_answers_when_all_cells_are_missing(trained: Trained) -> None:
    (scores,) = trained.answers["nothing"]
    if trained.answers["classes"]:
        assert all(0 <= score <= 1 for score in scores)
    else:
        assert all(math.isfinite(score) for score in scores)


def test_the_pushed_model_answers_the_same_in_every_loader(trained: Trained) -> None:
    loaders = trained.facts["asked"]["loaders"]
    assert {loader: each["error"] for loader, each in loaders.items() if "error" in each} == {}
    expected = loaders["tf.saved_model.load"]
    usual, odd, alone = expected["shapes"]
    scores = trained.answers["scores"]
    rows, width = len(scores), len(scores[0])
    assert (usual, alone) == ([min(rows, 100), width], [1, width])
    assert odd[0] >= 5
    assert len(loaders) == 3
    for answers in loaders.values():
        assert answers["types"] == ["float32"]
        assert answers["shapes"] == expected["shapes"]
        assert answers["values"] == pytest.approx(expected["values"], rel=1e-5)


def test_the_pushed_models_tables_are_initialized_by_operations_as_java_wants(
    trained: Trained,
) -> None:
    assert [name for name in trained.facts["asked"]["initializers"] if ":" in name] == []


def test_each_signature_of_the_pushed_model_answers_the_same_again(trained: Trained) -> None:
    repeated = trained.facts["asked"]["repeated"]
    assert trained.facts["asked"]["signature"] in repeated
    assert repeated == dict.fromkeys(repeated, True)


def test_tensorflow_lite_is_pushed_and_as_good(trained: Trained) -> None:
    answers = trained.answers["tflite"]
    assert (answers is not None) == bool(_tflite_gate(trained))
    if answers is not None:
        labels, expected = trained.facts["labels"], _classes(trained.answers["scores"])
        predicted = _classes(answers)
        assert metrics.accuracy_score(expected, predicted) >= 1 - TFLITE_TOLERANCE
        accuracy = metrics.accuracy_score(labels, predicted)
        assert accuracy == pytest.approx(trained.recorded, abs=TFLITE_TOLERANCE)
        assert accuracy > trained.trivial + 0.3


def test_the_strategy_is_in_force(trained: Trained) -> None:
    mirrored = trained.cell.strategy == "MirroredStrategy"
    assert trained.answers["strategy"] == trained.cell.strategy
    assert trained.answers["replicas"] == (2 if mirrored else 1)
    logged = any("Using MirroredStrategy with devices" in log for log in _logs(trained))
    assert logged == mirrored


def test_keras_is_the_one_of_the_line(trained: Trained) -> None:
    assert f"{trained.answers['keras']}.".startswith(f"{LINES[trained.cell.tfx_version]['keras']}.")


def test_the_projects_code_uses_nothing_deprecated_but_estimators(trained: Trained) -> None:
    source = re.escape(str(trained.project / "src"))
    told = [
        each for log in _logs(trained) for each in re.findall(f"From {source}.* is deprecated", log)
    ]
    others = [each for each in told if not re.search(ESTIMATOR_MODULES, each)]
    assert others == []
    assert bool(told) == (trained.cell.model_api != "keras")


def test_an_unchanged_run_is_cached(trained: Trained) -> None:
    assert trained.second.returncode == 0, trained.second.stderr
    _, states, *_ = trained.states
    assert {name for name, state in states.items() if state == "COMPLETE"} == {"BaselineResolver"}
    assert {*states.values()} == {"COMPLETE", "CACHED"}
    first, second, *_ = trained.facts["runs"]
    assert second["pushed"] == first["pushed"]


def test_an_edit_in_the_trainer_reruns_it_and_what_follows(trained: Trained) -> None:
    if not trained.edited:
        pytest.skip("other cells have an edit")
    assert trained.edited.returncode == 0, last_lines(trained.edited)
    *_, states = trained.states
    rerun = {name for name, state in states.items() if state == "COMPLETE"}
    assert rerun == {"Trainer", "BaselineResolver", "Evaluator", "Pusher"} | _tflite_gate(trained)
    first, _, third = trained.facts["runs"]
    assert [*trained.facts["models"]] == [first["pushed"], third["pushed"]]


def test_a_training_that_is_repeated_gives_the_same_model(trained: Trained) -> None:
    if not trained.edited:
        pytest.skip("other cells repeat it")
    first, second = trained.facts["models"].values()
    assert first["scores"] == second["scores"]


def test_a_treatment_of_ones_own_is_trained_without_ingesting_the_data_again(
    trained: Trained,
) -> None:
    if not trained.treated:
        pytest.skip("other cells add one")
    assert trained.treated.returncode == 0, last_lines(trained.treated)
    *_, states = trained.states
    rerun = {name for name, state in states.items() if state == "COMPLETE"}
    expected = {"Trainer", "BaselineResolver", "Evaluator", "SimpleModels", "Pusher"}
    expected |= _tflite_gate(trained)
    if trained.cell.transform == "yes":
        expected |= {"Transform", "TransformedStatistics"}
    assert rerun == expected
    first, second = trained.facts["models"].values()
    assert first["scores"] != second["scores"]


def _tflite_gate(trained: Trained) -> set[str]:
    return {"TFLiteGate"} if EXAMPLES[trained.cell.example]["images"] else set()


def _logs(trained: Trained) -> list[str]:
    return [log.read_text() for log in (trained.project / "output" / "logs").glob("*.log")]


def _metric(trained: Trained) -> float:
    labels, scores = trained.facts["labels"], trained.answers["scores"]
    if trained.metric == "RootMeanSquaredError":
        return metrics.root_mean_squared_error(labels, scores)
    if trained.metric == "AUC":
        return metrics.roc_auc_score(labels, [row[-1] for row in scores])
    return metrics.accuracy_score(labels, _classes(scores))


def _classes(scores: list[list[float]]) -> list[int]:
    return [row.index(max(row)) for row in scores]
