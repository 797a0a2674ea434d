from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from ml_metadata.proto.metadata_store_pb2 import MySQLDatabaseConfig

from << cookiecutter.package_name >>.services.mysql_greeting import (
    objection,
)

# As MariaDB 10.11 says them; the first by a server that has no certificate.
WELCOME = b"\x0a5.5.5-10.11\0" + b"\1\0\0\0" + b"12345678\0" + b"\xfe\xf7" + 30 * b"\0"
STRANGER = b"\xff\x6a\x04Host '127.0.0.1' is not allowed to connect to this MariaDB server"
FULL = b"\xff\x10\x04Too many connections"


@contextlib.contextmanager
def saying(packet: bytes) -> Iterator[MySQLDatabaseConfig]:
    """Greet the next one who connects."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(len(packet).to_bytes(3, "little") + b"\0" + packet)

        greeter = threading.Thread(target=greet)
        greeter.start()
        host, port = server.getsockname()
        yield MySQLDatabaseConfig(host=host, port=port)
        greeter.join()


def test_who_may_not_log_in_is_told_why() -> None:
    with saying(STRANGER) as server:
        assert objection(server).startswith("Host '127.0.0.1' is not allowed")


def test_a_login_has_reasons_of_its_own() -> None:
    with saying(WELCOME) as server:
        assert objection(server) == ""


def test_a_server_without_tls_is_told(tmp_path: Path) -> None:
    with saying(WELCOME) as server:
        server.ssl_options.capath = str(tmp_path)
        assert objection(server) == "it offers no TLS"


@pytest.mark.parametrize("packet", [FULL, b""])
def test_who_has_no_connection_to_give_is_away(packet: bytes) -> None:
    with saying(packet) as server, pytest.raises(ConnectionError):
        objection(server)


def test_nobody_is_away() -> None:
    with saying(b"") as server:
        socket.create_connection((server.host, server.port)).close()
    with pytest.raises(ConnectionError):
        objection(server)
