from __future__ import annotations

# <% if cookiecutter.transform == "yes" %>
from pathlib import Path

# <% endif %>
import numpy as np
import pytest
import tensorflow as tf
# <% if cookiecutter.transform == "yes" %>
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from tensorflow_transform.tf_metadata.dataset_metadata import DatasetMetadata

from << cookiecutter.package_name >>.features import preprocessing
from << cookiecutter.package_name >>.features.treatments import (
    Buckets,
    Image,
    Vocabulary,
)
# <% else %>

from << cookiecutter.package_name >>.features.treatments import Image
# <% endif %>
# <% if cookiecutter.transform == "yes" %>

# What a file of lines, a table with a key of its own, UTF-8 or C's strings cannot hold.
AWKWARD = [
    b"oak street 17",
    b"oak street\n17",
    b"oak street\r17",
    b"oak street\r\n17",
    b"oak street\\n17",
    b"oak street\\r17",
    b"oak street\\\n17",
    b"oak street\\\\n17",
    *(b"\n", b"\r", b"\n\n", b"\\", b" ", b"  ", b"\t", b"\v", b"\f"),
    *(b"\x00", b"a", b"a\x00", b"a\x00b", b"\xff", b"\xff\n", b"\xc3"),
    *(each.encode() for each in ("\x85", "\u2028", "\u2029", "\ufeff", "\u00e9", "e\u0301")),
    *(b"[UNK]", b"", b"nan", b"0", b'"', b"'"),
    b"x" * 200_000,
    b"x" * 199_999 + b"\n",
]
# <% endif %>


def png(level: int) -> bytes:
    return tf.io.encode_png(tf.fill([2, 3, 1], tf.constant(level, tf.uint8))).numpy()


def test_images_become_levels_of_grey() -> None:
    levels = Image(2, 3).apply(tf.constant([[png(51)], [png(255)], [b""]]), None).numpy()
    assert levels.shape == (3, 2, 3, 1)
    np.testing.assert_allclose(levels[:, 0, 0, 0], [0.2, 1, 0])
    assert all(len(np.unique(image)) == 1 for image in levels)


def test_an_image_of_another_size_is_refused() -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[2,3,1\].*\[3,2,1\]"):
        Image(3, 2).apply(tf.constant([[png(0)]]), None)
# <% if cookiecutter.transform == "yes" %>


def test_a_vocabulary_holds_every_string(tmp_path: Path) -> None:
    spec = {"cells": tf.io.FixedLenFeature([1], tf.string)}
    rows = ([{"cells": [each]} for each in AWKWARD], DatasetMetadata.from_feature_spec(spec))
    values = len([each for each in AWKWARD if each])

    def ids(inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return {"ids": Vocabulary(values + 1).apply(inputs["cells"], None)}

    with tft_beam.Context(str(tmp_path / "temp")):
        (transformed, _), transform_fn = rows | tft_beam.AnalyzeAndTransformDataset(ids)
        transform_fn | tft_beam.WriteTransformFn(str(tmp_path / "graph"))
    in_training = [int(row["ids"][0]) for row in transformed]
    directory = tft.TFTransformOutput(str(tmp_path / "graph")).transform_savedmodel_dir
    transformation = preprocessing.Transformation(directory)
    cells = tf.constant([[each] for each in [*AWKWARD, b"oak street"]])
    in_serving = transformation({"cells": cells})["ids"].numpy()[:, 0].tolist()

    assert sorted(in_training) == [*range(values + 1)]
    assert in_training[AWKWARD.index(b"")] == 0
    assert in_serving == [*in_training, values + 1]


def test_buckets_are_those_of_tensorflow_transform(tmp_path: Path) -> None:
    numbers = np.random.default_rng(1).lognormal(size=(8_000, 2)).astype(np.float32)
    spec = {"cells": tf.io.FixedLenFeature([2], tf.float32)}
    rows = ([{"cells": row} for row in numbers], DatasetMetadata.from_feature_spec(spec))

    def both(inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        cells, buckets = inputs["cells"], Buckets(300)
        return {
            "ours": buckets.places(cells, buckets.analyze(cells)),
            "theirs": tft.bucketize(cells, 300, elementwise=True),
        }

    with tft_beam.Context(str(tmp_path)):
        (bucketized, _), _ = rows | tft_beam.AnalyzeAndTransformDataset(both)
    assert len(bucketized) == 8_000
    assert all(np.array_equal(row["ours"], row["theirs"]) for row in bucketized)
# <% endif %>
