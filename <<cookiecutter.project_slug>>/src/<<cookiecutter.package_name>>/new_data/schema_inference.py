"""Writes schema/schema.pbtxt and schema/dataset.yaml for new data, as a person would."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from ..console.errors import BadDataError, UserError
from ..features.schema import (
    IGNORED_TAG,
    INFERRED_TAG,
    LABEL_TAG,
    domain_of,
    is_tagged,
    label_of,
    read_by_the_model,
    read_schema,
)
from ..features.tags import CYCLE, LIST, TEXT
from ..features.treatments import DEFAULT_VOCABULARY_SIZE
from ..files import dates, spelling, tables
from ..files.splits import COLUMN, Rule
from ..metrics import TELLING_ROWS
from ..settings import DATASET_FILE, ROOT, SCHEMA_FILE
from . import integer_columns, profiling, split_proposal
from .profiling import Profile
from .split_proposal import Proposal

HEADER = """\
# The columns of the data: their types, which may be missing, and which values they may
# have. One is the label; those that are ignored the model never sees. The data gate stops a
# run whose data do not fit; columns.py derives from here how each column is treated.
# `schema infer` wrote this; correct what you know better.
"""
DATASET_HEADER = "# What fits this data set; overrides settings.py, which explains each name.\n"
LEAST_ROWS = 50
# Integers and texts of at most so many values are categories, if integers are not ordinal.
MOST_INTEGERS, MOST_TEXTS = 10, 50
# So many texts of a label are classes, if each has so many rows on average.
MOST_CLASSES, LEAST_ROWS_OF_A_CLASS = profiling.MOST_VALUES, 5
# From these shares on a column is ignored.
MOSTLY_MISSING, MOSTLY_DIFFERENT = 0.8, 0.5
WORDS_OF_A_TEXT = 4
# How many of the texts of a category must be among those that are listed.
LEAST_KNOWN = 0.95
# How much of the way from guessing to perfection a model must go to be blessed.
LEAST_GAIN = 0.1
EVALUATION_SHARE = 1 / 3


@dataclass(frozen=True)
class Task:
    """What is to be learned.

    Attributes:
        kind: for the reader.
        metric: a class of Keras or TFMA.
        trivial: the metric of a model that knows nothing of the columns.
        threshold: what a model must reach.
        telling: how many rows are not of the most frequent class.
    """

    kind: str
    metric: str
    trivial: float
    threshold: float
    telling: int


def infer(data: Path, label: str | None, ignored: Sequence[str] = ()) -> Iterator[str]:
    """Profile the data, write both files, and tell what was understood.

    What an older schema tags stays so, unless it was inferred; the older file is kept beside the
    new one.

    Args:
        data: a CSV or Parquet file, or a folder of such.
        label: the column to predict; None takes the older schema's.
        ignored: more columns that the model shall not see.

    Yields:
        Lines of text.

    Raises:
        UserError: there is no such label, or too little to learn from; nothing is written.
    """
    older = _older_schema()
    tagged = [each for each in older.feature if not is_tagged(each, INFERRED_TAG)]
    forms = {
        each.name: dates.form_of(each.annotation.tag) or spelling.form_of(each.annotation.tag)
        for each in tagged
    }
    files = tables.files(data)
    profiles = profiling.profile(files, forms)
    label = label or _label_of(older)
    names = [profile.name for profile in profiles]
    if unknown := [name for name in [label, *ignored] if name not in names]:
        raise UserError(
            f"{data} has no column {unknown[0]!r}; its columns are {', '.join(names)}. "
            "Say what to predict: `schema infer --label COLUMN`."
        )
    reasons = {
        feature.name: " ".join(feature.annotation.comment) or "as before"
        for feature in tagged
        if is_tagged(feature, IGNORED_TAG)
    }
    reasons.update(dict.fromkeys(ignored, "as you asked"))
    beginning = profiling.beginning(files, len(profiles))
    profiles = integer_columns.judged(beginning, profiles, label)
    schema, task = build_schema(profiles, label, reasons)
    proposal = split_proposal.propose(files, beginning, profiles, schema)
    if proposal:
        adapt(schema, profiles, proposal)
    rows = profiles[0].rows
    yield from table(profiles, schema)
    for file in files:
        if line := tables.read_as_windows_1252(file):
            yield f"{file} is not in UTF-8; as Windows-1252, a line of it is {line!r}"
    for each in profiles:
        if each.ambiguous and each.form:
            yield f"{each.name!r}: {each.ambiguous}; the older schema says {each.form!r}"
        if each.strays and each.name not in reasons:
            yield f"{each.name!r} would hold {each.strays_of} but for {each.strays}; correct these"
    if unlabelled := rows - next(each.known for each in profiles if each.name == label):
        yield f"{unlabelled:,} rows have no label and are left out"
    yield (
        f"{rows:,} rows; the label {label} is {task.kind}. Needed for a blessing: "
        f"{task.metric} {'≤' if task.threshold < task.trivial else '≥'} {task.threshold:.4g} "
        f"(without any knowledge: {task.trivial:.4g}), by more than luck"
    )
    if proposal:
        yield (
            f"{proposal.why}, so `split: {proposal.rule}` in {DATASET_FILE.name}; what that means, "
            "and when to remove it, is told in docs/data.md"
        )
    telling = task.telling * EVALUATION_SHARE
    if telling < TELLING_ROWS:
        yield (
            f"no model will be blessed: the eval split has about {telling:.0f} rows of all classes "
            f"but the most frequent one, and {TELLING_ROWS} are needed to judge by"
        )
    yield from write_dataset(
        HEADER + text_format.MessageToString(schema, as_utf8=True),
        {
            "data": _below_the_project(data),
            **({"split": str(proposal.rule)} if proposal else {}),
            **settings_for(schema, task, rows),
        },
    )


def build_schema(
    profiles: Sequence[Profile], label: str, ignored: dict[str, str]
) -> tuple[schema_pb2.Schema, Task]:
    """Curate a schema.

    Args:
        profiles: of all columns.
        label: the name of the one that is predicted.
        ignored: {name of a column: why}, in addition to those that are found useless.

    Raises:
        BadDataError: there is too little to learn from.
    """
    (predicted,) = [profile for profile in profiles if profile.name == label]
    if predicted.known < LEAST_ROWS:
        raise BadDataError(
            f"only {predicted.known} rows have a value in {label!r}; "
            f"at least {LEAST_ROWS} are needed"
        )
    schema = schema_pb2.Schema()
    for profile in profiles:
        feature = schema.feature.add(name=profile.name, type=profile.type)
        feature.value_count.max = 1
        feature.presence.min_fraction = least_filled(profile, profile.rows)
        if profile.form:
            feature.annotation.tag.append(profile.form)
        if profile is predicted:
            feature.annotation.tag.append(LABEL_TAG)
            if are_classes(profile):
                _set_domain(feature, profile)
        elif reason := ignored.get(profile.name):
            _ignore(feature, reason)
        elif reason := useless(profile):
            _ignore(feature, reason)
            feature.annotation.tag.append(INFERRED_TAG)
        elif profile.date:
            feature.annotation.tag.extend(f"{CYCLE}{cycle}" for cycle in profile.cycles)
        elif is_list(profile):
            feature.annotation.tag.append(f"{LIST}{profile.separator}")
        elif is_text(profile):
            feature.annotation.tag.append(TEXT)
        elif is_category(profile):
            _set_domain(feature, profile)
            if feature.HasField("string_domain"):
                feature.distribution_constraints.min_domain_mass = LEAST_KNOWN
        if profile.ambiguous and not profile.form and profile.name not in ignored:
            raise BadDataError(f"column {profile.name!r}: {profile.ambiguous}, {_asked(profile)}")
    if not read_by_the_model(schema):
        reasons = ", ".join(
            f"{feature.name} ({feature.annotation.comment[0]})"
            for feature in schema.feature
            if feature.name != label
        )
        raise BadDataError(
            f"no column is left to predict {label!r} from: {reasons or 'it is alone'}"
        )
    return schema, task_of(predicted)


def adapt(schema: schema_pb2.Schema, profiles: Sequence[Profile], proposal: Proposal) -> None:
    """Let a schema be right for the splits that are proposed.

    No id of a group is in both splits, so that nothing can be learned from it; and one split may
    have more of the cells filled than the other.
    """
    for feature, profile in zip(schema.feature, profiles):
        if is_tagged(feature, IGNORED_TAG):
            continue
        feature.presence.min_fraction = least_filled(profile, proposal.units)
        if proposal.rule == Rule(COLUMN, profile.name):
            feature.ClearField("domain_info")
            feature.ClearField("distribution_constraints")
            feature.type = profile.type
            _ignore(feature, "id-like: it repeats")
            feature.annotation.tag.append(INFERRED_TAG)


def _asked(profile: Profile) -> str:
    """Say what to do about cells that can be read in several ways."""
    if profile.unclear:
        remedy, forms = "its dates with the year first, in four digits", profile.unclear
    else:
        remedy = "its numbers without separators of thousands and with decimal points"
        forms = (spelling.DECIMAL_COMMA, spelling.THOUSANDS_COMMA)
    first, *others = map(json.dumps, forms)
    return (
        f"and no other cell of it tells. Write {remedy}; or say in {SCHEMA_FILE} which is right, "
        f"feature {{ name: {json.dumps(profile.name)} annotation {{ tag: {first} }} }} or "
        f"{' or '.join(others)}; or `--ignore` it."
    )


def useless(profile: Profile) -> str:
    """Return why a column is ignored; empty if it is not."""
    missing = 1 - profile.known / profile.rows
    different = profile.unique / max(profile.known, 1)
    if profile.known == 0:
        return "empty"
    if is_constant(profile):
        return "constant"
    if missing > MOSTLY_MISSING:
        return f"mostly missing: {missing:.0%}"
    if profile.lost and profile.type == schema_pb2.FLOAT and not is_category(profile):
        return "numbers that float32 cannot tell apart: subtract what they have in common"
    if profile.date:
        return ""
    if profile.type == schema_pb2.BYTES and different > MOSTLY_DIFFERENT:
        if profile.strays:
            return f"no {profile.strays_of}: {profile.strays}"
        if profile.separator or profile.words >= WORDS_OF_A_TEXT:
            return ""
        return f"id-like: mostly unique, such as {profile.values[0][0]!r}"
    if profile.type == schema_pb2.INT and profile.ascending:
        return "id-like: it counts the rows"
    words = profile.name.lower().replace("-", "_").replace(" ", "_").split("_")
    if profile.type == schema_pb2.INT and different > 0.9 and {"id", "uuid", "key"} & set(words):
        return "id-like: mostly unique"
    return ""


def is_constant(profile: Profile) -> bool:
    """Whether all known cells are the same, be it in another notation."""
    return profile.unique == 1


def is_category(profile: Profile) -> bool:
    """Whether the values are few enough to be listed."""
    if profile.type == schema_pb2.INT:
        return profile.unique <= MOST_INTEGERS and not profile.ordinal
    if profile.type == schema_pb2.FLOAT:
        return profile.unique == 2
    return profile.unique <= MOST_TEXTS


def is_list(profile: Profile) -> bool:
    """Whether the values are lists, and too many to be listed themselves."""
    return bool(profile.separator) and _are_more(profile, MOST_TEXTS)


def is_text(profile: Profile) -> bool:
    """Whether the values are texts of several words, and too many for a vocabulary."""
    several = profile.type == schema_pb2.BYTES and profile.words >= WORDS_OF_A_TEXT
    return several and not profile.strays and _are_more(profile, DEFAULT_VOCABULARY_SIZE)


def _are_more(profile: Profile, count: int) -> bool:
    """Whether there are more different values than so many, or most of them are different."""
    return profile.unique > min(MOSTLY_DIFFERENT * profile.known, count)


def are_classes(label: Profile) -> bool:
    """Whether a label's values are classes: a category, or more texts of enough rows."""
    are_texts = label.type == schema_pb2.BYTES and not label.strays
    enough = label.unique <= min(MOST_CLASSES, label.known / LEAST_ROWS_OF_A_CLASS)
    return is_category(label) or (are_texts and enough)


