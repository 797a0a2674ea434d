"""Servers that run for a test, on ports of this computer that nobody uses."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path


def free_ports(count: int) -> list[int]:
    """Name different ports that nobody listens at."""
    with ExitStack() as stack:
        taken = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in taken:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in taken]


@contextmanager
def running(
    command: list[Path | str], folder: Path, port: int, environment: dict[str, str] | None = None
) -> Iterator[None]:
    """Run a server from when it answers until the end of the context.

    Args:
        command: that starts it.
        folder: in which it runs, and in which its log is.
        port: where it answers.
        environment: its variables; those of this process if there are none.

    Raises:
        TimeoutError: it does not answer within a minute.
    """
    log = folder / f"{port}.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            command, cwd=folder, env=environment or os.environ, stdout=output, stderr=output
        )
    try:
        for _ in range(300):
            assert server.poll() is None, log.read_text()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        else:
            raise TimeoutError(f"nothing answers at port {port}:\n{log.read_text()}")
        yield
    finally:
        server.terminate()
        server.wait()
