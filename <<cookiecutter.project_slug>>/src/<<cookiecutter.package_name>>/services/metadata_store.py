"""The database of ML Metadata: a file of the project's own, or a server that runs share."""

from __future__ import annotations

import contextlib
import fcntl
from typing import Any

from ml_metadata.proto import metadata_store_pb2
from tfx.orchestration.metadata import Metadata, sqlite_metadata_connection_config

from ..console.errors import TryAgainError, UserError, no_room
from ..settings import Settings
from . import identity, metadata_url
from .connection import PATIENCE, AwayError, Connection, MissingError
from .metadata_url import Server
from .tcp_probe import require_server


class LockedMetadata(Metadata):
    """TFX's connection to the database, for one process at a time of those that know the lock.

    SQLite refuses one of two that write, and ML Metadata then sleeps for seconds before it tries
    again. A process that is killed gives the lock up. A server may be away for a minute, once.

    Args:
        settings: say where the database is, and the lock, which need not exist.
    """

    def __init__(self, settings: Settings) -> None:
        self._server = _server(settings)
        super().__init__(_config(settings, self._server))
        self._lock = settings.metadata_lock
        self._patience = PATIENCE
        self._entered: list[contextlib.ExitStack] = []

    def __enter__(self) -> Metadata:
        """Wait for the lock, and connect, unless this object has done so."""
        with contextlib.ExitStack() as stack:
            if not self._entered:
                file = stack.enter_context(self._lock.open("wb"))
                fcntl.flock(file, fcntl.LOCK_EX)
                self._connect()
            self._users += 1
            self._entered.append(stack.pop_all())
        return self

    def __exit__(self, *exception: Any) -> None:
        """Disconnect, and give the lock away with the last."""
        super().__exit__(*exception)
        self._entered.pop().close()

    def _connect(self) -> None:
        try:
            self._store = Connection(self.connection_config, self._server, self._patience)
        except AwayError:
            self._patience = 0.0
            raise


def connection_config(settings: Settings) -> metadata_store_pb2.ConnectionConfig:
    """Return where the database is, to be opened with the password of the environment.

    Raises:
        UserError: settings.metadata_url is not that of a database that ML Metadata knows.
    """
    return _config(settings, _server(settings))


def prepare(settings: Settings) -> list[str]:
    """Create the database and its tables if they are not there yet.

    Returns:
        A line if it was created on a server.

    Raises:
        TryAgainError: its server cannot be reached, or its disk is full.
        UserError: it cannot be opened; or it is not there, although it has results.
    """
    server = _server(settings)
    if server:
        require_server("metadata store", server.host, server.port)
    elif not settings.metadata.exists():
        identity.require_none(settings.artifacts, f"{settings.metadata} is not there")
    try:
        return _open(settings, server)
    except RuntimeError as error:
        if reason := no_room(error, [settings.output]):
            raise TryAgainError(reason) from error
        place = server or settings.metadata
        raise UserError(f"the metadata store {place} cannot be opened: {error}") from error


def _open(settings: Settings, server: Server | None) -> list[str]:
    try:
        Connection(_config(settings, server), server, patience=0)
    except MissingError as missing:
        assert server
        identity.require_none(settings.artifacts, str(missing))
        Connection(server.creating(), server, patience=0)
        return [f"created the database {server}"]
    return []


def _config(settings: Settings, server: Server | None) -> metadata_store_pb2.ConnectionConfig:
    if server:
        return server.config()
    return sqlite_metadata_connection_config(str(settings.metadata))


def _server(settings: Settings) -> Server | None:
    return metadata_url.parse(settings.metadata_url) if settings.metadata_url else None