def task_of(label: Profile) -> Task:
    """Recognise the task from the label.

    The trivial model always answers the most frequent class, whose AUC is 0.5, or the mean,
    whose root mean squared error is the standard deviation.

    Raises:
        BadDataError: the label has one value, or so many texts that they are no classes, or numbers
            that float32 cannot tell apart.
    """
    if is_constant(label):
        raise BadDataError(
            f"the label {label.name!r} is {label.values[0][0]!r} in all rows; "
            "at least two values are needed"
        )
    if not are_classes(label):
        if label.type == schema_pb2.BYTES:
            raise BadDataError(
                f"the label {label.name!r} is neither a number nor a class: it has "
                f"{label.unique:,} different texts in {label.known:,} rows; up to "
                f"{MOST_CLASSES:,} are classes, with {LEAST_ROWS_OF_A_CLASS} rows each on average"
                f"{label.strays and f'; it would be a number but for {label.strays}'}"
            )
        if label.lost:
            raise BadDataError(f"the label {label.name!r} cannot be learned as it is: {label.lost}")
        trivial = label.deviation
        least = (1 - LEAST_GAIN) * trivial
        return Task("a number", "RootMeanSquaredError", trivial, least, label.known)
    most_frequent = max(count for _, count in label.values)
    telling = label.known - most_frequent
    if label.unique == 2:
        names = " or ".join(value for value, _ in _sorted(label))
        return Task(names, "AUC", 0.5, 0.5 + LEAST_GAIN * 0.5, telling)
    trivial = most_frequent / label.known
    threshold = trivial + LEAST_GAIN * (1 - trivial)
    kind = f"one of {label.unique} classes"
    return Task(kind, "SparseCategoricalAccuracy", trivial, threshold, telling)


