"""What the Evaluator has recorded."""

from __future__ import annotations

import math

import tensorflow_model_analysis as tfma

OVERALL = "all rows"


def by_slice(evaluation: str) -> dict[str, dict[str, float]]:
    """Return the figures of each slice by their names, first those of all rows.

    Args:
        evaluation: the folder that the Evaluator has written.
    """
    result = tfma.load_eval_result(evaluation)
    # What is not finite is a string there.
    return {
        ", ".join(f"{column}: {value}" for column, value in key) or OVERALL: {
            name: float(value["doubleValue"])
            for name, value in result.get_metrics_for_slice(key).items()
            if "doubleValue" in value
        }
        for key in sorted(result.get_slice_names())
    }


def table(evaluation: str, keys: list[str]) -> dict[str, dict[str, str]]:
    """Return figures to be shown by slice, each beside the number of its rows.

    Args:
        evaluation: the folder that the Evaluator has written.
        keys: how the Evaluator calls them.
    """
    return {
        name: {
            "rows": f"{figures['example_count']:.0f}",
            **{key: shown(figures[key]) for key in keys},
        }
        for name, figures in by_slice(evaluation).items()
    }


def shown(value: float, beside: float | None = None) -> str:
    """Write a figure; with as many digits as it takes to tell it from the one beside it."""
    if math.isnan(value):
        return "undefined"
    digits = 4 if value == 0 or abs(value) >= 0.01 else 2 - math.floor(math.log10(abs(value)))
    if beside is not None and value != beside:
        while digits < 17 and round(value, digits) == round(beside, digits):
            digits += 1
    return f"{value:.{digits}f}"
