"""Asks a SavedModel for the scores of the examples of an evaluation split.

Usage: python ask.py MODEL EXAMPLES, in an environment that has TFX; EXAMPLES is the Split-eval
folder of a CsvExampleGen. Prints JSON: the label big_tipper of each example, and the
model's score for it.
"""

import json
import pathlib
import sys

import tensorflow as tf


def main(model: str, examples: str) -> None:
    records = [
        record.numpy()
        for file in sorted(pathlib.Path(examples).glob("*.gz"))
        for record in tf.data.TFRecordDataset(str(file), compression_type="GZIP")
    ]
    signature = tf.saved_model.load(model).signatures["serving_default"]
    (scores,) = signature(examples=tf.constant(records)).values()
    labels = [
        tf.train.Example.FromString(record).features.feature["big_tipper"].int64_list.value[0]
        for record in records
    ]
    print(json.dumps({"labels": labels, "scores": scores.numpy().ravel().tolist()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
