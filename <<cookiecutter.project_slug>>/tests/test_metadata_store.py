from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from ml_metadata.metadata_store import MetadataStore

from << cookiecutter.package_name >> import metadata_store
from << cookiecutter.package_name >>.errors import UserError
from << cookiecutter.package_name >>.settings import (
    ROOT,
    Settings,
)

PREPARE = f"""
from pathlib import Path
from {metadata_store.__name__} import prepare
from {Settings.__module__} import Settings

prepare(Settings(output=Path.cwd()))
"""

HOLD = f"""
import sys
import time
from pathlib import Path
from {metadata_store.__name__} import OneAtATime, connection_config
from {Settings.__module__} import Settings

settings = Settings(output=Path.cwd())
with OneAtATime(connection_config(settings), settings.metadata_lock):
    print("connected", flush=True)
    time.sleep(300)
"""


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


def test_processes_that_start_together_all_find_their_tables(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    started = [
        subprocess.Popen([sys.executable, "-c", PREPARE], cwd=tmp_path, env=environment)
        for _ in range(3)
    ]
    assert [process.wait() for process in started] == [0, 0, 0]
    settings = Settings(output=tmp_path)
    assert MetadataStore(metadata_store.connection_config(settings)).get_executions() == []


def test_a_process_waits_for_the_one_that_is_connected_until_it_ends(tmp_path: Path) -> None:
    settings = Settings(output=tmp_path)
    metadata_store.prepare(settings)
    config = metadata_store.connection_config(settings)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.PIPE,
    )
    assert holder.stdout.readline() == b"connected\n"
    connected = threading.Event()

    def connect() -> None:
        mine = metadata_store.OneAtATime(config, settings.metadata_lock)
        with mine, mine as again:
            assert again.store.get_executions() == []
            connected.set()

    waiting = threading.Thread(target=connect)
    waiting.start()
    assert not connected.wait(0.5)
    holder.kill()
    assert connected.wait(30)
    holder.communicate()
    waiting.join()
