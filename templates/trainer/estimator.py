"""Training: the callbacks of the Trainer component."""

from __future__ import annotations

import contextlib
import functools
import math
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
import tensorflow_model_analysis as tfma
from tfx.utils import io_utils

from . import columns, inputs, parsing, signatures, tflite, training_record
from .errors import DivergenceError
from .inputs import Split
from .model import build_estimator
from .preprocessing import Preprocessor
from .strategy import create_strategy

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0 import schema_pb2
    from tfx.components.trainer.fn_args_utils import FnArgs

# A training is evaluated so often, at the same distances, and at its end.
EVALUATIONS = 10
SUMMARY_STEPS = 100


class StopAtDivergence(tf.estimator.SessionRunHook):
    """Ends the training after the first step whose loss is not a finite number.

    Args:
        learning_rate: for the message.
    """

    def __init__(self, learning_rate: float) -> None:
        self._learning_rate = learning_rate

    def begin(self) -> None:
        """Find the loss, and show it in TensorBoard in the same chart as the evaluations'."""
        # Of all replicas together: the last that the Estimator has collected.
        self._loss = tf.compat.v1.get_collection(tf.compat.v1.GraphKeys.LOSSES)[-1]
        summaries = tf.compat.v1.get_collection_ref(tf.compat.v1.GraphKeys.SUMMARIES)
        # Of a Keras model, whose graph has other operations called loss, it would be loss_1.
        if all(each.op.name != "loss" for each in summaries):
            summaries.append(tf.raw_ops.ScalarSummary(tags="loss", values=self._loss))
        summaries[:] = [_without_what_is_no_number(each) for each in summaries]

    def after_create_session(self, session: tf.compat.v1.Session, coord: object) -> None:
        """Count on from the checkpoint, if there is one."""
        self._step = int(session.run(tf.compat.v1.train.get_global_step()))

    def before_run(self, run_context: object) -> tf.estimator.SessionRunArgs:
        """Ask for the loss of the step."""
        return tf.estimator.SessionRunArgs(self._loss)

    def after_run(self, run_context: object, run_values: Any) -> None:
        """Look at the loss."""
        self._step += 1
        self.check(np.isfinite(run_values.results), self._step)

    def check(self, finite: bool, step: int) -> None:
        """End the training.

        Raises:
            DivergenceError: what was computed after the step is not finite.
        """
        if not finite:
            raise DivergenceError(step, self._learning_rate)


def _without_what_is_no_number(summary: tf.Tensor) -> tf.Tensor:
    """Make the summary that never fails: of a histogram, that of its finite values."""
    if summary.op.type != "HistogramSummary":
        return summary
    tag, values = summary.op.inputs
    return tf.raw_ops.HistogramSummary(
        tag=tag, values=tf.boolean_mask(values, tf.math.is_finite(values))
    )


class EvaluateCheckpoints(tf.estimator.CheckpointSaverListener):
    """Evaluates each new checkpoint, for TensorBoard and for hooks that stop early.

    All evaluations share one graph. Estimator.evaluate, which train_and_evaluate calls, builds one
    each time, and that takes several times as long as to run it.

    Args:
        estimator: is trained.
        input_fn: gives the batches to evaluate on, as a Dataset that ends.
        divergence: raises the error if a model answers or weighs with what is no finite number.
    """

    def __init__(
        self,
        estimator: tf.estimator.Estimator,
        input_fn: Callable[[], tf.data.Dataset],
        divergence: StopAtDivergence,
    ) -> None:
        self._estimator = estimator
        self._input_fn = input_fn
        self._check = divergence.check

    def begin(self) -> None:
        """Build the graph, and add to that of the training what is asked there."""
        self._finite = [
            tf.reduce_all(tf.math.is_finite(each)) for each in tf.compat.v1.trainable_variables()
        ]
        config = self._estimator.config
        with tf.Graph().as_default() as graph:
            tf.compat.v1.train.create_global_step()
            batches = tf.compat.v1.data.make_initializable_iterator(self._input_fn())
            spec = self._estimator.model_fn(*batches.get_next(), tf.estimator.ModeKeys.EVAL, config)
            metrics = {**spec.eval_metric_ops, "loss": tf.compat.v1.metrics.mean(spec.loss)}
            self._values = {name: value for name, (value, _) in metrics.items()}
            self._update = [update for _, update in metrics.values()]
            self._restart = [batches.initializer, tf.compat.v1.local_variables_initializer()]
            saver = spec.scaffold.saver if spec.scaffold else None
            self._saver = saver or tf.compat.v1.train.Saver()
            self._session = tf.compat.v1.Session(graph=graph, config=config.session_config)
            self._session.run(tf.compat.v1.tables_initializer())

    def after_save(self, session: tf.compat.v1.Session, global_step_value: int) -> None:
        """Evaluate the checkpoint, unless nothing has been trained."""
        if global_step_value == 0:
            return
        self._check(all(session.run(self._finite)), global_step_value)
        try:
            metrics = self._evaluate()
        except tf.errors.InvalidArgumentError:
            # Metrics such as AUC refuse what is not a number.
            answers = self._estimator.predict(self._input_fn)
            finite = all(np.isfinite(each[columns.output_name()]).all() for each in answers)
            self._check(finite, global_step_value)
            raise
        summary = tf.compat.v1.Summary()
        for name, value in metrics.items():
            summary.value.add(tag=name, simple_value=value)
        writer = tf.compat.v1.summary.FileWriterCache.get(self._estimator.eval_dir())
        writer.add_summary(summary, global_step_value)
        # Hooks read the file.
        writer.flush()
        self._check(np.isfinite(metrics["loss"]), global_step_value)

    def end(self, session: tf.compat.v1.Session, global_step_value: int) -> None:
        """Free the memory."""
        self._session.close()

    def _evaluate(self) -> dict[str, float]:
        self._session.run(self._restart)
        self._saver.restore(self._session, self._estimator.latest_checkpoint())
        with contextlib.suppress(tf.errors.OutOfRangeError):
            while True:
                self._session.run(self._update)
        return self._session.run(self._values)


