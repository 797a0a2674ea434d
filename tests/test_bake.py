"""What every generated project consists of, and what each answer changes in it."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from itertools import combinations, product
from pathlib import Path

import pytest
import yaml

from testing.baking import Bake, Bakes, bake, contents, run
from testing.template import CHOICES, EXAMPLES, LINES, ROOT, TEXTS

# The data that are not text.
TFRECORD_FILES = [each["file"] for each in EXAMPLES.values() if ".tfrecord" in each["file"]]
BINARY = ".gz"
GZIP = b"\x1f\x8b"

SOURCES = ["<<cookiecutter.project_slug>>", "templates", "hooks"]

FILES = """
    .cookiecutter.json
    .dockerignore
    .github/workflows/ci.yml
    .github/workflows/lock.yml
    .gitignore
    .pre-commit-config.yaml
    Dockerfile
    LICENSE
    README.md
    data/{example}/README.md
    data/{example}/{data_file}
    docs/data.md
    docs/development.md
    docs/evaluation.md
    docs/operations.md
    docs/serving.md
    docs/training.md
    docs/upgrading.md
    notebooks/explore.ipynb
    noxfile.py
    pyproject.toml
    requirements-dev.txt
    requirements.txt
    schema/schema.pbtxt
    src/my_pipeline/__init__.py
    src/my_pipeline/__main__.py
    src/my_pipeline/cli.py
    src/my_pipeline/components/__init__.py
    src/my_pipeline/components/baseline.py
    src/my_pipeline/components/csv_example_gen.py
    src/my_pipeline/components/data_gate.py
    src/my_pipeline/components/fingerprint.py
    src/my_pipeline/components/giveaways.py
    src/my_pipeline/components/pusher.py
    src/my_pipeline/console/__init__.py
    src/my_pipeline/console/causes.py
    src/my_pipeline/console/errors.py
    src/my_pipeline/console/logs.py
    src/my_pipeline/console/options.py
    src/my_pipeline/console/records.py
    src/my_pipeline/console/temporary.py
    src/my_pipeline/evaluation.py
    src/my_pipeline/features/__init__.py
    src/my_pipeline/features/columns.py
    src/my_pipeline/features/parsing.py
    src/my_pipeline/features/precision.py
    src/my_pipeline/features/preprocessing.py
    src/my_pipeline/features/schema.py
    src/my_pipeline/features/special.py
    src/my_pipeline/features/treatments.py
    src/my_pipeline/files/__init__.py
    src/my_pipeline/files/csv_dialect.py
    src/my_pipeline/files/csv_files.py
    src/my_pipeline/files/examples.py
    src/my_pipeline/files/patterns.py
    src/my_pipeline/files/readable.py
    src/my_pipeline/files/remote.py
    src/my_pipeline/files/spelling.py
    src/my_pipeline/files/tfrecord_files.py
    src/my_pipeline/keras_home/keras.json
    src/my_pipeline/metrics/__init__.py
    src/my_pipeline/metrics/catalog.py
    src/my_pipeline/metrics/figures.py
    src/my_pipeline/metrics/measures.py
    src/my_pipeline/metrics/recorded.py
    src/my_pipeline/metrics/significance.py
    src/my_pipeline/metrics/summaries.py
    src/my_pipeline/new_data/__init__.py
    src/my_pipeline/new_data/number_columns.py
    src/my_pipeline/new_data/profiling.py
    src/my_pipeline/new_data/schema_inference.py
    src/my_pipeline/pipeline.py
    src/my_pipeline/project.py
    src/my_pipeline/runners/__init__.py
    src/my_pipeline/runners/claiming_launcher.py
