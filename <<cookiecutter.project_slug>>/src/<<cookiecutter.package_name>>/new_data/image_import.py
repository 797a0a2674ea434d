"""Arrays of images, in an .npz file or in IDX files, to the project's data and schema."""

from __future__ import annotations

import gzip
import math
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from ..console.errors import UserError
from ..files import images, tfrecord_files
from ..settings import ROOT
from . import dataset_files

SCHEMA = """\
# The columns of the data: their types, which may be missing, and which values they may
# have. One is the label; the images are PNG files of one size, height x width, which the model
# sees in levels of grey. The data gate stops a run whose data do not fit.
feature {{
  name: "image"
  type: BYTES
  value_count {{ min: 1 max: 1 }}
  presence {{ min_fraction: 1 }}
  annotation {{ tag: "image:{height}x{width}" }}
}}
feature {{
  name: "label"
  type: INT
  value_count {{ min: 1 max: 1 }}
  presence {{ min_fraction: 1 }}
  int_domain {{ min: {first} max: {last} }}
  annotation {{ tag: "label" }}
}}
"""
# Of an IDX file of unsigned bytes: two zeros, the type, the number of dimensions.
IDX_MAGIC = b"\x00\x00\x08"


def import_images(files: Sequence[Path], name: str | None = None) -> Iterator[str]:
    """Write the data as PNG files in TFRecords, their schema, and settings that fit them.

    Args:
        files: one .npz file, or IDX files of images, each with its file of labels beside it.
        name: of the folder in data/; by default the .npz file's.

    Yields:
        A sentence for each file that was written; a former version of it is kept.

    Raises:
        UserError: a file cannot be used, or the images are not all of one size.
    """
    (archive, *others) = files
    if archive.suffix == ".npz" and not others:
        pairs = list(_from_npz(archive))
    else:
        pairs = [_from_idx(file) for file in files if "labels" not in file.name]
    name = name or (archive.stem if archive.suffix == ".npz" else "images")
    if not re.fullmatch(r"[\w-][\w.-]*", name):
        raise UserError(f"--name {name!r} cannot name a folder; write letters, digits and hyphens")
    sizes = sorted({pixels.shape[1:] for pixels, _ in pairs})
    if len(sizes) != 1:
        raise UserError(f"expected images of one size, found {sizes} (height, width)")
    ((height, width),) = sizes
    labels = np.concatenate([labels for _, labels in pairs])
    first, last = int(labels.min()), int(labels.max())
    if first == last:
        raise UserError(f"all labels are {first}; at least two classes are needed")

    file = ROOT / "data" / name / f"{name}{tfrecord_files.SUFFIX}"
    file.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(file), "GZIP") as writer:
        for pixels, labels in pairs:
            for image, label in zip(pixels[..., np.newaxis], labels):
                content = tf.io.encode_png(image).numpy()
                writer.write(images.serialize({"image": content, "label": int(label)}))
    count = sum(len(labels) for _, labels in pairs)
    yield f"{file}: {count} images of {height}x{width} pixels, labels {first} to {last}"
    yield from dataset_files.write(
        SCHEMA.format(height=height, width=width, first=first, last=last),
        {"data": f"data/{name}", **settings_for(count, classes=last - first + 1)},
    )


def settings_for(count: int, classes: int) -> dict[str, Any]:
    """Choose settings: enough steps to see the training split often, within limits."""
    small = count < 10_000
    batch_size = 64 if small else 128
    return {
        "metric": "AUC" if classes == 2 else "SparseCategoricalAccuracy",
        "threshold": 0.9,
        "slices": ["label"],
        "train_steps": math.ceil(min(max(20 * count / batch_size, 500), 2000)),
        "eval_steps": 10,
        "batch_size": batch_size,
        "learning_rate": 0.003 if small else 0.001,
        "hidden_units": [64],
        "tflite": True,
    }


def _from_npz(file: Path) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Find the pairs: images and labels, or x and y, with an addition such as x_train."""
    try:
        arrays = dict(np.load(file))
    except (OSError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise UserError(f"{file} cannot be read as an .npz file of arrays: {error}") from error
    partners = {key: re.sub(r"\bx|(?<=_)x|images", _partner, key) for key in arrays}
    found = [(key, other) for key, other in partners.items() if other != key and other in arrays]
    if not found:
        raise UserError(
            f"{file} has the arrays {', '.join(arrays)}; expected x and y, or images and labels"
        )
    for key, other in found:
        yield _checked(f"{file}: {key}", arrays[key], arrays[other])


def _partner(match: re.Match[str]) -> str:
    return {"x": "y", "images": "labels"}[match[0]]


def _from_idx(file: Path) -> tuple[np.ndarray, np.ndarray]:
    other = file.with_name(file.name.replace("images", "labels").replace("idx3", "idx1"))
    return _checked(str(file), _read_idx(file), _read_idx(other))


def _read_idx(file: Path) -> np.ndarray:
    """Read an IDX file: its dimensions, big-endian, then its bytes."""
    try:
        content = file.read_bytes()
        if file.suffix == ".gz":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{file} cannot be read: {error}") from error
    if not content.startswith(IDX_MAGIC) or len(content) < 4:
        raise UserError(f"{file} is neither an .npz file nor an IDX file of unsigned bytes")
    shape = np.frombuffer(content, ">u4", content[3], offset=4)
    values = np.frombuffer(content, np.uint8, offset=4 + shape.nbytes)
    if len(values) != np.prod(shape):
        raise UserError(f"{file} is cut off: {len(values)} of {np.prod(shape)} bytes are there")
    return values.reshape(shape)


def _checked(place: str, pixels: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Require grey images, uint8 [count, height, width], and integers, [count]."""
    if pixels.dtype != np.uint8 or pixels.ndim != 3:
        raise UserError(
            f"{place} is {pixels.dtype} {list(pixels.shape)}; expected grey images, "
            "uint8 [count, height, width]"
        )
    labels = labels.reshape(-1) if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if labels.dtype.kind not in "iu" or labels.shape != pixels.shape[:1]:
        raise UserError(
            f"{place} has labels of {labels.dtype} {list(labels.shape)}; expected as many "
            f"integers as images, {len(pixels)}"
        )
    return pixels, labels
