"""The pipeline << cookiecutter.project_slug >>."""

import os

# Decides which Keras tf.keras is, before anything can import TensorFlow: the one that is
# installed as `keras`, not the package tf_keras that some libraries would switch to.
os.environ["TF_USE_LEGACY_KERAS"] = "0"
