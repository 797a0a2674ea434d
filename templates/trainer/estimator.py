"""Training: the callbacks of the Trainer component."""

from __future__ import annotations

import functools
import math
import os
from typing import TYPE_CHECKING, Any

import tensorflow as tf
import tensorflow_model_analysis as tfma
from tfx.utils import io_utils

from ..features.columns import Columns
from ..features.preprocessing import Preprocessor
# <% if cookiecutter.tflite == "yes" %>
from . import inputs, signatures, tflite_export, training_record
# <% else %>
from . import inputs, signatures, training_record
# <% endif %>
from .hooks import EvaluateCheckpoints, StopAtDivergence
from .inputs import Split
from .linear_start import linear_start
from .model import build_estimator
from .strategy import create_strategy
from .training_record import Course

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

# A training is evaluated so often, at the same distances, and at its end.
EVALUATIONS = 20
SUMMARY_STEPS = 100


def trainer_fn(
    trainer_fn_args: FnArgs, preprocessor: Preprocessor, train: Split, held_out: Split
) -> dict[str, Any]:
    """Describe the training.

    Args:
        trainer_fn_args: paths and steps; custom_config holds seed, batch_size (of all
            replicas together) and hyperparameters.
        preprocessor: makes the features of the records.
        train: the records to train on.
        held_out: the records to evaluate on.

    Returns:
        estimator, train_spec, eval_input_fn, serving_input_receiver_fn and
        eval_input_receiver_fn.
    """
    config = trainer_fn_args.custom_config
    strategy = create_strategy()
    # An Estimator trains each replica on a batch of its own, but evaluates on one replica.
    replica_batch_size = inputs.per_replica(config["batch_size"], strategy.num_replicas_in_sync)
    label_scale = inputs.label_scale(train, preprocessor, config["batch_size"])
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
        preprocessor.columns,
        label_scale=label_scale,
        linear=linear_start(train, held_out, preprocessor, label_scale),
        **config["hyperparameters"],
    )
    train_spec = tf.estimator.TrainSpec(
        lambda: inputs.training(train, preprocessor, replica_batch_size),
        max_steps=train_steps,
    )
    return {
        "estimator": estimator,
        "train_spec": train_spec,
        "eval_input_fn": lambda: inputs.evaluation(
            held_out, preprocessor, config["batch_size"], trainer_fn_args.eval_steps
        ),
        "serving_input_receiver_fn": functools.partial(
            signatures.serving_input_receiver_fn, preprocessor
        ),
        "eval_input_receiver_fn": functools.partial(
            signatures.eval_input_receiver_fn, preprocessor
        ),
    }


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
        fn_args: as trainer_fn takes them; custom_config also holds split, patience and held_out,
            the share of rows.
        columns: those of the files.
    """
    config = fn_args.custom_config
    seed = config["seed"]
    folder = fn_args.model_run_dir
    tf.keras.utils.set_random_seed(seed)
    preprocessor = Preprocessor(fn_args, columns)
    unknown = inputs.unknown_shares(fn_args.eval_files, preprocessor, seed, folder)
    # Evaluations are made on one replica.
    with inputs.divided(fn_args.train_files, config["held_out"], 1, seed, folder) as parts:
        training = trainer_fn(fn_args, preprocessor, *parts)
        best = train_and_evaluate(training, columns.output, config["patience"])
    estimator = training["estimator"]
    serving_model = estimator.export_saved_model(
        os.path.join(folder, "export", "serving"),
        training["serving_input_receiver_fn"],
        checkpoint_path=best.checkpoint,
    )
    eval_model = tfma.export.export_eval_savedmodel(
        estimator=estimator,
        export_dir_base=os.path.join(folder, "export", "evaluation"),
        eval_input_receiver_fn=training["eval_input_receiver_fn"],
        checkpoint_path=best.checkpoint,
    )
    io_utils.copy_dir(tf.compat.as_str(serving_model), fn_args.serving_model_dir)
    io_utils.copy_dir(tf.compat.as_str(eval_model), fn_args.eval_model_dir)
    strategy = estimator.config.train_distribute
    split, held_out = parts
    course = Course(
        rows=split.rows,
        held_out_rows=held_out.rows,
        batch_size=config["batch_size"],
        most_steps=fn_args.train_steps,
        patience=config["patience"],
        steps=best.last_step,
        best_step=best.step,
        best=best.figures,
    )
    training_record.write(
        fn_args.serving_model_dir, preprocessor, strategy, unknown, config["split"], course
    )


def train_and_evaluate(training: dict[str, Any], output: str, patience: int) -> EvaluateCheckpoints:
    """Train, and evaluate each checkpoint, until some in a row are no better than the best.

    Args:
        training: what trainer_fn gives.
        output: the name of what the model answers.
        patience: how many checkpoints in a row may be no better.

    Returns:
        What has evaluated them, and knows the best one.

    Raises:
        DivergenceError: the loss, or a weight, became infinite or not a number.
    """
    divergence = StopAtDivergence()
    estimator, train_spec = training["estimator"], training["train_spec"]
    evaluations = EvaluateCheckpoints(
        estimator, training["eval_input_fn"], output, divergence, patience
    )
    estimator.train(
        train_spec.input_fn,
        hooks=[divergence, *train_spec.hooks],
        max_steps=train_spec.max_steps,
        saving_listeners=[evaluations, *train_spec.saving_listeners],
    )
    return evaluations
