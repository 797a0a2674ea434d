"""CSV files for the example csv: data sets that scikit-learn ships, each in another dialect."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sklearn import datasets

LABEL = "what it is"
COLORS = ["red", "blue", "green", "grün", "black", "white", "pink"]
# Loader, delimiter, encoding, what stands for a missing cell.
DIALECTS: list[tuple[Callable[..., Any], str, str, str]] = [
    (datasets.load_wine, ";", "utf-8-sig", "NA"),
    (datasets.load_breast_cancer, ",", "latin-1", "?"),
    (datasets.load_diabetes, "\t", "utf-8", "null"),
    (datasets.load_iris, "|", "utf-16", ""),
]


def rows(number: int) -> int:
    """Count the rows of one of the data sets."""
    load, *_ = DIALECTS[number % len(DIALECTS)]
    return len(load().target)


def write(folder: Path, number: int) -> dict[str, str]:
    """Write one of the data sets.

    Each has, besides scikit-learn's columns, one that counts the rows, one of texts with quoted
    line breaks, seconds since 1970, two whose names are those of the signatures' argument, but for
    the case, one of dates, one of lists, and a few missing cells; of diabetes, the label is a
    number.

    Args:
        folder: where to.
        number: which one, in turn.

    Returns:
        The answers for the file.
    """
    load, delimiter, encoding, missing = DIALECTS[number % len(DIALECTS)]
    data = load()
    file = folder / f"{load.__name__.removeprefix('load_')}.csv"
    folder.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding=encoding) as lines:
        writer = csv.writer(lines, delimiter=delimiter)
        names = ["", "remark «ä»", "when", "examples", "Examples", "since", "colors"]
        writer.writerow([*names, *data.feature_names, LABEL])
        for row, (cells, label) in enumerate(zip(data.data.tolist(), data.target, strict=True)):
            cells[row % len(cells)] = missing if row % 5 == 0 else cells[row % len(cells)]
            name = data.target_names[label] if "target_names" in data else label
            remark = f'the "{row}" row\nof {len(data.target)} rows'
            since = datetime.date(2023, 1, 1) + datetime.timedelta(row * 37 % 700)
            colors = "|".join(COLORS[each % 7] for each in range(row % 11, row % 13 + row % 4))
            more = [remark, 1_700_000_000 + row * 7 % 60, "abc"[row // 7 % 3], row // 7 * 3 % 20]
            writer.writerow([row, *more, f"{since:%d.%m.%Y}", colors, *cells, name])
    return {"csv_path": str(file), "label_column": LABEL}
