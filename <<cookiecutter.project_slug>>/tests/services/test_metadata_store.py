from __future__ import annotations

import multiprocessing
import socket
import sys
import threading
import time
from pathlib import Path

import pytest
from ml_metadata.metadata_store import MetadataStore

from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.runners.processes import Call
from << cookiecutter.package_name >>.services import metadata_store
from << cookiecutter.package_name >>.settings import Settings

forks = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks safely")


def test_a_server_that_does_not_answer_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        settings = Settings(metadata_url=f"mysql://me@127.0.0.1:{port}/ml")
        with pytest.raises(UserError, match=f"no metadata store answers at .*:{port}: "):
            metadata_store.prepare(settings)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "metadata.sqlite").write_text("no database " * 100, encoding="utf-8")
    with pytest.raises(UserError, match=r"metadata\.sqlite cannot be opened"):
        metadata_store.prepare(Settings(output=tmp_path))


@pytest.mark.parametrize("left", ["artifacts/Trainer/model/7", "artifacts/database-id"])
def test_results_without_their_database_get_no_new_one(tmp_path: Path, left: str) -> None:
    settings = Settings(output=tmp_path)
    (tmp_path / left).mkdir(parents=True)
    with pytest.raises(UserError, match=r"metadata\.sqlite is not there, but .*: bring"):
        metadata_store.prepare(settings)
    assert not settings.metadata.exists()
    (tmp_path / "artifacts").rename(tmp_path / "away")
    assert metadata_store.prepare(settings) == []


@forks
def test_processes_that_start_together_all_find_their_tables(tmp_path: Path) -> None:
    settings = Settings(output=tmp_path)
    started = [Call(f"process {i}", metadata_store.prepare, settings) for i in range(3)]
    assert [call.result() for call in started] == [[], [], []]
    assert MetadataStore(metadata_store.connection_config(settings)).get_executions() == []


@forks
def test_a_process_waits_for_the_one_that_is_connected_until_it_ends(tmp_path: Path) -> None:
    settings = Settings(output=tmp_path)
    metadata_store.prepare(settings)
    told, telling = multiprocessing.Pipe(duplex=False)
    connected = threading.Event()

    def hold() -> None:
        with metadata_store.LockedMetadata(settings):
            telling.send("connected")
            time.sleep(300)

    def connect() -> None:
        mine = metadata_store.LockedMetadata(settings)
        with mine, mine as again:
            assert again.store.get_executions() == []
            connected.set()

    holder = Call("holder", hold)
    assert told.poll(30)
    waiting = threading.Thread(target=connect)
    waiting.start()
    assert not connected.wait(0.5)
    holder.kill()
    assert connected.wait(30)
    waiting.join()
