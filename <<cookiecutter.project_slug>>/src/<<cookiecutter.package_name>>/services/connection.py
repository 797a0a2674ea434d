"""A connection to a database of ML Metadata that outlives a restart of its server."""

from __future__ import annotations

import contextlib
import os
import random
import re
import sys
import time
from collections.abc import Iterator
from typing import Any

from ml_metadata import errors
from ml_metadata.metadata_store import MetadataStore
from ml_metadata.proto.metadata_store_pb2 import ConnectionConfig

from ..console.environment import variables
from ..console.errors import TryAgainError, UserError
from . import backslashes
from .metadata_url import PASSWORD, Server
from .mysql_greeting import objection

PATIENCE = 60.0  # seconds
# Of several processes that find a database empty, all but one fail, and succeed the next time.
ATTEMPTS = 10
STDERR = 2
NEW = "PutExecution"
RECORDED = (
    "the metadata store went away while it recorded what was done, and has recorded it: run again, "
    "which will not do it again"
)
NO_TLS = (
    "; ML Metadata's client for PostgreSQL has no TLS: let a tunnel do it (docs/operations.md), or "
    "use MySQL"
)
# As the clients, and the servers, say that a connection is lost, or cannot be had just now.
AWAY = re.compile(
    r"could not connect|could not receive|could not send|server closed|terminating connection"
    r"|no connection to the server|source error: $|timeout expired|starting up|shutting down"
    r"|in recovery|too many clients|connection slots"
    r"|has gone away|Lost connection|[Ss]hutdown in progress|was killed|mysql_real_connect failed"
)
MISSING = re.compile(r"Unknown database|database \".*\" does not exist")
HOPELESS = re.compile(r"denied|not a database|syntax error|must be")


class AwayError(TryAgainError):
    """The server cannot be reached, or has no connection to give."""


class MissingError(UserError):
    """The server does not have the database."""


class Connection(MetadataStore):
    """A connection that is made anew when it is lost.

    Args:
        config: how to connect to the database, which must be there.
        server: that has it; None: it is a file.
        patience: for how many seconds the server may be away.

    Raises:
        AwayError: it was away for longer.
        MissingError: it has no such database.
        UserError: it refuses the login.
        RuntimeError: the database is none of ML Metadata, and cannot become one.
    """

    def __init__(
        self, config: ConnectionConfig, server: Server | None = None, patience: float = PATIENCE
    ) -> None:
        self._asked = config
        self._server = server
        self._patience = patience
        self._connect()

    def _connect(self) -> None:
        end = time.monotonic() + self._patience
        attempts = 0
        while True:
            try:
                with _overheard(self._server) as said, _trusting(self._asked) as config:
                    super().__init__(config)
                return
            except RuntimeError as error:
                told = _reason(self._server, self._asked, str(error), said)
                if told and not (isinstance(told, AwayError) and time.monotonic() < end):
                    raise told from error
                attempts += not told
                if attempts == ATTEMPTS or HOPELESS.search(str(error)):
                    raise
            time.sleep(random.uniform(0.1, 1))

    def _call_method(self, method_name: str, request: Any, response: Any) -> None:
        """Call a method; whenever the connection is lost, once more with another one.

        Raises:
            AwayError: there is no other one.
            TryAgainError: what was requested is done, but what came of it is not known.
        """
        postgresql = self._asked.HasField("postgresql")
        sent = backslashes.without(request) if postgresql else request
        for attempt in range(1, ATTEMPTS + 1):
            try:
                super()._call_method(method_name, sent, response)
                break
            except errors.StatusError as error:
                known = isinstance(error, errors.AlreadyExistsError)
                if attempt > 1 and known and method_name == NEW:
                    raise TryAgainError(RECORDED) from error
                if attempt == ATTEMPTS or not AWAY.search(error.message):
                    raise
                print(f"{method_name}: {error.message.strip()}: connecting anew", file=sys.stderr)
                self._connect()
                if self._is_recorded(request):
                    raise TryAgainError(RECORDED) from error
        if postgresql:
            backslashes.restore(response)

    def _is_recorded(self, request: Any) -> bool:
        """Whether a request that was lost has made new artifacts, which another would make twice.

        All else may be requested twice. What makes artifacts also says what became of their
        execution, in the same transaction.
        """
        pairs = getattr(request, "artifact_event_pairs", [])
        artifacts = [*getattr(request, "artifacts", []), *(each.artifact for each in pairs)]
        if all(artifact.id for artifact in artifacts):
            return False
        executions = [request.execution] if pairs else getattr(request, "executions", [])
        wanted = {each.id: each.last_known_state for each in executions if each.id}
        found = self.get_executions_by_id(list(wanted)) if wanted else []
        return any(each.last_known_state == wanted[each.id] for each in found)


