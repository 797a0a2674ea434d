"""Training: the callback of the Trainer component."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tensorflow as tf

from . import columns, inputs, parsing, signatures, tflite, training_record
from .model import build_model
from .preprocessing import Preprocessor
from .strategy import create_strategy

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

SUMMARY_STEPS = 100


def run_fn(fn_args: FnArgs) -> None:
    """Train on the files that TFX gives, and export the model where TFX wants it.

    Args:
        fn_args: paths and steps; custom_config holds seed, batch_size (of all replicas
            together), hidden_units, learning_rate and tflite.
    """
    config = fn_args.custom_config
    tf.keras.utils.set_random_seed(config["seed"])
    preprocessor = Preprocessor(fn_args)
    train = inputs.training(fn_args.train_files, preprocessor, config["batch_size"])
    evaluation = inputs.evaluation(fn_args.eval_files, preprocessor, config["batch_size"])
    scale = inputs.label_scale(fn_args.train_files, preprocessor, config["batch_size"])
    strategy = create_strategy()
    with strategy.scope():
        model = build_model(
            hidden_units=config["hidden_units"],
            learning_rate=config["learning_rate"],
            label_scale=scale,
            steps_per_execution=min(SUMMARY_STEPS, fn_args.train_steps),
        )
    model.fit(
        train,
        steps_per_epoch=fn_args.train_steps,
        validation_data=evaluation.repeat(),
        validation_steps=fn_args.eval_steps,
        callbacks=[
            tf.keras.callbacks.TensorBoard(fn_args.model_run_dir, update_freq=SUMMARY_STEPS)
        ],
        shuffle=False,
        verbose=2,
    )
    raw_spec = parsing.raw_feature_spec(columns.read_schema(fn_args.schema_path))
    signatures.export(
        model, preprocessor, raw_spec, fn_args.serving_model_dir, with_features=config["tflite"]
    )
    training_record.write(fn_args.serving_model_dir, strategy)
    if config["tflite"]:
        tflite.export(fn_args.serving_model_dir)
