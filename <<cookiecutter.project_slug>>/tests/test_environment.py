"""What the computer has for other projects changes nothing here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

HOSTILE = {
    "backend": "jax",
    "epsilon": 0.25,
    "floatx": "float64",
    "image_data_format": "channels_first",
    "nnx_enabled": True,
}
CLUSTER = {"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 1}}
SEEN = """
import << cookiecutter.package_name >>
import json
import tensorflow as tf

layer = tf.keras.layers.Dense(1)
model = tf.keras.Sequential([tf.keras.layers.Input([1]), layer])
model.compile(tf.keras.optimizers.SGD(), "mse")
model.fit(tf.zeros([3, 1]), tf.zeros([3, 1]), batch_size=1, epochs=2, verbose=0)
cluster = tf.distribute.cluster_resolver.TFConfigClusterResolver().cluster_spec()
print(json.dumps({
    "epsilon": tf.keras.backend.epsilon(),
    "floatx": tf.keras.backend.floatx(),
    "image_data_format": tf.keras.backend.image_data_format(),
    "package": tf.keras.Model.__module__.partition(".")[0],
    "kernel": tf.as_dtype(layer.kernel.dtype).name,
    "steps": int(model.optimizer.iterations.numpy()),
    "cluster": cluster.as_dict(),
}))
"""


def test_keras_and_tensorflow_are_deaf_to_what_other_projects_want(tmp_path: Path) -> None:
    home = tmp_path / ".keras"
    home.mkdir()
    (home / "keras.json").write_text(json.dumps(HOSTILE), encoding="utf-8")
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(sys.path),
        "CUDA_VISIBLE_DEVICES": "-1",
        "KERAS_BACKEND": "jax",
        "KERAS_HOME": str(home),
        "KERAS_MAX_EPOCHS": "1",
        "KERAS_MAX_STEPS_PER_EPOCH": "1",
        "KERAS_NNX_ENABLED": "true",
        "TF_CONFIG": json.dumps(CLUSTER),
        "TF_USE_LEGACY_KERAS": "1",
    }
    ended = subprocess.run(
        [sys.executable, "-c", SEEN], env=environment, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout.splitlines()[-1]) == {
        "epsilon": 1e-07,
        "floatx": "float32",
        "image_data_format": "channels_last",
        "package": "keras",
        "kernel": "float32",
        "steps": 6,
        "cluster": {},
    }