def settings_for(schema: schema_pb2.Schema, task: Task, rows: int) -> dict[str, Any]:
    """Choose settings: steps to see the training split up to 60 times, within limits.

    The training ends when it gets no better.
    """
    small = rows < 2000
    batch_size = 32 if small else 128 if rows < 100_000 else 512
    epoch = rows * (1 - EVALUATION_SHARE) / batch_size
    categories = [
        feature.name
        for feature in read_by_the_model(schema)
        if len(domain_of(feature, schema)) in range(2, 11)
    ]
    return {
        "metric": task.metric,
        "threshold": float(f"{task.threshold:.4g}"),
        "slices": categories[:2],
        "train_steps": math.ceil(min(max(60 * epoch, 600), 5000)),
        "eval_steps": math.ceil(min(rows * EVALUATION_SHARE / batch_size, 100)),
        "batch_size": batch_size,
        "learning_rate": 0.003,
        "hidden_units": [64, 32],
        "dropout": 0.1,
    }


def table(profiles: Sequence[Profile], schema: schema_pb2.Schema) -> Iterator[str]:
    """Describe each column in a line: kind, share of missing cells, values."""
    lines = [("column", "kind", "missing", "values")]
    for profile, feature in zip(profiles, schema.feature):
        missing = f"{1 - profile.known / profile.rows:.1%}"
        lines.append((profile.name, _kind(feature, schema), missing, _values(profile, feature)))
    widths = [max(map(len, cells)) for cells in zip(*lines)]
    for line in lines:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()


