"""What ends the program with a message instead of a traceback."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator
from pathlib import Path


class UserError(Exception):
    """Something that the user can mend; the message says what, where and how."""


class UnexpectedError(UserError):
    """Something else that went wrong; another try may end well."""


@contextlib.contextmanager
def in_words(log: Path) -> Iterator[None]:
    """Make every exception a UserError, and print its traceback.

    Args:
        log: where standard error goes.

    Raises:
        UnexpectedError: instead of another exception; the message names the log.
    """
    try:
        yield
    except UserError:
        traceback.print_exc()
        raise
    except Exception as error:
        traceback.print_exc()
        raise UnexpectedError(f"{type(error).__name__}: {error}\nsee {log}") from error
