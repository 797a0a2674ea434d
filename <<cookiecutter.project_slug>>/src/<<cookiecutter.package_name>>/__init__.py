"""A TFX pipeline: the command line is in cli.py, the components' wiring in pipeline.py.

Whatever imports any of it decides here what TensorFlow and Keras take from the environment when
they are imported: a project trains the same model on each computer and for each user.
"""

import os
from pathlib import Path

# Which Keras tf.keras is: the one that is installed as `keras`, not the package tf_keras that some
# libraries would switch to; and what it computes with.
os.environ["TF_USE_LEGACY_KERAS"] = "0"
os.environ["KERAS_BACKEND"] = "tensorflow"
# The folder of keras.json, otherwise ~/.keras: types, epsilon, the order of an image's dimensions.
os.environ["KERAS_HOME"] = str(Path(__file__).resolve().with_name("keras_home"))
# Limits for debugging, an engine for JAX, and this computer's part in the training of a cluster.
for _variable in (
    "KERAS_MAX_EPOCHS",
    "KERAS_MAX_STEPS_PER_EPOCH",
    "KERAS_NNX_ENABLED",
    "TF_CONFIG",
):
    os.environ.pop(_variable, None)