def least_filled(profile: Profile, units: int) -> float:
    """Return the share of cells that must be filled in any split of like data.

    Four standard errors of the evaluation split below the share that was found.

    Args:
        profile: of the column.
        units: how many rows, or groups of rows, are independent of each other; 0 if splits differ.
    """
    share = profile.known / profile.rows
    error = math.sqrt(share * (1 - share) / (units * EVALUATION_SHARE)) if units else 1
    return 1.0 if share == 1 else max(0.0, math.floor((share - 4 * error) * 100 - 1) / 100)


def _kind(feature: schema_pb2.Feature, schema: schema_pb2.Schema) -> str:
    for tag in (LABEL_TAG, IGNORED_TAG):
        if is_tagged(feature, tag):
            return tag
    if dates.form_of(feature.annotation.tag):
        return "date"
    if domain_of(feature, schema):
        return "category"
    if is_tagged(feature, TEXT):
        return "text"
    if any(tag.startswith(LIST) for tag in feature.annotation.tag):
        return "list"
    return "vocabulary" if feature.type == schema_pb2.BYTES else "number"


def _values(profile: Profile, feature: schema_pb2.Feature) -> str:
    if is_tagged(feature, IGNORED_TAG):
        return "".join(feature.annotation.comment)
    if profile.first:
        return f"{profile.first} to {profile.last}"
    if is_tagged(feature, TEXT):
        return f"{profile.words:.0f} words on average"
    if profile.type != schema_pb2.BYTES and not is_category(profile):
        return f"{profile.least:.6g} to {profile.greatest:.6g}"
    shown = ", ".join(value for value, _ in profile.values[:4])
    return f"{profile.unique}: {shown}{', …' if profile.unique > 4 else ''}"


