from __future__ import annotations

import pytest
import tensorflow as tf

from << cookiecutter.package_name >>.training import empty_batches


@pytest.mark.parametrize(("given", "filled"), [(0, 1), (1, 1), (3, 3)])
def test_only_an_empty_batch_gets_a_row(given: int, filled: int) -> None:
    features = {"image": tf.ones([given, 8, 8, 1]), "id": tf.ones([given, 1], tf.int64)}
    more = empty_batches.filled(features)
    assert more["image"].shape == (filled, 8, 8, 1)
    assert more["id"].shape == (filled, 1)
    assert more["id"].dtype == tf.int64
    assert empty_batches.rows(features) == given
    assert more["image"][:given].numpy().tolist() == features["image"].numpy().tolist()


def test_all_but_the_number_of_rows_is_known_where_a_graph_is_built() -> None:
    @tf.function(input_signature=[{"image": tf.TensorSpec([None, 8, 8, 1])}])
    def shape(features: dict[str, tf.Tensor]) -> tf.Tensor:
        image = empty_batches.filled(features)["image"]
        assert image.shape.as_list() == [None, 8, 8, 1]
        return tf.shape(image)

    assert shape({"image": tf.zeros([0, 8, 8, 1])}).numpy().tolist() == [1, 8, 8, 1]
# <% if cookiecutter.model_api != "keras" %>


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_all_that_an_estimator_answers_has_as_many_rows(rows: int) -> None:
    def model_fn(
        features: dict[str, tf.Tensor], labels: None, mode: str, config: None
    ) -> tf.estimator.EstimatorSpec:
        size = features["size"]
        with tf.control_dependencies([tf.debugging.assert_positive(tf.shape(size)[0])]):
            answers = tf.identity(size)
        export = tf.estimator.export
        outputs = {
            "serving_default": export.ClassificationOutput(answers, tf.as_string(answers)),
            "regression": export.RegressionOutput(answers),
            "predict": export.PredictOutput({"size": answers}),
        }
        return tf.estimator.EstimatorSpec(mode, {"size": answers}, export_outputs=outputs)

    expected = [[float(row)] for row in range(rows)]
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        features = {"size": tf.reshape(tf.range(float(rows)), [-1, 1])}
        answered = empty_batches.answered(model_fn)
        spec = answered(features, None, tf.estimator.ModeKeys.PREDICT, None)
        outputs = spec.export_outputs
        found = session.run(
            [
                spec.predictions["size"],
                outputs["serving_default"].scores,
                tf.strings.to_number(outputs["serving_default"].classes),
                outputs["regression"].value,
                outputs["predict"].outputs["size"],
            ]
        )
    assert [each.tolist() for each in found] == [expected] * 5
# <% endif %>
