from __future__ import annotations

import numpy as np
import pytest
from tensorflow_metadata.proto.v0.statistics_pb2 import Histogram, NumericStatistics

from << cookiecutter.package_name >>.features import precision


def deciles(numbers: np.ndarray) -> Histogram:
    """Make the histogram of TFDV that has them."""
    bounds = np.quantile(numbers, np.linspace(0, 1, 11))
    histogram = Histogram(type=Histogram.QUANTILES)
    for low, high in zip(bounds, bounds[1:]):
        histogram.buckets.add(low_value=low, high_value=high)
    return histogram


@pytest.mark.parametrize(
    ("middle", "width", "is_lost"),
    [
        (1.7e9, 67, True),
        (1.7e9, 1e6, False),
        (41.9, 0.1, False),
        (2008, 3, False),
        (-2008, 3, False),
        (0, 1e-30, False),
        (1e20, 1e13, True),
        (5, 0, False),
    ],
)
def test_what_rounding_would_change_is_lost(middle: float, width: float, is_lost: bool) -> None:
    numbers = np.random.default_rng(1).uniform(middle - width, middle + width, 10_000)
    whole = NumericStatistics(min=numbers.min(), max=numbers.max(), std_dev=numbers.std())
    assert bool(precision.problem(whole)) == is_lost
    middle_of_them = NumericStatistics(histograms=[deciles(numbers)])
    assert bool(precision.problem(middle_of_them)) == is_lost
    rounding = np.std(numbers.astype(np.float32).astype(np.float64) - numbers)
    assert (rounding > 0.003 * numbers.std()) == is_lost
