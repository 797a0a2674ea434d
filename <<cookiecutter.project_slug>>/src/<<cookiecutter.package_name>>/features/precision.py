"""Whether float32, in which models hold numbers, can tell the values of a column apart."""

from __future__ import annotations

import numpy as np

# Of the values that float32 can have near the greatest of a column, so many must lie within a
# standard deviation: rounding adds 1 / (12 * 100**2) of the variance, 8e-6, if they are uniform.
LEAST_STEPS = 100


def is_lost(least: float, greatest: float, deviation: float) -> bool:
    """Whether the values of a column lie too close together.

    Args:
        least: of its values.
        greatest: of its values.
        deviation: the standard deviation; of a constant, nothing is lost.
    """
    step = np.spacing(np.float32(max(abs(least), abs(greatest))))
    return 0 < deviation < LEAST_STEPS * float(step)


def problem(least: float, greatest: float, deviation: float) -> str:
    """Say what is lost, if anything is, and what to do; takes what `is_lost` takes."""
    if not is_lost(least, greatest, deviation):
        return ""
    return (
        f"float32 cannot tell numbers between {least:.10g} and {greatest:.10g} apart; subtract "
        "from all of them what they have in common"
    )
