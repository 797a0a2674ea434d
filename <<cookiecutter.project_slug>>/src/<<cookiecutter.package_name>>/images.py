"""PNG files as the columns of a tf.Example."""

from __future__ import annotations

import struct
from pathlib import Path

from . import columns
from .errors import UserError
from .treatments import Image

SUFFIX = ".png"
# A PNG file starts with this; then come the length and the type of its header, and its size.
SIGNATURE = b"\x89PNG\r\n\x1a\n"
SIZE = struct.Struct(">8x4x4xII")


def image_columns() -> dict[str, Image]:
    """Give the columns that hold images, by their names in the data."""
    treatments = {column.name: column.treatment for column in columns.features()}
    return {name: each for name, each in treatments.items() if isinstance(each, Image)}


def from_png(file: Path) -> bytes:
    """Make a serialized tf.Example of a PNG file; its other columns are missing.

    Raises:
        UserError: the file is missing or no PNG, or of another size than the model reads; or
            the model does not read exactly one image.
    """
    found = image_columns()
    if len(found) != 1:
        raise UserError(f"{file}: the model reads {len(found)} images per row, not one")
    if not file.is_file():
        raise UserError(f"{file} does not exist")
    ((name, treatment),) = found.items()
    content = file.read_bytes()
    check(str(file), content, treatment)
    return serialize({name: content})


def serialize(cells: dict[str, bytes | int]) -> bytes:
    """Make a serialized tf.Example of bytes and integers, by the names of their columns."""
    import tensorflow as tf

    features = {
        name: tf.train.Feature(int64_list=tf.train.Int64List(value=[cell]))
        if isinstance(cell, int)
        else tf.train.Feature(bytes_list=tf.train.BytesList(value=[cell]))
        for name, cell in cells.items()
    }
    example = tf.train.Example(features=tf.train.Features(feature=features))
    return example.SerializeToString(deterministic=True)


def check(place: str, content: bytes, treatment: Image) -> None:
    """Compare an image with what the schema says of its column.

    Args:
        place: where it was found, for the message.
        content: that of the PNG file.
        treatment: the size that the schema gives.

    Raises:
        UserError: it is no PNG file, or of another size.
    """
    if found := problem(content, treatment):
        raise UserError(f"{place} {found}")


def problem(content: bytes, treatment: Image) -> str:
    """Say how an image differs from what the schema says; empty if it does not."""
    if not content.startswith(SIGNATURE) or len(content) < SIZE.size:
        return "is not a PNG file"
    width, height = SIZE.unpack_from(content)
    if (height, width) == (treatment.height, treatment.width):
        return ""
    return (
        f"is an image of {height}x{width} pixels (height x width); the model reads "
        f"{treatment.height}x{treatment.width}, as {columns.SCHEMA_FILE} says"
    )
