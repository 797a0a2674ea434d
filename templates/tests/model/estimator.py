from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from << cookiecutter.package_name >>.console.errors import (
    DivergenceError,
    UserError,
)
from << cookiecutter.package_name >>.features.columns import Columns
from << cookiecutter.package_name >>.features.preprocessing import (
    Preprocessor,
)
from << cookiecutter.package_name >>.settings import Settings
# <% if cookiecutter.model_api == "estimator" %>
from << cookiecutter.package_name >>.training import (
    inputs,
    signatures,
    trainer,
)
from << cookiecutter.package_name >>.training.linear_model import (
    LinearModel,
)
from << cookiecutter.package_name >>.training.linear_start import (
    linear_start,
)
# <% else %>
from << cookiecutter.package_name >>.training import inputs, trainer
# <% endif %>
from << cookiecutter.package_name >>.training.model import (
    build_estimator,
)
from << cookiecutter.package_name >>.training.strategy import (
    create_strategy,
)

HYPERPARAMETERS = Settings().hyperparameters


def prepared(
    fn_args: SimpleNamespace,
    columns: Columns,
    toy_split: inputs.Split,
    folder: Path,
    **changes: object,
) -> dict[str, object]:
    """Prepare a training of twelve steps with a batch size of four."""
    hyperparameters = {**HYPERPARAMETERS}
    given = {"train_steps": 12, "eval_steps": 1, **changes}
    hyperparameters.update(
        {name: given.pop(name) for name in hyperparameters.keys() & given.keys()}
    )
    config = {"seed": 1, "split": "content", "batch_size": 4, "patience": 30}
    config["hyperparameters"] = hyperparameters
    args = SimpleNamespace(
        **vars(fn_args), **given, model_run_dir=str(folder), custom_config=config
    )
    return trainer.trainer_fn(args, Preprocessor(args, columns), toy_split, toy_split)


def losses(folder: Path) -> dict[int, float]:
    """Read by step what TensorBoard shows of a folder."""
    return {
        event.step: value.simple_value
        for file in folder.glob("events.out.tfevents.*")
        for event in tf.compat.v1.train.summary_iterator(str(file))
        for value in event.summary.value
        if value.tag == "loss"
    }


def relabelled(
    toy_split: inputs.Split, preprocessor: Preprocessor, count: int
) -> Callable[[], tf.data.Dataset]:
    """Give the toys, in one batch, other labels: of so many classes, or numbers if of none."""
    (features, labels), *_ = inputs.evaluation(toy_split, preprocessor, 7).as_numpy_iterator()
    labels = labels % count if count else labels.astype(np.float32)
    return lambda: tf.data.Dataset.from_tensors((features, labels))


