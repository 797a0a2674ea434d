from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tfx.types.standard_artifacts import Examples, Model

from << cookiecutter.package_name >>.components.tflite_gate import (
    TFLiteGate,
    differing,
)
from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.features.parsing import Features
from << cookiecutter.package_name >>.serving import tflite

CLASSES = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]])
NUMBERS = np.array([[0.0], [100.0], [50.0], [20.0]])


def test_a_class_differs_if_another_is_more_probable() -> None:
    others = np.array([[0.8, 0.2], [0.3, 0.7], [0.4, 0.6], [0.4, 0.6]])
    assert differing(CLASSES, CLASSES, classify=True) == 0
    assert differing(CLASSES, others, classify=True) == 0.25


@pytest.mark.parametrize(("shift", "share"), [(0.5, 0), (10, 1), (np.nan, 1)])
def test_a_number_differs_if_it_is_far_away(shift: float, share: float) -> None:
    assert differing(NUMBERS, NUMBERS + shift, classify=False) == share


def gate(trained: Path, raw_records: Path, folder: Path) -> dict[str, float]:
    """Run the component's function on artifacts of the toys."""
    model, examples = Model(), Examples()
    model.uri, examples.uri = str(folder / "model"), str(folder / "examples")
    examples.split_names = '["eval"]'
    for place, original in (
        (folder / "model" / "Format-Serving", trained / "serving"),
        (folder / "examples" / "Split-eval", raw_records.parent),
    ):
        place.parent.mkdir()
        place.symlink_to(original)
    function = TFLiteGate.EXECUTOR_SPEC.executor_class._FUNCTION
    return function(examples=examples, model=model, tolerance=0.1)


def test_the_same_predictions_pass(trained: Path, raw_records: Path, tmp_path: Path) -> None:
    assert gate(trained, raw_records, tmp_path) == {"differing": 0}


def test_other_predictions_stop_the_run(
    trained: Path, raw_records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = tflite.ask

    def wrong(directory: Path, features: Features) -> np.ndarray:
        return np.roll(right(directory, features), 1, axis=1)

    monkeypatch.setattr(tflite, "ask", wrong)
    with pytest.raises(UserError, match="of the evaluation split; at most 10"):
        gate(trained, raw_records, tmp_path)
