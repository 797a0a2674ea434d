"""The image of a project: what is in it, who may run it, and how it ends."""

from __future__ import annotations

import csv
import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from container import Container, signal_first_process
from testing.template import EXAMPLES, LINES, ROOT

MATRIX = {ROOT / "matrix": "/matrix"}
MOST_BYTES = 3.5e9
ARBITRARY = "1000650000:0"
TOLD = "terminated; the next run skips what is done already\n"
# Docker waits so long before it kills.
PATIENCE = 10


def test_it_is_small(container: Container):
    print(f"{container.size() / 1e9:.2f} GB")
    assert container.size() < MOST_BYTES


def test_it_says_what_it_is(container: Container, request: pytest.FixtureRequest):
    labels = container.config["Labels"]
    line = LINES[request.node.callspec.params["container"]]
    told = {name.removeprefix("org.opencontainers.image."): each for name, each in labels.items()}
    assert told["title"] == "my-pipeline"
    assert told["revision"] == "abc"
    assert told["base.name"] == f"docker.io/library/{line['image']}"
    assert told["tfx.version"] == line["tfx"]
    assert container.config["User"].partition(":")[0].isdecimal()


@pytest.mark.parametrize(
    ("user", "read_only"), [(None, False), (ARBITRARY, False), (ARBITRARY, True)]
)
def test_it_runs_to_a_pushed_model_and_answers(
    container: Container, output: Path, user: str | None, read_only: bool
):
    options = {"output": output, "user": user, "read_only": read_only}
    run = container.call("run", **options)
    assert run.returncode == 0, run.stdout + run.stderr
    assert_pushed(container, output, user)
    asked = container.call("predict", "data/penguin", **options)
    assert asked.returncode == 0, asked.stderr
    data = container.root / "pipeline" / "data" / "penguin" / "penguin.csv"
    labels = [row["species"] for row in csv.DictReader(data.read_text("utf-8").splitlines())]
    answers = [row["species"] for row in csv.DictReader(asked.stdout.splitlines())]
    right = [answer == label for answer, label in zip(answers, labels, strict=True)]
    assert sum(right) / len(right) >= EXAMPLES["penguin"]["threshold"]


@pytest.mark.parametrize("user", [None, ARBITRARY])
def test_another_data_set_is_described_where_schema_may_be_written_to(
    container: Container, output: Path, user: str | None
):
    options = {"output": output, "user": user}
    infer = ("schema", "infer", "--label", "species")
    refused = container.call(*infer, read_only=True, **options)
    assert refused.returncode != 0
    assert "/pipeline/schema may not be written to" in refused.stderr
    described = container.call(*infer, **options)
    assert described.returncode == 0, described.stderr


def test_a_folder_that_may_not_be_read_is_told(container: Container, output: Path, tmp_path: Path):
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "rows.csv").write_text("species\nAdelie\n", encoding="utf-8")
    volumes = {data: "/pipeline/data/penguin"}
    for arguments in (["run"], ["schema", "infer"]):
        run = container.call(*arguments, output=output, volumes=volumes)
        assert run.returncode != 0
        assert "/pipeline/data/penguin cannot be read: Permission denied" in run.stderr


@pytest.mark.parametrize("after", ["log:", "StatisticsGen"])
@pytest.mark.parametrize("parallel", ["true", "false"])
def test_it_ends_when_it_is_asked_to_and_goes_on_later(
    container: Container, output: Path, after: str, parallel: str
):
    process = container.start("run", output=output, variables=[f"MY_PIPELINE_PARALLEL={parallel}"])
    line = ""
    while not line.startswith(after):
        line = process.stdout.readline()
        assert line, process.stderr.read()
    # TensorFlow is imported, or the next components are at work.
    time.sleep(3)
    asked = time.monotonic()
    signal_first_process(process, signal.SIGTERM)
    _, complaint = process.communicate()
    seconds = time.monotonic() - asked
    print(f"ended after {seconds:.1f} s")
    assert seconds < PATIENCE
    assert (process.returncode, complaint) == (128 + signal.SIGTERM, TOLD)
    assert not [*output.glob("serving/*")]

    run = container.call("run", output=output)
    assert run.returncode == 0, run.stdout + run.stderr
    states = assert_pushed(container, output)
    assert states["CsvExampleGen"] == ("COMPLETE" if after == "log:" else "CACHED")


def assert_pushed(container: Container, output: Path, user: str | None = None) -> dict[str, Any]:
    """Ask ML Metadata and the folder of the pushed models; return the states of the last run."""
    entrypoint = ("python", "/matrix/probe.py", "/pipeline/output")
    options = {"output": output, "user": user, "entrypoint": entrypoint, "volumes": MATRIX}
    answer = container.call(EXAMPLES["penguin"]["metric"], **options)
    assert answer.returncode == 0, answer.stderr
    told = json.loads(answer.stdout.splitlines()[-1])
    *_, run = told["runs"]
    assert run["blessed"] == 1
    assert [run["pushed"]] == [*told["models"]]
    return run["states"]
