from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from << cookiecutter.package_name >>.console import termination
from << cookiecutter.package_name >>.settings import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks safely")

SCRIPT = """
import ctypes, multiprocessing, os, signal, time
from {package} import cli
from {package}.console import termination
from {package}.runners.processes import Call

termination.PATIENCE = {patience}


def begun():
    print("begun", flush=True)


def work(options):
{work}


cli._predict = work
code = cli.main(["predict", "rows.csv"])
print("ended", flush=True)
os._exit(code or 0)
"""
SLEEPS = """
    begun()
    time.sleep(60)
"""
# As a mutex is locked twice: no signal ends that, and other threads go on.
IN_ANOTHER_LANGUAGE = """
    begun()
    lock, mutex = ctypes.CDLL(None).pthread_mutex_lock, ctypes.create_string_buffer(64)
    lock(mutex), lock(mutex)
"""
SWALLOWS = """
    begun()
    while True:
        try:
            time.sleep(60)
        except BaseException:
            pass
"""
RAISES_ANOTHER = """
    try:
        begun()
        time.sleep(60)
    except BaseException:
        raise ValueError("caught in another language")
"""
HAS_CHILD = """
    call = Call("child", time.sleep, 60)
    print(multiprocessing.active_children()[0].pid, flush=True)
    begun()
    call.result()
"""
HAS_CHILD_THAT_IS_ASKED_AT_ONCE = """
    os.register_at_fork(after_in_child=lambda: os.kill(os.getpid(), signal.SIGTERM))
    call = Call("child", time.sleep, 60)
    begun()
    call.result()
"""
HAS_CHILD_AND_SWALLOWS = HAS_CHILD.replace("call.result()", "pass") + SWALLOWS


def heed() -> None:
    """Let a process heed what the one that runs the tests ignores, such as by nohup."""
    for each in termination.SIGNALS:
        signal.signal(each, signal.SIG_DFL)


class Command:
    """A command at work.

    Args:
        work: what it does: the lines of a function.
        patience: seconds that it has to end by itself.
        before: what the new process calls first, instead of heed.
    """

    def __init__(self, work: str, patience: float = 30, before: object = None) -> None:
        package = termination.__name__.partition(".")[0]
        script = SCRIPT.format(package=package, patience=patience, work=work)
        self.process = subprocess.Popen(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=before or heed,
        )
        self.said = []
        while "begun" not in self.said:
            line = self.process.stdout.readline()
            assert line, self.process.stderr.read()
            self.said.append(line.strip())

    def told(self, *numbers: int) -> tuple[int, list[str], str]:
        """Send it signals; return its exit code, what it says then, and its complaint."""
        for number in numbers:
            # By then it does what begins once it has told so.
            time.sleep(0.3)
            self.process.send_signal(number)
        output, complaint = self.process.communicate(timeout=20)
        return self.process.returncode, output.split(), complaint


@pytest.mark.parametrize("number", termination.SIGNALS)
def test_a_command_that_is_asked_ends(number: int) -> None:
    assert Command(SLEEPS).told(number) == (128 + number, ["ended"], f"{termination.TOLD}\n")


@pytest.mark.parametrize("work", [IN_ANOTHER_LANGUAGE, SWALLOWS])
def test_a_command_that_cannot_be_asked_is_ended(work: str) -> None:
    ended = (143, [], f"{termination.TOLD}\n")
    assert Command(work, patience=0.5).told(signal.SIGTERM) == ended
    assert Command(work).told(signal.SIGTERM, signal.SIGTERM) == ended


def test_whatever_the_signal_comes_out_as_the_command_was_terminated() -> None:
    assert Command(RAISES_ANOTHER).told(signal.SIGTERM) == (
        143,
        ["ended"],
        f"{termination.TOLD}\n",
    )


@pytest.mark.parametrize("work", [HAS_CHILD, HAS_CHILD_AND_SWALLOWS])
def test_children_end_too(work: str, is_alive: Callable[[int], bool]) -> None:
    command = Command(work, patience=0.5)
    child = int(command.said[0])
    assert command.told(signal.SIGTERM)[0] == 143
    deadline = time.monotonic() + 10
    while is_alive(child):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_child_that_is_asked_ends_alone() -> None:
    command = Command(HAS_CHILD, patience=0.5)
    time.sleep(0.3)
    os.kill(int(command.said[0]), signal.SIGTERM)
    code, _, complaint = command.told()
    assert code != 143
    assert "its process ended with exit code -15" in complaint


def test_a_child_that_is_asked_before_it_has_begun_ends_alone() -> None:
    command = Command(HAS_CHILD_THAT_IS_ASKED_AT_ONCE, patience=0.5)
    code, _, complaint = command.told()
    assert code != 143
    assert "its process ended with exit code -15" in complaint


def test_what_is_ignored_stays_ignored() -> None:
    command = Command(
        SLEEPS.replace("60", "1"), before=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
    )
    assert command.told(signal.SIGHUP) == (0, ["ended"], "")


def test_the_process_is_as_before_after_the_command() -> None:
    before = [signal.getsignal(each) for each in termination.SIGNALS]
    with termination.heeded():
        assert [signal.getsignal(each) for each in termination.SIGNALS] != before
    assert [signal.getsignal(each) for each in termination.SIGNALS] == before
    assert signal.set_wakeup_fd(-1) == -1