def _reason(
    server: Server | None, config: ConnectionConfig, error: str, said: list[str]
) -> UserError | None:
    """Return why a server gives no connection, if it does not."""
    if not server:
        return None
    reason = _login_reason(server, config, error, said) or error
    if AWAY.search(reason):
        return AwayError(f"the metadata store {server} is away: {_line(reason)}")
    if MISSING.search(reason):
        return MissingError(f"the metadata store {server} is not there")
    if reason != error or HOPELESS.search(error):
        return UserError(f"the metadata store {server} cannot be opened: {_line(reason)}")
    return None


def _line(text: str) -> str:
    """Make one line, without what ML Metadata says twice."""
    return " ".join(text.rpartition("errno: ")[2].partition(", error: ")[0].split())


def _login_reason(server: Server, config: ConnectionConfig, error: str, said: list[str]) -> str:
    """Return why a login failed; empty if it did not."""
    if config.HasField("postgresql"):
        told = re.findall(r"PostgreSQL error: ([^\n]*)", "".join(said))
        hint = NO_TLS if told and "SSL support is not compiled in" in told[0] else ""
        return f"{told[0]}{hint}" if told else ""
    if "mysql_real_connect failed" not in error:
        return ""
    secured = "" if server.options else ", without TLS"
    try:
        return objection(config.mysql) or (
            f"ML Metadata does not pass on why. Is {PASSWORD} right, and may the user log in from "
            f"this computer{secured}, by mysql_native_password? This tells: mysql --password "
            f"--host={server.host} --port={server.port} --user={server.user}"
        )
    except ConnectionError as away:
        return f"Lost connection: {away}"


@contextlib.contextmanager
def _overheard(server: Server | None) -> Iterator[list[str]]:
    """Fill a list with what C++ code writes to standard error, which gets it all the same."""
    said: list[str] = []
    if server is None:
        yield said
        return
    reader, writer = os.pipe()
    saved = os.dup(STDERR)
    os.dup2(writer, STDERR)
    os.close(writer)
    for end in (reader, STDERR):
        os.set_blocking(end, False)
    try:
        yield said
    finally:
        os.dup2(saved, STDERR)
        os.close(saved)
        with open(reader, "rb", buffering=0) as stream:
            said.append((stream.read() or b"").decode(errors="replace"))
        sys.stderr.write(said[-1])


@contextlib.contextmanager
def _trusting(config: ConnectionConfig) -> Iterator[ConnectionConfig]:
    """Let ML Metadata trust the certificates of a configuration for MySQL.

    Its client looks at those that OpenSSL trusts by default alone, and if there are others, even
    then takes none.
    """
    options = config.mysql.ssl_options
    if not (options.ca or options.capath):
        yield config
        return
    trusted = {"SSL_CERT_FILE": options.ca, "SSL_CERT_DIR": options.capath}
    trusting = ConnectionConfig()
    trusting.CopyFrom(config)
    for name in ("ca", "capath"):
        trusting.mysql.ssl_options.ClearField(name)
    trusting.mysql.ssl_options.verify_server_cert = True
    with variables({name: path or os.devnull for name, path in trusted.items()}):
        yield trusting
