"""Whether a server answers."""

from __future__ import annotations

import socket

from ..console.errors import TryAgainError

TIMEOUT = 5  # seconds


def require_server(what: str, host: str, port: int) -> None:
    """Connect to a server, and hang up.

    Raises:
        TryAgainError: nobody answers there; the message says what was expected.
    """
    try:
        socket.create_connection((host, port), TIMEOUT).close()
    except OSError as error:
        raise TryAgainError(f"no {what} answers at {host}:{port}: {error}") from error
