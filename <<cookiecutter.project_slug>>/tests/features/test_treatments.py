from __future__ import annotations

# <% if cookiecutter.transform == "yes" %>
from pathlib import Path

import numpy as np
# <% endif %>
import pytest
import tensorflow as tf
# <% if cookiecutter.transform == "yes" %>
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from tensorflow_transform.tf_metadata.dataset_metadata import DatasetMetadata
# <% endif %>

# <% if cookiecutter.transform == "yes" %>
from << cookiecutter.package_name >>.features import preprocessing
# <% endif %>
# <% if cookiecutter.transform == "yes" %>
from << cookiecutter.package_name >>.features.treatments import (
    Buckets,
    Dense,
    Hashed,
    Vocabulary,
    domain_index,
    from_one_line,
    missing,
)
# <% else %>
from << cookiecutter.package_name >>.features.treatments import (
    Buckets,
    Dense,
    Hashed,
    Vocabulary,
    domain_index,
    missing,
)
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


def test_missing_cells_are_nan_or_the_empty_string() -> None:
    assert missing(tf.constant([1.0, float("nan")])).numpy().tolist() == [False, True]
    assert missing(tf.constant(["a", ""])).numpy().tolist() == [False, True]


def test_domain_index_gives_one_more_place_to_all_other_values() -> None:
    places = domain_index(tf.constant(["b", "a", "", "z"]), ["a", "b"])
    assert places.numpy().tolist() == [1, 0, 2, 2]


@pytest.mark.parametrize(
    ("cells", "domain", "places"),
    [
        (
            ["1", "1.0", "+1e0", "01", "2", "2.50", "one", ""],
            ["2.5", "1"],
            [1, 1, 1, 1, 2, 0, 2, 2],
        ),
        (["TRUE", "true", "False", "0", ""], ["False", "True"], [1, 1, 0, 2, 2]),
        (["7", "007", "7.0"], ["007", "7"], [1, 0, 2]),
        (["1", "1.0", "a"], ["1", "a"], [0, 2, 1]),
    ],
)
def test_a_value_may_be_spelled_in_many_ways_where_that_is_clear(
    cells: list[str], domain: list[str], places: list[int]
) -> None:
    assert domain_index(tf.constant(cells), domain, by_value=True).numpy().tolist() == places
    by_text = [domain.index(cell) if cell in domain else len(domain) for cell in cells]
    assert domain_index(tf.constant(cells), domain).numpy().tolist() == by_text


def test_a_treatment_is_dense_or_makes_ids() -> None:
    assert [each.cardinality for each in (Dense(), Buckets(3), Hashed(3), Vocabulary(3))] == [
        0,
        4,
        4,
        5,
    ]


def test_treatments_are_the_same_if_they_do_the_same() -> None:
    assert Buckets(3) == Buckets(3) != Buckets(4)
    assert len({Dense(), Dense(), Hashed(3), Vocabulary(3)}) == 3
# <% if cookiecutter.transform == "yes" %>


def test_columns_are_treated_side_by_side_only_where_that_is_known_to_be_right() -> None:
    class Prepared(Dense):
        def prepare(self, cells: tf.Tensor) -> tf.Tensor:
            return cells

    class Applied(Dense):
        def apply(self, cells: tf.Tensor, learned: None) -> tf.Tensor:
            return tft.scale_to_0_1(cells)

    assert Dense.side_by_side
    assert Prepared.side_by_side
    assert not Applied.side_by_side


def test_a_vocabulary_holds_every_string(tmp_path: Path) -> None:
    spec = {"cells": tf.io.FixedLenFeature([1], tf.string)}
    rows = ([{"cells": [each]} for each in AWKWARD], DatasetMetadata.from_feature_spec(spec))
    values = len([each for each in AWKWARD if each])

    def ids(inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        with tf.name_scope("word"):
            return {"ids": Vocabulary(values + 1).apply(inputs["cells"], None)}

    with tft_beam.Context(str(tmp_path / "temp")):
        (transformed, _), transform_fn = rows | tft_beam.AnalyzeAndTransformDataset(ids)
        transform_fn | tft_beam.WriteTransformFn(str(tmp_path / "graph"))
    in_training = [int(row["ids"][0]) for row in transformed]
    output = tft.TFTransformOutput(str(tmp_path / "graph"))
    written = output.vocabulary_by_name(preprocessing.VOCABULARY_FILE.format(scope="word"))
    transformation = preprocessing.Transformation(output.transform_savedmodel_dir)
    cells = tf.constant([[each] for each in [*AWKWARD, b"oak street"]])
    in_serving = transformation({"cells": cells})["ids"].numpy()[:, 0].tolist()

    assert sorted(in_training) == [*range(values + 1)]
    assert in_training[AWKWARD.index(b"")] == 0
    assert in_serving == [*in_training, values + 1]
    read = [from_one_line(value.decode("latin-1")).encode("latin-1") for value in written]
    assert {place + 1: value for place, value in enumerate(read)} == {
        place: value for place, value in zip(in_training, AWKWARD) if value
    }


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
