"""The database of ML Metadata: a file of the project's own, or a server that runs share."""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import time
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from ml_metadata.metadata_store import MetadataStore
from ml_metadata.proto import metadata_store_pb2
from tfx.orchestration.metadata import Metadata, sqlite_metadata_connection_config

from ..console.errors import UserError, no_room
from ..settings import ENV_PREFIX, Settings
from .tcp_probe import require_server

PASSWORD = f"{ENV_PREFIX}METADATA_PASSWORD"
PORTS = {"mysql": 3306, "postgresql": 5432}
ATTEMPTS = 10


class LockedMetadata(Metadata):
    """TFX's connection to the database, for one process at a time of those that know the lock.

    SQLite refuses one of two that write, and ML Metadata then sleeps for seconds before it tries
    again. A process that is killed gives the lock up.

    Args:
        config: where the database is.
        lock: a file of its own, which need not exist.
    """

    def __init__(self, config: metadata_store_pb2.ConnectionConfig, lock: Path) -> None:
        super().__init__(config)
        self._lock = lock
        self._entered: list[contextlib.ExitStack] = []

    def __enter__(self) -> Metadata:
        """Wait for the lock, unless this object has it, and connect."""
        with contextlib.ExitStack() as stack:
            if not self._entered:
                file = stack.enter_context(self._lock.open("wb"))
                fcntl.flock(file, fcntl.LOCK_EX)
            connected = super().__enter__()
            self._entered.append(stack.pop_all())
        return connected

    def __exit__(self, *exception: Any) -> None:
        """Disconnect, and give the lock away with the last."""
        super().__exit__(*exception)
        self._entered.pop().close()


def connection_config(settings: Settings) -> metadata_store_pb2.ConnectionConfig:
    """Return where the database is, to be opened with the password of the environment.

    Raises:
        UserError: settings.metadata_url is not that of a database that ML Metadata knows.
    """
    if not settings.metadata_url:
        return sqlite_metadata_connection_config(str(settings.metadata))
    url = _server(settings)
    account = {
        "host": url.hostname,
        "user": unquote(url.username or ""),
        "password": os.environ.get(PASSWORD, ""),
    }
    name = url.path.lstrip("/")
    if url.scheme == "mysql":
        return metadata_store_pb2.ConnectionConfig(
            mysql={**account, "port": _port(url), "database": name}
        )
    return metadata_store_pb2.ConnectionConfig(
        postgresql={**account, "port": str(_port(url)), "dbname": name}
    )


def prepare(settings: Settings) -> None:
    """Create the database and its tables if they are not there yet.

    Of several processes that find it empty, all but one fail, and succeed the next time.

    Raises:
        UserError: it cannot be reached, or not opened; or its disk is full.
    """
    config = connection_config(settings)
    if settings.metadata_url:
        url = _server(settings)
        require_server("metadata store", str(url.hostname), _port(url))
    for attempt in range(1, ATTEMPTS + 1):
        try:
            MetadataStore(config)
            return
        except Exception as error:
            if reason := no_room(error, [settings.output]):
                raise UserError(reason) from error
            if attempt == ATTEMPTS:
                place = settings.metadata_url or settings.metadata
                raise UserError(f"the metadata store {place} cannot be opened: {error}") from error
        time.sleep(random.uniform(0.1, 1))


def _server(settings: Settings) -> SplitResult:
    url = urlsplit(settings.metadata_url)
    if url.password is not None:
        raise UserError(f"metadata_url holds a password: give it by the variable {PASSWORD} alone")
    if url.scheme not in PORTS or not url.hostname or not url.path.strip("/"):
        raise UserError(
            f"metadata_url {settings.metadata_url!r} is none of mysql://USER@HOST[:PORT]/DATABASE "
            "and postgresql://USER@HOST[:PORT]/DATABASE"
        )
    return url


def _port(url: SplitResult) -> int:
    return url.port or PORTS[url.scheme]
