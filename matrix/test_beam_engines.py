"""The whole pipeline on Beam's portable engine: the same data, features and statistics."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from projects import call, last_lines, link_environment
from servers import free_ports, running
from testing.baking import generate
from testing.template import LINES

# The last digits of a sum depend on the order of the rows.
COMPARE = """
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow_metadata.proto.v0 import statistics_pb2

outputs = [Path(name) / "artifacts" for name in sys.argv[1:]]


def records(output, kind):
    files = map(str, output.glob(f"{kind}/*/Split-*/*.gz"))
    return [r.numpy() for f in files for r in tf.data.TFRecordDataset(f, compression_type="GZIP")]


def columns(records):
    ids, numbers = [], []
    for record in records:
        found = sorted(tf.train.Example.FromString(record).features.feature.items())
        ids.append([*(cell for _, each in found for cell in each.int64_list.value)])
        numbers.append([*(cell for _, each in found for cell in each.float_list.value)])
    return sorted(ids), np.sort(numbers, axis=0)


def statistics(output, split):
    (file,) = output.glob(f"StatisticsGen/statistics/*/Split-{split}/FeatureStats.pb")
    (data,) = statistics_pb2.DatasetFeatureStatisticsList.FromString(file.read_bytes()).datasets
    found = {}
    for each in data.features:
        stats = each.num_stats if each.HasField("num_stats") else each.string_stats
        common = stats.common_stats
        found[each.path.step[0]] = [each.type, common.num_non_missing, common.num_missing]
        if each.HasField("num_stats"):
            found[each.path.step[0]] += [
                f"{value:.6g}" for value in (stats.mean, stats.min, stats.max, stats.median)
            ]
        else:
            found[each.path.step[0]] += [stats.unique, stats.avg_length]
    return data.num_examples, found


ours, theirs = (sorted(records(output, "CsvExampleGen/examples")) for output in outputs)
assert ours == theirs
assert len(ours) == 15002
ours, theirs = (columns(records(output, "Transform/transformed_examples")) for output in outputs)
assert ours[0] == theirs[0]
np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-5, atol=1e-5)
assert ours[1].shape == (15002, 3)
for split in ("train", "eval"):
    ours, theirs = (statistics(output, split) for output in outputs)
    assert ours == theirs
    assert len(ours[1]) == 19
print("equal")
"""


@pytest.fixture
def project(template: Path, folder: Path, line: str) -> Path:
    return generate(template, folder, example="taxi", tfx_version=line)


def test_a_job_service_and_a_pool_of_workers(project: Path, work: Path, line: str) -> None:
    bin_ = link_environment(project, LINES[line]["pythons"][-1], work) / "bin"
    job, pool = free_ports(2)
    options = {
        "job_endpoint": f"localhost:{job}",
        "environment_type": "EXTERNAL",
        "environment_config": f"localhost:{pool}",
    }
    variables = {
        "PATH": f"{bin_}:{os.environ['PATH']}",
        "PYTHONPATH": str(project / "src"),
    }
    environment = {**os.environ, **variables}
    portable = {
        "MY_PIPELINE_BEAM_ENGINE": "portable",
        "MY_PIPELINE_BEAM_OPTIONS": json.dumps(options),
    }
    service = [bin_ / "python", "-m", "apache_beam.runners.portability.local_job_service_main"]
    workers = [bin_ / "python", "-m", "apache_beam.runners.worker.worker_pool_main"]

    def run(*command: str, **more: str) -> subprocess.CompletedProcess[str]:
        return call([bin_ / "python", *command], project, {**variables, **more})

    with (
        running([*service, f"--port={job}"], project, job, environment),
        running([*workers, f"--service_port={pool}"], project, pool, environment),
    ):
        there = run("-m", "my_pipeline", "run", "--output=portable", **portable)
    assert there.returncode == 0, last_lines(there)
    assert "blessed and pushed" in there.stdout
    gone = run("-m", "my_pipeline", "run", "--output=gone", **portable)
    assert gone.returncode == os.EX_TEMPFAIL
    assert gone.stderr.startswith(f"no Beam job service answers at localhost:{job}: ")
    here = run("-m", "my_pipeline", "run", "--output=direct")
    assert here.returncode == 0, last_lines(here)
    compared = run("-c", COMPARE, "direct", "portable")
    assert compared.stdout.splitlines()[-1:] == ["equal"], compared.stderr
