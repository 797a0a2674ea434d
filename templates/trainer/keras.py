"""Training: the callback of the Trainer component."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from ..console.errors import DivergenceError
from ..features.columns import Columns
from ..features.preprocessing import Preprocessor
# <% if cookiecutter.tflite == "yes" %>
from . import inputs, servable, signatures, tflite_export, training_record
# <% else %>
from . import inputs, servable, signatures, training_record
# <% endif %>
from .linear_start import linear_start
from .model import build_model
from .strategy import create_strategy
from .training_record import Course

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

# After each epoch the model is evaluated on what was held out.
EPOCHS = 20
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
            together), held_out (the share of rows), patience and hyperparameters.
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
    folder = fn_args.model_run_dir
    unknown = inputs.unknown_shares(fn_args.eval_files, preprocessor, seed, folder)
    parts = inputs.divided(fn_args.train_files, config["held_out"], replicas, seed, folder)
    with parts as (split, held_out):
        some = inputs.evaluation(split, preprocessor, batch_size, steps=1)
        label_scale = inputs.label_scale(split, preprocessor, batch_size)
        linear = linear_start(split, held_out, preprocessor, label_scale)
        with strategy.scope():
            model = build_model(
                columns,
                label_scale=label_scale,
                linear=linear,
                steps_per_execution=steps_per_execution,
                **config["hyperparameters"],
            )
            # What cannot be served is told before the training.
            servable.inference(model, columns.specs, some)
        batches = inputs.training(split, preprocessor, batch_size)
        validation = inputs.evaluation(
            held_out, preprocessor, batch_size, fn_args.eval_steps, replicas
        )
        # All of them: if Keras is told, it makes two iterators for each epoch, and not three.
        validation_steps = int(validation.cardinality())
        begun = model.evaluate(validation, steps=validation_steps, verbose=0, return_dict=True)
        divergence = StopOnDivergence()
        best = BestWeights(folder, config["patience"], model.get_weights(), begun)
        # Epochs are of equal length: what is left over comes first.
        left_over = fn_args.train_steps - epochs * steps_per_epoch
        if left_over:
            model.fit(batches.take(left_over), callbacks=[divergence], verbose=0)
        model.fit(
            batches.skip(left_over),
            epochs=epochs,
            steps_per_epoch=steps_per_epoch,
            validation_data=validation,
            validation_steps=validation_steps,
            callbacks=[divergence, tf.keras.callbacks.TensorBoard(folder), best],
            shuffle=False,
            verbose=2,
        )
        signatures.export(model, preprocessor, fn_args.serving_model_dir, some)
    course = Course(
        rows=split.rows,
        held_out_rows=held_out.rows,
        batch_size=batch_size,
        most_steps=fn_args.train_steps,
        patience=config["patience"],
        steps=int(model.optimizer.iterations.numpy()),
        best_step=best.step,
        best=best.figures,
    )
    training_record.write(
        fn_args.serving_model_dir, preprocessor, strategy, unknown, config["split"], course
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


class BestWeights(tf.keras.callbacks.Callback):
    """Ends a training that gets no better, and puts the best weights back into the model.

    They and the state of the optimizer are saved as a checkpoint of TensorFlow. The best weights
    are those with the smallest loss of what was held out.

    Args:
        folder: of the training.
        patience: how many epochs in a row may be no better.
        weights: those that the training begins with.
        figures: their loss and metrics, on what was held out.

    Attributes:
        step: after which the best ones were the weights.
        figures: their loss and metrics.
    """

    def __init__(
        self,
        folder: str,
        patience: int,
        weights: list[np.ndarray],
        figures: Mapping[str, float],
    ) -> None:
        super().__init__()
        self._folder = f"{folder}/checkpoints"
        self._patience = patience
        self._in_vain = 0
        self._weights = weights
        self.step = 0
        self.figures = {name: float(value) for name, value in figures.items()}

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Keep the newest checkpoint alone."""
        self._checkpoints = tf.train.CheckpointManager(
            tf.train.Checkpoint(model=self.model), self._folder, max_to_keep=1
        )

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Compare the weights with the best so far."""
        figures = {
            name[len("val_") :]: float(value)
            for name, value in (logs or {}).items()
            if name.startswith("val_")
        }
        if figures["loss"] < self.figures["loss"]:
            self._in_vain = 0
            self._weights = self.model.get_weights()
            self.step = int(self.model.optimizer.iterations.numpy())
            self.figures = figures
            self._checkpoints.save(self.step)
            return
        self._in_vain += 1
        if self._in_vain >= self._patience:
            self.model.stop_training = True

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Put the best weights back."""
        self.model.set_weights(self._weights)


class StopOnDivergence(tf.keras.callbacks.Callback):
    """Ends a training that has diverged, after the execution in which it has.

    Raises:
        DivergenceError: the loss, or that of what was held out, is no finite number.
    """

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Look at the mean loss of the epoch so far."""
        self._check(logs or {}, "loss")

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Look at the loss of what was held out."""
        self._check(logs or {}, "val_loss")

    def _check(self, logs: dict[str, float], name: str) -> None:
        if not math.isfinite(logs.get(name, 0)):
            raise DivergenceError.at(int(self.model.optimizer.iterations.numpy()))
