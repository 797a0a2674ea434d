"""The lines of a log, of Python's logging and our own: as text, or as objects of JSON."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import logging
from collections.abc import Iterator

PACKAGE = __name__.partition(".")[0]
LOGGER = logging.getLogger(PACKAGE)


@dataclasses.dataclass
class Origin:
    """What the lines of this process, and of those that it forks, have in common.

    Attributes:
        run: the id of the run.
        component: the one that is at work, or has failed.
        as_json: whether they are objects of JSON.
    """

    run: str = ""
    component: str = ""
    as_json: bool = False


origin = Origin()


class Text(logging.Formatter):
    """Puts time, level, component and, of others, the logger before each line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return lines: an error has those of its traceback, too."""
        logger = "" if record.name == PACKAGE else f"{record.name}: "
        component = origin.component or "-"
        head = f"{time_of(record)} {record.levelname:<7} [{component}] {logger}"
        return "\n".join(f"{head}{line}" for line in super().format(record).splitlines() or [""])


class Json(logging.Formatter):
    """Makes an object of each record, with a traceback if it is one of an error."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a line."""
        told = {
            "time": time_of(record),
            "level": record.levelname,
            "component": origin.component,
            "message": record.getMessage(),
            "run": origin.run,
            "logger": record.name,
        }
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


def formatter() -> logging.Formatter:
    """Return what makes lines as they are wanted."""
    return Json() if origin.as_json else Text()


def line(message: str, level: int = logging.INFO, logger: str = PACKAGE) -> str:
    """Make a line, or several, of a message."""
    return formatter().format(logging.LogRecord(logger, level, "", 0, message, None, None))


def time_of(record: logging.LogRecord) -> str:
    """Return when it was made: in UTC, as ISO 8601 has it."""
    return utc(datetime.datetime.fromtimestamp(record.created, datetime.timezone.utc))


def utc(moment: datetime.datetime, timespec: str = "milliseconds") -> str:
    """Write a moment in UTC as ISO 8601 has it, with Z for the zone."""
    return moment.isoformat(timespec=timespec).replace("+00:00", "Z")


@contextlib.contextmanager
def about(component: str) -> Iterator[None]:
    """Name the component that lines are of; if it fails, the lines that tell so are of it, too."""
    before, origin.component = origin.component, component
    yield
    origin.component = before
