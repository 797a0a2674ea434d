"""A TFX pipeline: the command line is in cli.py, the components' wiring in pipeline.py."""

import os

# Decides which Keras tf.keras is, before anything can import TensorFlow: the one that is
# installed as `keras`, not the package tf_keras that some libraries would switch to.
os.environ["TF_USE_LEGACY_KERAS"] = "0"
