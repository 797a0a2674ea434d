"""What an exception comes from, in a line: the place in the project's code, and the cause."""

from __future__ import annotations

import importlib.util
import re
import sys
import textwrap
import traceback
from collections.abc import Iterator
from pathlib import Path

from ..project import PACKAGE

# Only call what else there is: a cause is never to be looked for there.
CALLERS = ("__main__.py", "cli.py", "console", "runners")
# Of characters; the log has all of them.
LONGEST = 600
# A traceback within a message: of AutoGraph, or of a process that Beam has started.
TRACED = re.compile(r"in user code:|Traceback \(most recent call last\):")
FRAME = re.compile(r'^ *File "(?P<file>[^"]+)", line (?P<line>\d+).*\n(?: {4,}.*\n)*', re.MULTILINE)
RAISED = re.compile(r"^ *(?:\w+\.)*(?P<kind>[A-Z]\w*): (?P<message>.*)", re.MULTILINE | re.DOTALL)
# What Beam adds, and Keras: where it was, and colours.
ADDED = re.compile(r"\s*\[while running .*|\x1b\[[\d;]*m", re.DOTALL)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, and what it was raised from, or while it was handled."""
    while error:
        yield error
        error = error.__cause__ or error.__context__


def in_a_line(error: BaseException) -> str:
    """Return where in the project's code an error was raised, and the cause.

    The cause is what the project's code has raised itself, or else the innermost: libraries wrap
    errors in others that say less.
    """
    causes = [*_causes(error)]
    cause = next((each for each in causes if _is_own(each)), causes[-1])
    places = [place for each in (cause, *reversed(causes)) for place in _places(each)]
    place = "{}, line {}: ".format(*places[0]) if places else ""
    return f"{place}{_said(cause)}"


def missing_environment(error: BaseException) -> str:
    """Return which environment to activate, if an error comes from the want of it; else nothing."""
    if not isinstance(error, ModuleNotFoundError) or importlib.util.find_spec("tfx"):
        return ""
    activate = PACKAGE.parents[1] / ".venv" / "bin" / "activate"
    version = ".".join(map(str, sys.version_info[:2]))
    remedy = f"call `source {activate}`" if activate.exists() else "`nox -s train` makes it"
    return (
        f"this Python {version}, {sys.executable}, has no TFX, and is not that of the project's "
        f"environment: {remedy} (docs/development.md, Installation)"
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, and those that it was raised from, but not what was handled before it."""
    inner: BaseException | None = error
    while inner:
        yield inner
        inner = inner.__cause__ or (None if inner.__suppress_context__ else inner.__context__)


def _is_own(error: BaseException) -> bool:
    """Whether it was raised by a line of the project's code."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and _is_the_projects(frames[-1].filename)


def _places(error: BaseException) -> Iterator[tuple[str, int]]:
    """Yield places in the project's code, the innermost first."""
    if isinstance(error, SyntaxError) and error.filename:
        yield error.filename, error.lineno or 0
    inner = [(frame["file"], int(frame["line"])) for frame in FRAME.finditer(_traced(error))]
    frames = traceback.extract_tb(error.__traceback__)
    outer = [(frame.filename, frame.lineno or 0) for frame in frames]
    yield from (place for place in reversed([*outer, *inner]) if _is_the_projects(place[0]))


def _is_the_projects(file: str) -> bool:
    path = Path(file)
    return path.is_relative_to(PACKAGE) and path.relative_to(PACKAGE).parts[0] not in CALLERS


def _said(error: BaseException) -> str:
    kind, message = type(error).__name__, str(error)
    if isinstance(error, SyntaxError):
        message = error.msg
    elif traced := _traced(error):
        raised = RAISED.search(FRAME.split(traced)[-1])
        if raised:
            kind, message = raised["kind"], raised["message"].partition("\n\n")[0]
    message = ADDED.sub("", message)
    return textwrap.shorten(f"{kind}: {message}", LONGEST, placeholder=" …")


def _traced(error: BaseException) -> str:
    message = str(error)
    return message if TRACED.search(message) else ""
