from __future__ import annotations

import json
import logging
import os
import re
import stat
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from << cookiecutter.package_name >>.console import (
    logs,
    records,
)
from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.settings import ROOT

full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is full")

# Prints a line, then writes to a log, then prints another line, and ends with a message.
PROGRAM = f"""
import os, pathlib, sys
from {logs.__name__} import flush, redirected, reopen_standard_streams, tell

reopen_standard_streams()
with redirected(pathlib.Path(sys.argv[1])) as (terminal, _):
    for number in range(3):
        print("line", number, file=terminal)
        print("logged", number)
tell("a message")
flush(sys.stdout)
os._exit(0)
"""

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def without_times(log: Path) -> list[str]:
    """Return the lines of a log."""
    lines = log.read_text(encoding="utf-8").splitlines()
    return [re.sub(f"^{TIME} ", "", line) for line in lines]


def test_only_what_is_meant_for_the_terminal_reaches_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with logs.redirected(tmp_path) as (terminal, file):
        print("from Python")
        os.write(sys.stderr.fileno(), b"from C++\n")
        print("for the user", file=terminal)
        print("begun", end="", file=terminal, flush=True)
    print(", and afterwards")
    assert capfd.readouterr().out == "for the user\nbegun, and afterwards\n"
    assert without_times(file) == [
        "INFO    [-] stdout: from Python",
        "from C++",
        "INFO    [-] for the user",
        "INFO    [-] begun",
    ]


def test_each_line_of_python_has_time_level_and_component(tmp_path: Path) -> None:
    with logs.redirected(tmp_path) as (_, file), records.about("Trainer"):
        logging.getLogger("absl").warning("two\nlines of %s", "TFX")
        warnings.warn("outdated", stacklevel=1)
        try:
            raise ValueError("what is this")
        except ValueError:
            records.LOGGER.exception("failed")
    first, second, warned, *others = without_times(file)
    assert first == "WARNING [Trainer] absl: two"
    assert second == "WARNING [Trainer] absl: lines of TFX"
    assert warned.startswith("WARNING [Trainer] py.warnings: ")
    errors = [line for line in others if line.startswith("ERROR")]
    assert errors[0] == "ERROR   [Trainer] failed"
    assert errors[1] == "ERROR   [Trainer] Traceback (most recent call last):"
    assert errors[-1] == "ERROR   [Trainer] ValueError: what is this"


def test_for_collectors_each_line_is_an_object(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = records.Origin(run="one", component="Trainer", as_json=True)
    monkeypatch.setattr(records, "origin", origin)
    with logs.redirected(tmp_path) as (terminal, file):
        print("Trainer", end=" ", file=terminal, flush=True)
        print("done", file=terminal)
        print("loss:", 0.5)
        try:
            raise ValueError("Größe\nunknown")
        except ValueError as error:
            records.LOGGER.exception(error)
    logs.tell("fix it\nthere", logging.ERROR)
    shown = capfd.readouterr()
    logged = [*map(json.loads, file.read_text(encoding="utf-8").splitlines())]
    assert [*map(json.loads, shown.out.splitlines())] == logged[:1]
    assert [(each["message"], each["logger"]) for each in logged] == [
        ("Trainer done", records.PACKAGE),
        ("loss: 0.5", "stdout"),
        ("Größe\nunknown", records.PACKAGE),
    ]
    assert "ValueError: Größe" in logged[-1]["traceback"]
    told = json.loads(shown.err)
    assert (told["level"], told["message"]) == ("ERROR", "fix it\nthere")
    assert {(each["run"], each["component"]) for each in (*logged, told)} == {("one", "Trainer")}
    assert all(re.fullmatch(TIME, each["time"]) for each in logged)


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o777])
def test_owner_and_group_can_read_a_log(tmp_path: Path, umask: int) -> None:
    tmp_path.joinpath("logs").mkdir()
    before = os.umask(umask)
    try:
        with logs.redirected(tmp_path / "logs") as (_, file):
            pass
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_where_no_log_is_required_there_may_be_none(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "output").touch()
    with logs.redirected(tmp_path / "output" / "logs", required=False) as (terminal, file):
        print("from Python")
        print("for the user", file=terminal)
    assert file == Path(os.devnull)
    assert capfd.readouterr().out == "for the user\n"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "output").touch()
    told = r"no log can be written to .*: Not a directory"
    with pytest.raises(UserError, match=told), logs.redirected(tmp_path / "output" / "logs"):
        pass


@pytest.mark.parametrize(
    "lost", [">&-", "2>&-", "0<&- >&- 2>&-", "> /dev/full", "2> /dev/full", "| true"]
)
def test_what_is_run_survives_the_loss_of_its_screen(tmp_path: Path, lost: str) -> None:
    if "full" in lost and not Path("/dev/full").exists():
        pytest.skip("there is no disk that is full")
    line = f'set -o pipefail; "$0" -c "$1" "$2" {lost}'
    ended = subprocess.run(
        ["bash", "-c", line, sys.executable, PROGRAM, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr
    (log,) = tmp_path.iterdir()
    logged = [f"logged {number}" for number in range(3)]
    shown = [f"line {number}" for number in range(3)]
    lines = log.read_text().splitlines()
    messages = [line.partition("] ")[2].removeprefix("stdout: ") for line in lines]
    assert [message for message in messages if message in logged] == logged
    assert [message for message in messages if message in shown] == shown
    assert ended.stdout.splitlines() in (shown, [])


@full
def test_what_fits_on_no_disk_stops_nothing() -> None:
    with open("/dev/full", "wb") as lost:
        patient = logs.Patient(lost.fileno(), lost.fileno())
        assert patient.write(b"five.") == 5


@full
def test_an_answer_that_cannot_be_given_is_an_error() -> None:
    with open("/dev/full", "wb") as lost, pytest.raises(UserError, match="takes no more: No"):
        logs.Strict(lost.fileno()).write(b"predicted")
