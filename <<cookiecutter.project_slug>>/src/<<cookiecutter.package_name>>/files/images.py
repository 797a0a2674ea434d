"""PNG files as cells of tf.Examples."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

from ..console.errors import UserError

SUFFIX = ".png"
# A PNG file starts with this; then come the length and the type of its header, and its size.
SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER = struct.Struct(">8x4x4xII")

# Height and width.
Size = tuple[int, int]


def from_png(file: Path, sizes: Mapping[str, Size]) -> bytes:
    """Make a serialized tf.Example of a PNG file; its other columns are missing.

    Args:
        file: its path.
        sizes: of the images that the model reads, by their columns.

    Raises:
        UserError: the file is missing or no PNG, or of another size than the model reads; or
            the model does not read exactly one image.
    """
    if len(sizes) != 1:
        raise UserError(f"{file}: the model reads {len(sizes)} images per row, not one")
    if not file.is_file():
        raise UserError(f"{file} does not exist")
    ((name, size),) = sizes.items()
    content = file.read_bytes()
    require_size(str(file), content, size)
    return serialize({name: content})


def serialize(cells: Mapping[str, bytes | int]) -> bytes:
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


def require_size(place: str, content: bytes, size: Size) -> None:
    """Compare an image with what the schema says of its column.

    Args:
        place: where it was found, for the message.
        content: that of the PNG file.
        size: the one that the schema gives.

    Raises:
        UserError: it is no PNG file, or of another size.
    """
    if found := problem(content, size):
        raise UserError(f"{place} {found}")


def problem(content: bytes, size: Size) -> str:
    """Return how an image differs from what the schema says; empty if it does not."""
    if not content.startswith(SIGNATURE) or len(content) < HEADER.size:
        return "is not a PNG file"
    width, height = HEADER.unpack_from(content)
    if (height, width) == size:
        return ""
    return (
        f"is an image of {height}x{width} pixels (height x width); the model reads "
        f"{size[0]}x{size[1]}, as schema/schema.pbtxt says"
    )
