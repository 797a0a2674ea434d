from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from << cookiecutter.package_name >>.console import logs
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


def test_only_what_is_meant_for_the_terminal_reaches_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with logs.redirected(tmp_path) as (terminal, file):
        print("from Python")
        os.write(sys.stderr.fileno(), b"from C++\n")
        print("for the user", file=terminal)
    print("afterwards")
    assert capfd.readouterr().out == "for the user\nafterwards\n"
    assert sorted(file.read_text().splitlines()) == ["from C++", "from Python"]


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
    assert [line for line in lines if line in logged] == logged
    assert [line for line in (*lines, *ended.stdout.splitlines()) if line in shown] == shown


@full
def test_what_fits_on_no_disk_stops_nothing() -> None:
    with open("/dev/full", "wb") as lost:
        patient = logs.Patient(lost.fileno(), lost.fileno())
        assert patient.write(b"five.") == 5


@full
def test_an_answer_that_cannot_be_given_is_an_error() -> None:
    with open("/dev/full", "wb") as lost, pytest.raises(UserError, match="takes no more: No"):
        logs.Strict(lost.fileno()).write(b"predicted")
