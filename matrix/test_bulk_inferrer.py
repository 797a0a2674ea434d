"""TFX's BulkInferrer, added to a pipeline, predicts what the pushed model does."""

from __future__ import annotations

from pathlib import Path

import pytest

from projects import call, last_lines, link_environment
from testing.baking import generate
from testing.template import LINES

# What a user writes into pipeline.py, each before the text that follows it.
ADDED = {
    "from tfx.components.evaluator.": (
        "from tfx.components.bulk_inferrer.component import BulkInferrer\n"
    ),
    "example_gen_pb2, pusher_pb2,": "bulk_inferrer_pb2, ",
    "    before_the_push = [\n": """\
    bulk_inferrer = BulkInferrer(
        examples=data.examples,
        model=model,
        model_blessing=evaluator.outputs["blessing"],
        data_spec=bulk_inferrer_pb2.DataSpec(example_splits=["eval"]),
        model_spec=bulk_inferrer_pb2.ModelSpec(model_signature_name=["serving_default"]),
    )
""",
    "        evaluator,\n    ]\n": "        bulk_inferrer,\n",
}
# Prints the number of rows.
COMPARE = """
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

output = Path("output")
(pushed,) = (output / "serving").iterdir()
ask = tf.saved_model.load(str(pushed)).signatures["serving_default"]


def records(pattern):
    files = map(str, output.glob(f"artifacts/{pattern}/*.gz"))
    return [r.numpy() for f in files for r in tf.data.TFRecordDataset(f, compression_type="GZIP")]


examples, inferred = [], []
for record in records("BulkInferrer/inference_result/*"):
    log = prediction_log_pb2.PredictionLog.FromString(record).predict_log
    examples += log.request.inputs["examples"].string_val
    inferred.append(tf.make_ndarray(log.response.outputs["probabilities"]))
inferred = np.concatenate(inferred)
assert inferred.dtype == np.float32
# It writes the columns in another order.
ours, theirs = (
    sorted(tf.train.Example.FromString(each).SerializeToString(deterministic=True) for each in rows)
    for rows in (records("CsvExampleGen/examples/*/Split-eval"), examples)
)
assert ours == theirs
expected = ask(examples=tf.constant(examples))["probabilities"].numpy()
np.testing.assert_allclose(inferred, expected, rtol=1e-5, atol=1e-12)
print(len(examples))
"""


@pytest.fixture
def project(template: Path, folder: Path, line: str) -> Path:
    return generate(template, folder, example="penguin", transform="no", tfx_version=line)


def test_it_infers_what_the_pushed_model_predicts(project: Path, work: Path, line: str) -> None:
    pipeline = project / "src" / "my_pipeline" / "pipeline.py"
    source = pipeline.read_text(encoding="utf-8")
    for following, added in ADDED.items():
        assert source.count(following) == 1
        source = source.replace(following, added + following)
    pipeline.write_text(source, encoding="utf-8")
    python = link_environment(project, LINES[line]["pythons"][-1], work) / "bin" / "python"
    result = call([python, "-m", "my_pipeline", "run"], project, {"PYTHONPATH": "src"})
    assert result.returncode == 0, last_lines(result)
    compared = call([python, "-c", COMPARE], project)
    assert compared.returncode == 0, compared.stderr
    assert int(compared.stdout.splitlines()[-1]) > 100