def test_trains_and_predicts_rows_with_missing_cells(
    toy_split: inputs.Split, preprocessor: Preprocessor, columns: Columns, tmp_path: Path
) -> None:
    config = tf.estimator.RunConfig(str(tmp_path), train_distribute=create_strategy())
    estimator = build_estimator(config, columns, **HYPERPARAMETERS)
    estimator.train(lambda: inputs.training(toy_split, preprocessor, 7), steps=2)
    assert estimator.latest_checkpoint() == str(tmp_path / "model.ckpt-2")
    predictions = list(estimator.predict(lambda: inputs.evaluation(toy_split, preprocessor, 7)))
    probabilities = np.array([each["probabilities"] for each in predictions])
    assert probabilities.shape == (7, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize(
    ("train_steps", "evaluated"), [(3, [0, 1, 2, 3]), (41, [*range(0, 42, 3), 41])]
)
def test_each_twentieth_of_the_training_is_evaluated(
    fn_args: SimpleNamespace,
    columns: Columns,
    toy_split: inputs.Split,
    tmp_path: Path,
    train_steps: int,
    evaluated: list[int],
) -> None:
    training = prepared(fn_args, columns, toy_split, tmp_path, train_steps=train_steps)
    trainer.train_and_evaluate(training, columns.output, patience=30)
    estimator = training["estimator"]
    assert estimator.latest_checkpoint() == str(tmp_path / f"model.ckpt-{train_steps}")
    assert list(losses(tmp_path / "eval")) == evaluated
    assert len(losses(tmp_path)) >= min(20, train_steps)
    metrics = estimator.evaluate(training["eval_input_fn"])
    assert losses(tmp_path / "eval")[train_steps] == pytest.approx(metrics["loss"])


# The first step makes the weights too large, or infinite, and the second one sees it; or the
# evaluation does, if there is no second one. Of large weights it cannot be told what a single step
# makes: units that give nothing for all rows leave the loss finite.
@pytest.mark.parametrize(
    ("classes", "train_steps", "learning_rate"),
    [((), 30, 1e30), (("no", "yes"), 1, float("inf")), (("a", "b", "c"), 1, float("inf"))],
)
def test_a_training_that_diverges_is_stopped(
    fn_args: SimpleNamespace,
    columns: Columns,
    toy_split: inputs.Split,
    preprocessor: Preprocessor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    classes: tuple[str, ...],
    train_steps: int,
    learning_rate: float,
) -> None:
    toys = relabelled(toy_split, preprocessor, len(classes))
    columns = dataclasses.replace(columns, classes=classes)
    monkeypatch.setattr(inputs, "label_scale", lambda *args: (0.0, 1.0))
    monkeypatch.setattr(trainer, "linear_start", lambda *args: None)
    training = prepared(
        fn_args, columns, toy_split, tmp_path, train_steps=train_steps, learning_rate=learning_rate
    )
    training["train_spec"] = training["train_spec"]._replace(input_fn=lambda: toys().repeat())
    training["eval_input_fn"] = toys
    with pytest.raises(DivergenceError, match=f"at step {min(train_steps, 2)};"):
        trainer.train_and_evaluate(training, columns.output, patience=5)


def test_replicas_share_a_batch(
    fn_args: SimpleNamespace, columns: Columns, toy_split: inputs.Split, tmp_path: Path
) -> None:
    training = prepared(fn_args, columns, toy_split, tmp_path)
    (_, label), *_ = training["train_spec"].input_fn().take(1)
    assert len(label) * create_strategy().num_replicas_in_sync == 4
    (_, label), *_ = training["eval_input_fn"]()
    assert len(label) == 4


def test_replicas_must_share_a_batch_equally(
    fn_args: SimpleNamespace,
    columns: Columns,
    toy_split: inputs.Split,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    replicas = SimpleNamespace(num_replicas_in_sync=3)
    monkeypatch.setattr(trainer, "create_strategy", lambda: replicas)
    with pytest.raises(UserError, match="3 replicas"):
        prepared(fn_args, columns, toy_split, tmp_path)


@pytest.mark.parametrize("export", ["serving", "eval"])
def test_initializers_of_tables_are_operations(trained: Path, export: str) -> None:
    file = trained / export / "saved_model.pb"
    (graph,) = SavedModel.FromString(file.read_bytes()).meta_graphs
    nodes = {node.name for node in graph.graph_def.node}
    assert set(graph.collection_def["table_initializer"].node_list.value) <= nodes


def test_a_session_answers_what_the_function_does(trained: Path, serialized: tf.Tensor) -> None:
    directory = str(trained / "serving")
    served = tf.saved_model.load(directory).signatures
    signature = served["predict" if "predict" in served else "serving_default"]
    expected = signature(examples=serialized)["probabilities"]
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        loaded = tf.compat.v1.saved_model.load(session, ["serve"], directory).signature_def
        described = loaded["predict" if "predict" in loaded else "serving_default"]
        answer = session.run(
            described.outputs["probabilities"].name,
            {described.inputs["examples"].name: serialized.numpy()},
        )
    np.testing.assert_allclose(answer, expected, rtol=1e-5)
# <% if cookiecutter.model_api == "estimator" %>


@pytest.mark.parametrize("names", [("1", "2"), ("-1", 'says "no, no"', "\N{PENGUIN}")])
def test_classes_are_called_by_their_names(
    toy_split: inputs.Split,
    preprocessor: Preprocessor,
    serialized: tf.Tensor,
    columns: Columns,
    tmp_path: Path,
    names: tuple[str, ...],
) -> None:
    toys = relabelled(toy_split, preprocessor, len(names))
    columns = dataclasses.replace(columns, classes=names)
    config = tf.estimator.RunConfig(str(tmp_path), train_distribute=create_strategy())
    estimator = build_estimator(config, columns, **{**HYPERPARAMETERS, "learning_rate": 0.1})
    estimator.train(lambda: toys().repeat(), steps=20)
    metrics = estimator.evaluate(toys)
    exported = estimator.export_saved_model(
        str(tmp_path / "export"),
        lambda: signatures.serving_input_receiver_fn(preprocessor),
    )
    served = tf.saved_model.load(tf.compat.as_str(exported)).signatures
    predicted = served["predict"](examples=serialized)
    likeliest = np.argmax(predicted["probabilities"], axis=1)
    assert metrics["accuracy"] > 0.7
    assert len(set(likeliest)) > 1
    assert texts(predicted["classes"]) == [[names[each]] for each in likeliest]
    assert texts(predicted["all_classes"]) == [[*names]] * 7
    for signature in ("serving_default", "classification"):
        classified = served[signature](inputs=serialized)
        assert texts(classified["classes"]) == [[*names]] * 7
        np.testing.assert_allclose(classified["scores"], predicted["probabilities"])


def texts(tensor: tf.Tensor) -> list[list[str]]:
    """Decode a matrix of strings."""
    return [[cell.decode() for cell in row] for row in tensor.numpy()]
# <% endif %>
# <% if cookiecutter.model_api == "estimator" %>


def test_the_training_begins_with_the_linear_model(
    toy_split: inputs.Split, preprocessor: Preprocessor, columns: Columns, tmp_path: Path
) -> None:
    ((features, labels),) = inputs.evaluation(toy_split, preprocessor, 7).as_numpy_iterator()
    linear = LinearModel(features, labels[:, 0], columns)
    config = tf.estimator.RunConfig(str(tmp_path), train_distribute=create_strategy())
    slow = {**HYPERPARAMETERS, "learning_rate": 1e-30}
    coefficients = linear.coefficients((0.0, 1.0))
    estimator = build_estimator(config, columns, linear=coefficients, **slow)
    estimator.train(lambda: inputs.training(toy_split, preprocessor, 7), steps=1)
    answers = list(estimator.predict(lambda: inputs.evaluation(toy_split, preprocessor, 7)))
    np.testing.assert_allclose(
        [each["probabilities"] for each in answers], linear.predict(features), rtol=1e-4
    )


def test_a_linear_model_alone_can_be_trained(
    toy_split: inputs.Split, preprocessor: Preprocessor, columns: Columns, tmp_path: Path
) -> None:
    linear = linear_start(toy_split, toy_split, preprocessor, (0.0, 1.0))
    config = tf.estimator.RunConfig(str(tmp_path), train_distribute=create_strategy())
    none = {**HYPERPARAMETERS, "hidden_units": []}
    estimator = build_estimator(config, columns, linear=linear, **none)
    estimator.train(lambda: inputs.training(toy_split, preprocessor, 7), steps=2)
    answers = list(estimator.predict(lambda: inputs.evaluation(toy_split, preprocessor, 7)))
    labels = [label for _, each in inputs.evaluation(toy_split, preprocessor, 7) for label in each]
    told = [each["probabilities"].argmax() == label for each, label in zip(answers, labels)]
    assert np.mean(told) > 0.8
# <% endif %>
