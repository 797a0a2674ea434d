"""Training: the callbacks of the Trainer component."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any

import tensorflow as tf
import tensorflow_model_analysis as tfma
from tfx.utils import io_utils

from . import columns, inputs, parsing, signatures, tflite, training_record
from .model import build_estimator
from .preprocessing import Preprocessor
from .strategy import create_strategy

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0 import schema_pb2
    from tfx.components.trainer.fn_args_utils import FnArgs

EXPORTER = "serving"
SUMMARY_STEPS = 100


def trainer_fn(trainer_fn_args: FnArgs, schema: schema_pb2.Schema) -> dict[str, Any]:
    """Describe the training.

    Args:
        trainer_fn_args: paths and steps; custom_config holds seed, batch_size (of all
            replicas together), hidden_units, learning_rate and tflite.
        schema: describes the raw records, which the exported model parses.

    Returns:
        estimator, train_spec, eval_spec and eval_input_receiver_fn.
    """
    config = trainer_fn_args.custom_config
    preprocessor = Preprocessor(trainer_fn_args)
    strategy = create_strategy()
    estimator = build_estimator(
        tf.estimator.RunConfig(
            model_dir=trainer_fn_args.model_run_dir,
            tf_random_seed=config["seed"],
            save_summary_steps=SUMMARY_STEPS,
            keep_checkpoint_max=1,
            train_distribute=strategy,
        ),
        hidden_units=config["hidden_units"],
        learning_rate=config["learning_rate"],
        label_scale=inputs.label_scale(
            trainer_fn_args.train_files, preprocessor, config["batch_size"]
        ),
    )
    # An Estimator gives each replica a batch of its own.
    batch_size = config["batch_size"] // strategy.num_replicas_in_sync
    train_spec = tf.estimator.TrainSpec(
        lambda: inputs.training(trainer_fn_args.train_files, preprocessor, batch_size),
        max_steps=trainer_fn_args.train_steps,
    )
    raw_spec = parsing.raw_feature_spec(schema)
    eval_spec = tf.estimator.EvalSpec(
        lambda: inputs.evaluation(trainer_fn_args.eval_files, preprocessor, batch_size),
        steps=trainer_fn_args.eval_steps,
        exporters=tf.estimator.FinalExporter(
            EXPORTER,
            functools.partial(signatures.serving_input_receiver_fn, preprocessor, raw_spec),
        ),
    )
    return {
        "estimator": estimator,
        "train_spec": train_spec,
        "eval_spec": eval_spec,
        "eval_input_receiver_fn": functools.partial(
            signatures.eval_input_receiver_fn, preprocessor, raw_spec
        ),
    }


def run_fn(fn_args: FnArgs) -> None:
    """Train on the files that TFX gives, and export the model where TFX wants it.

    Args:
        fn_args: as trainer_fn takes them.
    """
    tf.keras.utils.set_random_seed(fn_args.custom_config["seed"])
    training = trainer_fn(fn_args, columns.read_schema(fn_args.schema_path))
    estimator = training["estimator"]
    tf.estimator.train_and_evaluate(estimator, training["train_spec"], training["eval_spec"])
    eval_model = tfma.export.export_eval_savedmodel(
        estimator=estimator,
        export_dir_base=os.path.join(fn_args.model_run_dir, "export", "evaluation"),
        eval_input_receiver_fn=training["eval_input_receiver_fn"],
    )
    serving_model = io_utils.get_only_uri_in_dir(
        os.path.join(fn_args.model_run_dir, "export", EXPORTER)
    )
    io_utils.copy_dir(serving_model, fn_args.serving_model_dir)
    io_utils.copy_dir(tf.compat.as_str(eval_model), fn_args.eval_model_dir)
    training_record.write(fn_args.serving_model_dir, estimator.config.train_distribute)
    if fn_args.custom_config["tflite"]:
        tflite.export(fn_args.serving_model_dir)
