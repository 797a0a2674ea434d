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
# <% endif %>
from tensorflow_metadata.proto.v0 import schema_pb2
# <% if cookiecutter.transform == "yes" %>
from tensorflow_transform.tf_metadata.dataset_metadata import DatasetMetadata
# <% endif %>

from << cookiecutter.package_name >>.features import (
    columns,
    parsing,
    preprocessing,
)
from << cookiecutter.package_name >>.features.columns import (
    LABEL_FEATURE,
    feature_name,
)
from << cookiecutter.package_name >>.features.preprocessing import (
    Preprocessor,
)
# <% if cookiecutter.transform == "yes" %>
from << cookiecutter.package_name >>.features.treatments import (
    Dense,
    Image,
    Vocabulary,
)
# <% else %>
from << cookiecutter.package_name >>.features.treatments import (
    Dense,
    Image,
)
# <% endif %>

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

pytestmark = pytest.mark.usefixtures("toys")


@pytest.fixture
def transformed(
    preprocessor: Preprocessor, serialized: tf.Tensor, toy_schema: schema_pb2.Schema
) -> dict[str, np.ndarray]:
    raw = tf.io.parse_example(serialized, parsing.raw_feature_spec(toy_schema))
    return {name: cells.numpy() for name, cells in preprocessor.from_raw()(raw).items()}


def test_every_feature_is_as_described(transformed: dict[str, np.ndarray]) -> None:
    described = {**parsing.feature_specs(), LABEL_FEATURE: tf.TensorSpec([None, 1], tf.int64)}
    assert transformed.keys() == described.keys()
    for name, cells in transformed.items():
        assert len(cells) == 7
        assert cells.dtype == described[name].dtype.as_numpy_dtype
        assert described[name].shape.is_compatible_with(cells.shape)


def test_ids_are_below_the_cardinality(transformed: dict[str, np.ndarray]) -> None:
    for column in columns.features():
        if not isinstance(column.treatment, (Dense, Image)):
            ids = transformed[column.feature][:-1]
            assert ids.min() >= 1
            assert ids.max() < column.treatment.cardinality


def test_a_missing_cell_is_zero(transformed: dict[str, np.ndarray]) -> None:
    assert not any(transformed[column.feature][-1].any() for column in columns.features())


def test_each_treatment(transformed: dict[str, np.ndarray]) -> None:
    pictures = transformed[feature_name("picture")]
    ids = {name: cells[:-1, 0].tolist() for name, cells in transformed.items()}
    assert transformed[feature_name("size")][:-1].mean() == pytest.approx(0, abs=1e-6)
    assert transformed[feature_name("size")][:-1].std() == pytest.approx(1)
    assert ids[feature_name("price")] == sorted(ids[feature_name("price")])
    assert ids[feature_name("weight")] == sorted(ids[feature_name("weight")], reverse=True)
    assert set(ids[feature_name("price")]) == set(ids[feature_name("weight")]) == {1, 2, 3}
    assert ids[feature_name("level")] == [1, 2, 3, 1, 2, 3]
    assert ids[feature_name("color")] == [1, 2, 1, 2, 1, 2]
    assert ids[feature_name("maker")] == [1, 1, 1, 2, 2, 3]
    assert ids[LABEL_FEATURE] == [0, 1, 2, 0, 1, 2]
    assert pictures[:-1, 0, 0, 0].tolist() == pytest.approx([0.2, 1, 0.2, 1, 0.2, 1])
# <% if cookiecutter.transform == "no" %>


def test_learns_mean_and_variance_of_the_known_cells(preprocessor: Preprocessor) -> None:
    assert preprocessor.moments.keys() == {"size", "age"}
    assert preprocessor.moments["size"].mean == pytest.approx(3)
    assert preprocessor.moments["size"].variance == pytest.approx(10 / 6)


def test_learns_the_inner_quantiles(preprocessor: Preprocessor) -> None:
    assert preprocessor.boundaries.keys() == {"price", "weight"}
    low, high = preprocessor.boundaries["price"]
    assert 10 < low < high < 60


def test_learns_the_most_frequent_values(preprocessor: Preprocessor) -> None:
    assert preprocessor.vocabularies == {"maker": [b"acme", b"bolt"]}


def test_rare_and_unknown_values_share_an_id(preprocessor: Preprocessor) -> None:
    cells = tf.constant([["bolt"], ["corp"], ["never seen"], ["acme"]])
    ranks = preprocessing.Ranks(preprocessor.vocabularies["maker"])(cells)
    assert ranks.numpy().tolist() == [[1], [2], [2], [0]]


def test_an_empty_vocabulary_knows_no_value() -> None:
    ranks = preprocessing.Ranks([])(tf.constant([["a"], [""]]))
    assert ranks.numpy().tolist() == [[0], [0]]


def test_equally_frequent_values_have_the_order_of_tensorflow_transform() -> None:
    frequencies = preprocessing.Frequencies(3)
    frequencies.update_state(tf.constant(["b", "a", "c", "a", "d", "b"]))
    assert frequencies.vocabulary == [b"b", b"a", b"d"]


def test_a_vocabulary_holds_every_string() -> None:
    values = [each for each in AWKWARD if each]
    frequencies = preprocessing.Frequencies(len(values) + 1)
    frequencies.update_state(tf.constant(values))
    ranks = tf.function(preprocessing.Ranks(frequencies.vocabulary))
    assert sorted(frequencies.vocabulary) == sorted(values)
    assert ranks(tf.constant([frequencies.vocabulary])).numpy().tolist() == [[*range(len(values))]]
    assert ranks(tf.constant([["oak street"]])).numpy().tolist() == [[len(values)]]
# <% else %>


def test_a_vocabulary_holds_every_string(tmp_path: Path) -> None:
    spec = {"cells": tf.io.FixedLenFeature([1], tf.string)}
    rows = ([{"cells": [each]} for each in AWKWARD], DatasetMetadata.from_feature_spec(spec))
    values = len([each for each in AWKWARD if each])

    def ids(inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return {"ids": preprocessing._apply(Vocabulary(values + 1), inputs["cells"])}

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
        cells = inputs["cells"]
        return {
            "ours": preprocessing._bucketize(cells, 300),
            "theirs": tft.bucketize(cells, 300, elementwise=True),
        }

    with tft_beam.Context(str(tmp_path)):
        (bucketized, _), _ = rows | tft_beam.AnalyzeAndTransformDataset(both)
    assert len(bucketized) == 8_000
    assert all(np.array_equal(row["ours"], row["theirs"]) for row in bucketized)
# <% endif %>
