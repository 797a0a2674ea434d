from __future__ import annotations

import multiprocessing
import sys
import time
from pathlib import Path

import pytest

from << cookiecutter.package_name >>.console.errors import (
    TryAgainError,
)
from << cookiecutter.package_name >>.runners.processes import Call
from << cookiecutter.package_name >>.services import run_lock
from << cookiecutter.package_name >>.settings import Settings


def test_another_run_is_refused_while_one_is_at_work(tmp_path: Path) -> None:
    settings = Settings(output=tmp_path)
    with run_lock.held(settings, "one"):
        said = rf"another run is at work in {tmp_path}, since 20.*: process \d+ on .*--output"
        with pytest.raises(TryAgainError, match=said), run_lock.held(settings, "two"):
            pass
    with run_lock.held(settings, "two"):
        pass


def test_a_task_of_a_run_is_refused_while_one_of_it_is_being_ended(tmp_path: Path) -> None:
    settings = Settings(output=tmp_path)
    with run_lock.held(settings, "one"):
        said = f"this run is already at work in {tmp_path}"
        with pytest.raises(TryAgainError, match=said), run_lock.held(settings, "one"):
            pass


def test_outputs_do_not_know_each_other(tmp_path: Path) -> None:
    for name in ("this", "that"):
        (tmp_path / name).mkdir()
    this, that = (Settings(output=tmp_path / name) for name in ("this", "that"))
    with run_lock.held(this, "one"), run_lock.held(that, "two"):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks safely")
def test_a_run_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    settings = Settings(output=tmp_path)
    told, telling = multiprocessing.Pipe(duplex=False)

    def hold() -> None:
        with run_lock.held(settings, "one"):
            telling.send("held")
            time.sleep(300)

    holder = Call("holder", hold)
    assert told.poll(30)
    holder.kill()
    with run_lock.held(settings, "two"):
        pass