def trainer_fn(
    trainer_fn_args: FnArgs, schema: schema_pb2.Schema, train: Split, evaluation: Split
) -> dict[str, Any]:
    """Describe the training.

    Args:
        trainer_fn_args: paths and steps; custom_config holds seed, batch_size (of all
            replicas together), hidden_units, learning_rate and tflite.
        schema: describes the raw records, which the exported model parses.
        train: the records to train on.
        evaluation: the records to evaluate on.

    Returns:
        estimator, train_spec, eval_input_fn, serving_input_receiver_fn and
        eval_input_receiver_fn.
    """
    config = trainer_fn_args.custom_config
    preprocessor = Preprocessor(trainer_fn_args)
    strategy = create_strategy()
    # An Estimator trains each replica on a batch of its own, but evaluates on one replica.
    replica_batch_size = inputs.per_replica(config["batch_size"], strategy.num_replicas_in_sync)
    train_steps = trainer_fn_args.train_steps
    estimator = build_estimator(
        tf.estimator.RunConfig(
            model_dir=trainer_fn_args.model_run_dir,
            tf_random_seed=config["seed"],
            save_summary_steps=min(SUMMARY_STEPS, max(1, train_steps // EVALUATIONS)),
            save_checkpoints_steps=math.ceil(train_steps / EVALUATIONS),
            keep_checkpoint_max=1,
            checkpoint_save_graph_def=False,
            train_distribute=strategy,
        ),
        hidden_units=config["hidden_units"],
        learning_rate=config["learning_rate"],
        label_scale=inputs.label_scale(train, preprocessor, config["batch_size"]),
    )
    train_spec = tf.estimator.TrainSpec(
        lambda: inputs.training(train, preprocessor, replica_batch_size),
        max_steps=train_steps,
    )
    raw_spec = parsing.raw_feature_spec(schema)
    return {
        "estimator": estimator,
        "train_spec": train_spec,
        "eval_input_fn": lambda: inputs.evaluation(
            evaluation, preprocessor, config["batch_size"], trainer_fn_args.eval_steps
        ),
        "serving_input_receiver_fn": functools.partial(
            signatures.serving_input_receiver_fn, preprocessor, raw_spec
        ),
        "eval_input_receiver_fn": functools.partial(
            signatures.eval_input_receiver_fn, preprocessor, raw_spec
        ),
    }


def run_fn(fn_args: FnArgs) -> None:
    """Train on the files that TFX gives, and export the model where TFX wants it.

    Args:
        fn_args: as trainer_fn takes them.
    """
    seed = fn_args.custom_config["seed"]
    folder = fn_args.model_run_dir
    tf.keras.utils.set_random_seed(seed)
    schema = columns.read_schema(fn_args.schema_path)
    train_files = inputs.in_random_order(fn_args.train_files, seed, folder)
    eval_files = inputs.in_random_order(fn_args.eval_files, seed, folder)
    with train_files as train, eval_files as evaluation:
        training = trainer_fn(fn_args, schema, train, evaluation)
        train_and_evaluate(training, fn_args.custom_config["learning_rate"])
    estimator = training["estimator"]
    serving_model = estimator.export_saved_model(
        os.path.join(folder, "export", "serving"), training["serving_input_receiver_fn"]
    )
    eval_model = tfma.export.export_eval_savedmodel(
        estimator=estimator,
        export_dir_base=os.path.join(folder, "export", "evaluation"),
        eval_input_receiver_fn=training["eval_input_receiver_fn"],
    )
    io_utils.copy_dir(tf.compat.as_str(serving_model), fn_args.serving_model_dir)
    io_utils.copy_dir(tf.compat.as_str(eval_model), fn_args.eval_model_dir)
    training_record.write(fn_args.serving_model_dir, estimator.config.train_distribute)
    if fn_args.custom_config["tflite"]:
        tflite.export(fn_args.serving_model_dir)


def train_and_evaluate(training: dict[str, Any], learning_rate: float) -> None:
    """Train, and evaluate each checkpoint.

    Args:
        training: what trainer_fn gives.
        learning_rate: for the message.

    Raises:
        DivergenceError: the loss, or a weight, became infinite or not a number.
    """
    divergence = StopAtDivergence(learning_rate)
    estimator, train_spec = training["estimator"], training["train_spec"]
    evaluations = EvaluateCheckpoints(estimator, training["eval_input_fn"], divergence)
    estimator.train(
        train_spec.input_fn,
        hooks=[divergence, *train_spec.hooks],
        max_steps=train_spec.max_steps,
        saving_listeners=[evaluations, *train_spec.saving_listeners],
    )
