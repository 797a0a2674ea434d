"""What ends the program with a message instead of a traceback."""

from __future__ import annotations


class UserError(Exception):
    """Something that the user can mend; the message says what, where and how."""
