"""Text for PostgreSQL, for which ML Metadata makes wrong SQL of each text that has a backslash."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote

from google.protobuf.message import Message

MARK = "percent-encoded:"
# It is SQL already.
QUERY = "filter_query"


def without(message: Message) -> Message:
    """Return a message in which each text with a backslash is percent-encoded, and marked so."""
    serialized = message.SerializeToString()
    if b"\\" not in serialized and MARK.encode() not in serialized:
        return message
    copy = type(message)()
    copy.CopyFrom(message)
    _rewrite(copy, _encoded)
    return copy


def restore(message: Message) -> None:
    """Decode each text that was percent-encoded."""
    if MARK.encode() in message.SerializeToString():
        _rewrite(message, _decoded)


def _encoded(text: str) -> str:
    return MARK + quote(text, safe="/: ") if "\\" in text or text.startswith(MARK) else text


def _decoded(text: str) -> str:
    return unquote(text[len(MARK) :]) if text.startswith(MARK) else text


def _rewrite(message: Any, change: Callable[[str], str]) -> None:
    for field, value in message.ListFields():
        if isinstance(value, str):
            if field.name != QUERY:
                setattr(message, field.name, change(value))
        elif isinstance(value, Message):
            _rewrite(value, change)
        elif isinstance(value, Mapping):
            for each in value.values():
                if isinstance(each, Message):
                    _rewrite(each, change)
        elif field.message_type:
            for each in value:
                _rewrite(each, change)
        elif field.type == field.TYPE_STRING:
            value[:] = [change(each) for each in value]