def _sorted(profile: Profile) -> list[tuple[str, int]]:
    number = profile.type != schema_pb2.BYTES
    return sorted(profile.values, key=lambda pair: float(pair[0]) if number else pair[0])


def _set_domain(feature: schema_pb2.Feature, profile: Profile) -> None:
    """List the values: as a range, if they are all integers of one."""
    if profile.type == schema_pb2.INT and profile.greatest - profile.least == profile.unique - 1:
        feature.int_domain.min = int(profile.least)
        feature.int_domain.max = int(profile.greatest)
    else:
        feature.type = schema_pb2.BYTES
        feature.string_domain.value.extend(value for value, _ in _sorted(profile))


def _ignore(feature: schema_pb2.Feature, reason: str) -> None:
    feature.annotation.tag.append(IGNORED_TAG)
    feature.annotation.comment.append(reason)
    feature.presence.min_fraction = 0


def _older_schema() -> schema_pb2.Schema:
    return read_schema(SCHEMA_FILE) if SCHEMA_FILE.is_file() else schema_pb2.Schema()


def _label_of(older: schema_pb2.Schema) -> str:
    try:
        return label_of(older).name
    except UserError as error:
        raise UserError("say what to predict: `schema infer --label COLUMN`") from error


def _below_the_project(data: Path) -> str:
    absolute = data.resolve()
    return str(absolute.relative_to(ROOT) if absolute.is_relative_to(ROOT) else absolute)


def write_dataset(schema: str, settings: Mapping[str, Any]) -> Iterator[str]:
    """Write both files; keep what they were beside them.

    Args:
        schema: in protobuf's text format.
        settings: those that differ from the defaults of settings.py.

    Yields:
        A sentence for each file.

    Raises:
        UserError: their folder may not be written to.
    """
    folder = SCHEMA_FILE.parent
    if folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK):
        raise UserError(f"{folder} may not be written to, as the description of the data must be")
    yield _replace(SCHEMA_FILE, schema)
    text = yaml.safe_dump(dict(settings), sort_keys=False, allow_unicode=True)
    yield _replace(DATASET_FILE, DATASET_HEADER + text)


def _replace(file: Path, text: str) -> str:
    file.parent.mkdir(exist_ok=True)
    if not file.is_file():
        file.write_text(text, encoding="utf-8")
        return f"{file}: written"
    if file.read_text(encoding="utf-8") == text:
        return f"{file}: the same as before"
    former = file.replace(file.with_name(f"{file.name}.old"))
    file.write_text(text, encoding="utf-8")
    return f"{file}: written; the former one is {former.name}"
