"""What tags in the schema say that texts are."""

from __future__ import annotations

from tensorflow_metadata.proto.v0 import schema_pb2

from ..console.errors import UserError
from ..files import dates
from . import treatments
from .bags import Items, Words
from .timestamps import PERIODS, Dates
from .treatments import Treatment

CYCLE = "cycle:"
# With what stands between the items.
LIST = "list:"
TEXT = "text"
KNOWN = (*dates.FORMS, *(f"{CYCLE}{period}" for period in PERIODS), TEXT)


def default_treatment(feature: schema_pb2.Feature, schema: schema_pb2.Schema) -> Treatment:
    """Derive a column's treatment from its tags; from its type and domain, if they say nothing.

    Raises:
        UserError: a tag is none that there is, or is of no use beside the others.
    """
    tags = feature.annotation.tag
    for tag in tags:
        _require_known(feature.name, tag)
    kinds = [tag for tag in tags if tag in dates.FORMS or tag == TEXT or tag.startswith(LIST)]
    cycles = [tag for tag in tags if tag.startswith(CYCLE)]
    if len(kinds) > 1:
        raise _wrong(feature.name, kinds[1], f"beside {kinds[0]!r}: keep one of them")
    if cycles and not dates.form_of(kinds):
        raise _wrong(feature.name, cycles[0], f"without one of {', '.join(dates.FORMS)}")
    for kind in kinds:
        if kind == TEXT:
            return Words()
        if kind.startswith(LIST):
            return Items(kind[len(LIST) :])
        return Dates(kind, tuple(period for period in PERIODS if f"{CYCLE}{period}" in tags))
    return treatments.default_treatment(feature, schema)


def _require_known(column: str, tag: str) -> None:
    """Refuse what nearly is a tag: it would change nothing, without a word."""
    if tag in KNOWN or (tag.startswith(LIST) and tag != LIST):
        return
    word = tag.split(":")[0].strip().lower()
    if word in {each.split(":")[0] for each in (*KNOWN, LIST)}:
        known = f"{', '.join(KNOWN)}, and {LIST} with what is between the items, such as {LIST}|"
        raise _wrong(column, tag, f"which is none of {known}")


def _wrong(column: str, tag: str, reason: str) -> UserError:
    return UserError(f"schema.pbtxt: {column} has the tag {tag!r}, {reason}")
