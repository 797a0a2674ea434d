"""Files in a bucket, such as gs://bucket/file, which Python cannot read but TensorFlow can."""

from __future__ import annotations

import functools
import posixpath
import tempfile
from pathlib import Path


def local_copy(place: Path | str) -> Path:
    """Return the path of a file or folder; what is in a bucket is copied to this computer first."""
    return _copied(place) if isinstance(place, str) and "://" in place else Path(place)


def glob(folder: str, pattern: str) -> list[str]:
    """List the files of a folder, in a bucket or not, by a glob pattern, in order."""
    if "://" not in folder:
        return sorted(map(str, Path(folder).glob(pattern)))
    import tensorflow as tf

    return sorted(tf.io.gfile.glob(posixpath.join(folder, pattern)))


def write(place: str, content: bytes) -> None:
    """Write a file, in a bucket or not, and the folders that it is in."""
    import tensorflow as tf

    tf.io.gfile.makedirs(posixpath.dirname(place))
    with tf.io.gfile.GFile(place, "wb") as file:
        file.write(content)


@functools.cache
def _copied(uri: str) -> Path:
    import tensorflow as tf

    uri = uri.rstrip("/")
    target = Path(tempfile.mkdtemp(), posixpath.basename(uri))
    if not tf.io.gfile.isdir(uri):
        tf.io.gfile.copy(uri, str(target))
        return target
    for folder, _, files in tf.io.gfile.walk(uri):
        copy = target / folder[len(uri) :].strip("/")
        copy.mkdir(parents=True, exist_ok=True)
        for name in files:
            tf.io.gfile.copy(posixpath.join(folder, name), str(copy / name))
    return target
