from __future__ import annotations

import dataclasses
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from << cookiecutter.package_name >>.console.errors import (
    TryAgainError,
    UnexpectedError,
    UserError,
)
from << cookiecutter.package_name >>.runners import launch, processes
from << cookiecutter.package_name >>.settings import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks safely")


@dataclasses.dataclass
class Toys:
    """A PipelineRun whose nodes write a file when they start, and another when they are done.

    Attributes:
        needed: of each node, the ones that it depends on.
        folder: has the files.
        doing: what a node does in between, if anything.
        notes: nothing to be said before.
    """

    needed: dict[str, set[str]]
    folder: Path
    doing: dict[str, Callable[[], object]] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def nodes(self) -> list[str]:
        """Their names."""
        return list(self.needed)

    def upstream(self, name: str) -> set[str]:
        """Return the nodes that a node needs."""
        return self.needed[name]

    def told(self, name: str) -> list[str]:
        """Tell something of one node."""
        return ["look at this"] if name == "one" else []

    def launch(self, name: str) -> str:
        """Run a node."""
        self.file(name, "started").touch()
        self.doing.get(name, str)()
        self.file(name, "done").touch()
        return "done"

    def clear_away(self, name: str) -> None:
        """Remove what a node has left."""
        self.file(name, "started").unlink()

    def file(self, name: str, state: str) -> Path:
        """Return where a node writes."""
        return self.folder / f"{name} {state}"

    def meet(self, name: str) -> None:
        """Wait for another node to start."""
        end = time.monotonic() + 30
        while not self.file(name, "started").exists():
            assert time.monotonic() < end, f"{name} has not been started"
            time.sleep(0.01)


def run(toys: Toys) -> list[tuple[str, float]]:
    with processes.side_by_side(toys, toys.nodes) as finish:
        return [finish(name) for name in toys.nodes]


def raising(error: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def test_nodes_that_do_not_wait_for_each_other_run_at_the_same_time(tmp_path: Path) -> None:
    toys = Toys({"one": set(), "other": set()}, tmp_path)
    toys.doing = {"one": lambda: toys.meet("other"), "other": lambda: toys.meet("one")}
    assert [state for state, _ in run(toys)] == ["done", "done"]


def test_a_node_starts_when_those_before_it_are_done(tmp_path: Path) -> None:
    toys = Toys({"one": set(), "other": set(), "both": {"one", "other"}}, tmp_path)

    def look() -> None:
        assert toys.file("one", "done").exists()
        assert toys.file("other", "done").exists()

    toys.doing = {"other": lambda: time.sleep(0.5), "both": look}
    _, (_, seconds), (state, _) = run(toys)
    assert state == "done"
    assert 0.5 <= seconds < 30


def test_what_another_process_has_run_is_not_waited_for(tmp_path: Path) -> None:
    toys = Toys({"one": set(), "other": {"one"}}, tmp_path)
    with processes.side_by_side(toys, ["other"]) as finish:
        assert finish("other")[0] == "done"


def test_a_failure_ends_what_runs_beside_it(tmp_path: Path) -> None:
    toys = Toys({"first": set(), "slow": set(), "later": {"first"}}, tmp_path)

    def fail() -> None:
        toys.meet("slow")
        raise UserError("fix the data")

    toys.doing = {"first": fail, "slow": lambda: time.sleep(300)}
    with pytest.raises(UserError, match=r"^fix the data$") as failed:
        run(toys)
    assert not isinstance(failed.value, UnexpectedError)
    assert [file.name for file in tmp_path.iterdir()] == ["first started"]


def test_the_first_failure_in_order_is_told(tmp_path: Path) -> None:
    toys = Toys({"gate": set(), "hasty": set()}, tmp_path)

    def close() -> None:
        toys.meet("hasty")
        time.sleep(0.5)
        raise UserError("the gate is closed")

    toys.doing = {"gate": close, "hasty": raising(ValueError("bad data"))}
    with pytest.raises(UserError, match="the gate is closed"):
        run(toys)


@pytest.mark.parametrize(
    ("end", "kind", "told"),
    [
        (raising(OSError("what is this")), UnexpectedError, "node failed: OSError: what is this"),
        (raising(MemoryError("many rows")), TryAgainError, "node failed: MemoryError: many rows"),
        (raising(SystemExit(0)), UnexpectedError, "node failed: SystemExit: 0"),
        (
            lambda: os.kill(os.getpid(), signal.SIGKILL),
            TryAgainError,
            "node failed: its process ended with exit code -9; is there enough memory?",
        ),
        (
            lambda: os.kill(os.getpid(), signal.SIGABRT),
            UnexpectedError,
            "node failed: its process ended with exit code -6",
        ),
    ],
)
def test_every_end_is_told(
    tmp_path: Path, end: Callable[[], object], kind: type[UserError], told: str
) -> None:
    toys = Toys({"node": set()}, tmp_path, {"node": end})
    with pytest.raises(kind) as failed:
        run(toys)
    assert str(failed.value) == told


@pytest.mark.parametrize("parallel", [True, False])
def test_lines_come_in_the_order_of_the_pipeline(tmp_path: Path, parallel: bool) -> None:
    toys = Toys({"one": set(), "other": set(), "both": {"one", "other"}}, tmp_path)
    terminal = io.StringIO()
    toys.doing["one"] = lambda: time.sleep(0.2)
    toys.doing["both"] = raising(UserError("too many"))
    with pytest.raises(UserError, match="too many"):
        launch.run_nodes(toys, ["both", "other", "one"], terminal, parallel)
    lines = [line.split()[:2] for line in terminal.getvalue().splitlines()]
    assert lines == [["one", "done"], ["look", "at"], ["other", "done"], ["both", "failed"]]


def test_nothing_goes_on_after_the_program_was_killed(
    tmp_path: Path, is_alive: Callable[[int], bool]
) -> None:
    file = tmp_path / "pid"
    script = f"""
import os, pathlib, time
from << cookiecutter.package_name >>.runners.processes import Call

def work():
    pathlib.Path({str(file)!r}).write_text(str(os.getpid()))
    time.sleep(300)

Call("work", work).result()
"""
    program = subprocess.Popen(
        [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": str(ROOT / "src")}
    )
    end = time.monotonic() + 60
    while not (file.exists() and file.read_text()):
        assert time.monotonic() < end
        time.sleep(0.01)
    program.kill()
    program.wait()
    while is_alive(int(file.read_text())):
        assert time.monotonic() < end
        time.sleep(0.01)
