"""Training: the callback of the Trainer component."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import tensorflow as tf

from ..console.errors import DivergenceError
from ..features.columns import Columns
from ..features.preprocessing import Preprocessor
# <% if cookiecutter.tflite == "yes" %>
from . import inputs, servable, signatures, tflite_export, training_record
# <% else %>
from . import inputs, servable, signatures, training_record
# <% endif %>
from .model import build_model
from .strategy import create_strategy

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

# After each epoch the model is evaluated and its weights are saved.
EPOCHS = 10
MOST_STEPS_PER_EXECUTION = 100


# <% if cookiecutter.tflite == "yes" %>
def run_fn(fn_args: FnArgs) -> None:
    """Train the model of the schema that TFX gives, and export it for TensorFlow Lite too."""
    columns = Columns.read(fn_args.schema_path)
    train(fn_args, columns)
    if fn_args.custom_config["tflite"]:
        tflite_export.export(fn_args.serving_model_dir, columns)
# <% else %>
def run_fn(fn_args: FnArgs) -> None:
    """Train the model of the schema that TFX gives."""
    train(fn_args, Columns.read(fn_args.schema_path))
# <% endif %>


def train(fn_args: FnArgs, columns: Columns) -> None:
    """Train on the files that TFX gives, and export the model where TFX wants it.

    Args:
        fn_args: paths and steps; custom_config holds seed, split, batch_size (of all replicas
            together) and hyperparameters.
        columns: those of the files.

    Raises:
        UserError: the replicas cannot share a batch equally, the model cannot be served, or
            the training diverged.
    """
    config = fn_args.custom_config
    seed, batch_size = config["seed"], config["batch_size"]
    tf.keras.utils.set_random_seed(seed)
    strategy = create_strategy()
    replicas = strategy.num_replicas_in_sync
    inputs.per_replica(batch_size, replicas)
    epochs, steps_per_epoch, steps_per_execution = divide(fn_args.train_steps)
    preprocessor = Preprocessor(fn_args, columns)
    train_files = inputs.in_random_order(fn_args.train_files, seed, fn_args.model_run_dir)
    eval_files = inputs.in_random_order(fn_args.eval_files, seed, fn_args.model_run_dir)
    with train_files as split, eval_files as held_out:
        some = inputs.evaluation(split, preprocessor, batch_size, steps=1)
        with strategy.scope():
            model = build_model(
                columns,
                label_scale=inputs.label_scale(split, preprocessor, batch_size),
                steps_per_execution=steps_per_execution,
                **config["hyperparameters"],
            )
            # What cannot be served is told before the training.
            servable.inference(model, columns.specs, some)
        batches = inputs.training(split, preprocessor, batch_size)
        validation = inputs.evaluation(
            held_out, preprocessor, batch_size, fn_args.eval_steps, replicas
        )
        divergence = StopOnDivergence()
        # Epochs are of equal length: what is left over comes first.
        left_over = fn_args.train_steps - epochs * steps_per_epoch
        if left_over:
            model.fit(batches.take(left_over), callbacks=[divergence], verbose=0)
        model.fit(
            batches.skip(left_over),
            epochs=epochs,
            steps_per_epoch=steps_per_epoch,
            validation_data=validation,
            # All of them: if Keras is told, it makes two iterators for each epoch, and not three.
            validation_steps=int(validation.cardinality()),
            callbacks=[
                divergence,
                tf.keras.callbacks.TensorBoard(fn_args.model_run_dir),
                saved_weights(model, fn_args.model_run_dir),
            ],
            shuffle=False,
            verbose=2,
        )
        signatures.export(model, preprocessor, fn_args.serving_model_dir, some)
        unknown = inputs.unknown_shares(held_out, preprocessor)
    training_record.write(
        fn_args.serving_model_dir, preprocessor, strategy, unknown, config["split"]
    )


def divide(steps: int) -> tuple[int, int, int]:
    """Divide a training into epochs, and these into executions: steps between looks of Python.

    Keras trains whole executions, so that their length divides an epoch's.

    Returns:
        The numbers of epochs, of steps per epoch and of steps per execution. Fewer steps than an
        epoch has may be left over.
    """
    epochs = min(EPOCHS, steps)
    executions = math.ceil(steps / epochs / MOST_STEPS_PER_EXECUTION)
    steps_per_execution = steps // (epochs * executions)
    return epochs, executions * steps_per_execution, steps_per_execution


def saved_weights(model: tf.keras.Model, folder: str) -> tf.keras.callbacks.Callback:
    """Save the last epoch's weights and the optimizer's state, as a checkpoint of TensorFlow."""
    checkpoints = tf.train.CheckpointManager(
        tf.train.Checkpoint(model=model), f"{folder}/checkpoints", max_to_keep=1
    )
    return tf.keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: checkpoints.save(epoch + 1)
    )


class StopOnDivergence(tf.keras.callbacks.Callback):
    """Ends a training that has diverged, after the execution in which it has.

    Raises:
        DivergenceError: the loss, or that of the evaluation split, is no finite number.
    """

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Look at the mean loss of the epoch so far."""
        self._check(logs or {}, "loss")

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Look at the loss of the evaluation split."""
        self._check(logs or {}, "val_loss")

    def _check(self, logs: dict[str, float], name: str) -> None:
        if not math.isfinite(logs.get(name, 0)):
            raise DivergenceError.at(int(self.model.optimizer.iterations.numpy()))
