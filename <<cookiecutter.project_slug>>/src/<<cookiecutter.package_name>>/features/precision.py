"""Whether float32, in which models hold numbers, can tell the values of a column apart."""

from __future__ import annotations

import numpy as np
from tensorflow_metadata.proto.v0.statistics_pb2 import Histogram, NumericStatistics

# Of the values that float32 can have near the greatest of a column, so many must lie within a
# standard deviation: rounding adds 1 / (12 * 100**2) of the variance, 8e-6, if they are uniform.
LEAST_STEPS = 100
# Between the first and the last decile of a normal distribution lie so many standard deviations.
BETWEEN_DECILES = 2.563


def is_lost(least: float, greatest: float, deviation: float) -> bool:
    """Whether the values of a column lie too close together.

    Args:
        least: of its values.
        greatest: of its values.
        deviation: the standard deviation; of a constant, nothing is lost.
    """
    step = np.spacing(np.float32(max(abs(least), abs(greatest))))
    return 0 < deviation < LEAST_STEPS * float(step)


def problem(numbers: NumericStatistics) -> str:
    """Say what is lost of numbers, if anything is, and what to do.

    A few that are far from the others hide neither themselves nor these.
    """
    for least, greatest, deviation in (
        (numbers.min, numbers.max, numbers.std_dev),
        *map(_between_deciles, numbers.histograms),
    ):
        if is_lost(least, greatest, deviation):
            return (
                f"float32 cannot tell numbers between {least:.10g} and {greatest:.10g} apart; "
                "subtract from all of them what they have in common"
            )
    return ""


def _between_deciles(histogram: Histogram) -> tuple[float, float, float]:
    """Return the first and the last decile, and the standard deviation that would fit them."""
    if histogram.type != Histogram.QUANTILES or not histogram.buckets:
        return 0, 0, 0
    first, last = histogram.buckets[0].high_value, histogram.buckets[-1].low_value
    return first, last, (last - first) / BETWEEN_DECILES
