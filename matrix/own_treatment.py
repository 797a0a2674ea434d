"""A treatment of a user's own, as one would add it: of a number, or else of an image."""

from __future__ import annotations

import re
from pathlib import Path

LOG = '''
import tensorflow as tf

from .treatments import Dense


class Log(Dense):
    """The logarithm of a number, scaled."""

    def prepare(self, cells: tf.Tensor) -> tf.Tensor:
        """Take the logarithm; what is below 0 counts as 0."""
        return tf.math.log1p(tf.maximum(cells, 0.0))


TREATMENTS = {{**TREATMENTS, "{name}": Log()}}
'''
INVERTED = '''
import tensorflow as tf

from .images import Image


class Inverted(Image):
    """A PNG file, black where it is white."""

    def apply(self, cells: tf.Tensor, learned: None) -> tf.Tensor:
        """Decode the files, and invert them."""
        return 1 - super().apply(cells, learned)


TREATMENTS = {{**TREATMENTS, "{name}": Inverted({height}, {width})}}
'''


def add(project: Path) -> None:
    """Add it for the first number that the model reads, or the first image."""
    (special,) = project.glob("src/*/features/special.py")
    schema = (project / "schema" / "schema.pbtxt").read_text(encoding="utf-8")
    with special.open("a", encoding="utf-8") as file:
        for feature in schema.split("\nfeature {"):
            name = re.search('name: "([^"]+)"', feature)
            if name and "type: FLOAT" in feature and "annotation" not in feature:
                file.write(LOG.format(name=name[1]))
                return
            if name and (size := re.search(r'tag: "image:(\d+)x(\d+)"', feature)):
                file.write(INVERTED.format(name=name[1], height=size[1], width=size[2]))
                return
    raise LookupError("the model reads neither a number nor an image")
