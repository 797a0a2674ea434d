from __future__ import annotations

import numpy as np
import pytest

from << cookiecutter.package_name >>.tflite_gate import differing

CLASSES = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]])
NUMBERS = np.array([[0.0], [100.0], [50.0], [20.0]])


def test_a_class_differs_if_another_is_more_probable() -> None:
    others = np.array([[0.8, 0.2], [0.3, 0.7], [0.4, 0.6], [0.4, 0.6]])
    assert differing(CLASSES, CLASSES, classify=True) == 0
    assert differing(CLASSES, others, classify=True) == 0.25


@pytest.mark.parametrize(("shift", "share"), [(0.5, 0), (10, 1), (np.nan, 1)])
def test_a_number_differs_if_it_is_far_away(shift: float, share: float) -> None:
    assert differing(NUMBERS, NUMBERS + shift, classify=False) == share
