"""The settings that the command line's options say."""

from __future__ import annotations

import argparse
import collections
import contextlib
import difflib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from .. import project
from . import logs, temporary
from .errors import UserError
from .records import LOGGER, origin

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from ..settings import Settings

# The password of a database, and the Python of Airflow's tasks: what is in no file.
OTHER_VARIABLES = ("METADATA_PASSWORD", "PYTHON")
# How much of a name, from 0 to 1, is as in a setting's where that is meant.
NEARLY = 0.8
YAML_TEXT = "tag:yaml.org,2002:str"

# Names of what is not to be read by others; a password in a URL, before the host or behind it.
SECRET = re.compile("pass|pwd|secret|token|credential|key", re.IGNORECASE)
IN_URL = re.compile(
    r"(?<=://)[^/@]*:.*(?=@)|(?i:(?<=[?&])[^=&]*(?:pass|pwd|secret|token|key)[^&]*)"
)
# The database's, if there is no place in it for a password: in another it may be anywhere.
URL = re.compile(r"\w+://[^:@/]+@(?:\[[^]]*\]|[^]:@/[]+)(?::\d+)?/[^:@]*")
HIDDEN = "***"


def settings_of(options: argparse.Namespace) -> Settings:
    """Make the settings; an option overrides the setting of its name.

    If the package is installed and the project's own code is other, standard error says so.

    Raises:
        UserError: a setting is of the wrong type or out of range, wherever it was made; or
            a variable of the environment nearly spells one; or schema/dataset.yaml cannot be read,
            or has one that there is not.
    """
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from ..settings import ENV_PREFIX, ROOT, Settings

    if edited := project.other_code(ROOT):
        logs.tell(f"{edited} is not as installed: install the project again")
    log_format = getattr(options, "log_format", None) or os.environ.get(f"{ENV_PREFIX}LOG_FORMAT")
    origin.as_json = log_format == "json"
    for name in unknown_variables():
        if meant := _meant(name[len(ENV_PREFIX) :]):
            raise UserError(
                f"{name} is no setting: if {ENV_PREFIX}{meant} is meant, call it so; else unset it"
            )
    _require_names(Settings.model_config["yaml_file"])
    given = {name: value for name, value in vars(options).items() if value is not None}
    try:
        settings = Settings(**{name: given[name] for name in given.keys() & Settings.model_fields})
    except ValidationError as error:
        raise UserError("; ".join(map(_in_words, error.errors()))) from error
    except SettingsError as error:
        hint = 'write it as JSON, such as ["a", "b"] or [64, 32]'
        raise UserError(f"{error}: {error.__cause__}; {hint}") from error
    origin.as_json = settings.log_format == "json"
    return settings


@contextlib.contextmanager
def logged(
    settings: Settings, required: bool = True, run_id: str = ""
) -> Iterator[tuple[TextIO, Path]]:
    """Send what TFX, Beam and TensorFlow write to a new log, after the settings.

    A variable of the environment that begins as settings do, but is none, is named there. Temporary
    files go in the end.

    Args:
        settings: say where.
        required: as logs.redirected takes it.
        run_id: of the run, if it is one.

    Yields:
        The terminal, and the log.

    Raises:
        UserError: as logs.redirected does.
    """
    origin.run, origin.component = run_id, ""
    with logs.redirected(settings.logs, required) as (terminal, log), temporary.own_folder():
        if run_id:
            LOGGER.info("run %s", run_id)
        log_settings(settings)
        for name in unknown_variables():
            LOGGER.warning("%s is ignored: settings.py has no such setting", name)
        yield terminal, log


def log_settings(settings: Settings) -> None:
    """Let the log name the settings in force, but no secret that is in one of them."""
    told = settings.model_dump(mode="json")
    if told["metadata_url"] and not URL.fullmatch(told["metadata_url"]):
        told["metadata_url"] = HIDDEN
    LOGGER.info("settings: %s", json.dumps(_without_secrets(told), ensure_ascii=False))


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: HIDDEN if SECRET.search(name) else _without_secrets(each)
            for name, each in value.items()
        }
    return IN_URL.sub(HIDDEN, value) if isinstance(value, str) else value


def unknown_variables() -> list[str]:
    """List the variables of the environment that begin as settings do, but are none."""
    from ..settings import ENV_PREFIX

    return [
        name
        for name in sorted(os.environ)
        if name.upper().startswith(ENV_PREFIX) and name.upper()[len(ENV_PREFIX) :] not in _known()
    ]


def _known() -> list[str]:
    from ..settings import Settings

    return [*map(str.upper, Settings.model_fields), *OTHER_VARIABLES]


def _meant(name: str) -> str:
    """Return which name is nearly spelled; empty if none is.

    One behind other words is that of a project whose name is longer.
    """
    found = difflib.get_close_matches(name.upper(), _known(), n=1, cutoff=NEARLY)
    is_longer = found and re.fullmatch(rf"\w*[A-Z0-9]_{found[0]}", name.upper())
    return found[0] if found and not is_longer else ""


def _require_names(file: Path) -> None:
    """Look at schema/dataset.yaml, if it is there, for what pydantic has no words for.

    Raises:
        UserError: it cannot be read, or holds anything but different names with their values.
    """
    import yaml

    try:
        root = yaml.compose(file.read_text(encoding="utf-8"), yaml.SafeLoader)
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"{file} cannot be read: {' '.join(str(error).split())}") from error
    if root is not None and not isinstance(root, yaml.MappingNode):
        raise UserError(f"{file} does not hold settings: expected lines of the form `name: value`")
    keys = [key for key, _ in root.value] if root else []
    if others := [key for key in keys if key.tag != YAML_TEXT]:
        raise UserError(f"{file}: {others[0].value} is no setting of settings.py; remove it there")
    counts = collections.Counter(key.value for key in keys)
    if repeated := [name for name, count in counts.items() if count > 1]:
        raise UserError(f"{file} sets {repeated[0]} more than once; keep one of them")


def _in_words(problem: ErrorDetails) -> str:
    name = ".".join(part for part in problem["loc"] if isinstance(part, str))
    if problem["type"] == "extra_forbidden":
        return f"schema/dataset.yaml: {name} is no setting of settings.py; remove it there"
    given = HIDDEN if SECRET.search(name) else problem["input"]
    return f"{name}={given}: {problem['msg'].removeprefix('Value error, ')}"
