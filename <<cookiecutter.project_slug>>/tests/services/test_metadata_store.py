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


def test_a_server_is_named_by_its_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(metadata_store.PASSWORD, "se:cret")
    mysql = Settings(metadata_url="mysql://some%20body@db.example.com/ml")
    config = metadata_store.connection_config(mysql).mysql
    assert (config.host, config.port, config.database) == ("db.example.com", 3306, "ml")
    assert (config.user, config.password) == ("some body", "se:cret")
    postgresql = Settings(metadata_url="postgresql://me@127.0.0.1:5433/ml")
    config = metadata_store.connection_config(postgresql).postgresql
    assert (config.host, config.port, config.dbname) == ("127.0.0.1", "5433", "ml")


@pytest.mark.parametrize(
    "url", ["ml", "sqlite:///ml", "mysql://me@host", "mysql:///ml", "oracle://me@host/ml"]
)
def test_another_url_is_refused(url: str) -> None:
    with pytest.raises(UserError, match="is none of mysql://"):
        metadata_store.prepare(Settings(metadata_url=url))


def test_a_password_in_the_url_is_refused_and_not_shown() -> None:
    settings = Settings(metadata_url="mysql://me:secret@host/ml")
    with pytest.raises(UserError, match="holds a password") as refused:
        metadata_store.prepare(settings)
    assert "secret" not in str(refused.value)


def test_a_server_that_does_not_answer_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        settings = Settings(metadata_url=f"mysql://me@127.0.0.1:{port}/ml")
        with pytest.raises(UserError, match=f"no metadata store answers at .*:{port}: "):
            metadata_store.prepare(settings)


def test_a_file_that_is_no_database_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(metadata_store, "ATTEMPTS", 1)
    (tmp_path / "metadata.sqlite").write_text("no database " * 100, encoding="utf-8")
    with pytest.raises(UserError, match=r"metadata\.sqlite cannot be opened"):
        metadata_store.prepare(Settings(output=tmp_path))


@forks
def test_processes_that_start_together_all_find_their_tables(tmp_path: Path) -> None:
    settings = Settings(output=tmp_path)
    started = [Call(f"process {i}", metadata_store.prepare, settings) for i in range(3)]
    assert [call.result() for call in started] == [None, None, None]
    assert MetadataStore(metadata_store.connection_config(settings)).get_executions() == []


@forks
def test_a_process_waits_for_the_one_that_is_connected_until_it_ends(tmp_path: Path) -> None:
    settings = Settings(output=tmp_path)
    metadata_store.prepare(settings)
    config = metadata_store.connection_config(settings)
    told, telling = multiprocessing.Pipe(duplex=False)
    connected = threading.Event()

    def hold() -> None:
        with metadata_store.LockedMetadata(config, settings.metadata_lock):
            telling.send("connected")
            time.sleep(300)

    def connect() -> None:
        mine = metadata_store.LockedMetadata(config, settings.metadata_lock)
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
