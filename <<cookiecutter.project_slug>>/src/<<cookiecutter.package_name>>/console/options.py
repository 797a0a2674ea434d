"""The settings that the command line's options say."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from . import logs
from .errors import UserError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from ..settings import Settings

# The password of a database, and the Python of Airflow's tasks: what is in no file.
OTHER_VARIABLES = ("METADATA_PASSWORD", "PYTHON")


def settings_of(options: argparse.Namespace) -> Settings:
    """Make the settings; an option overrides the setting of its name.

    A variable of the environment that is called like a setting, but is none, is named on standard
    error.

    Raises:
        UserError: a setting is of the wrong type or out of range, wherever it was made; or
            schema/dataset.yaml has one that there is not.
    """
    from pydantic import ValidationError

    from ..settings import Settings

    for name in _unknown_variables():
        logs.tell(f"{name} is ignored: settings.py has no such setting")
    given = {name: value for name, value in vars(options).items() if value is not None}
    try:
        return Settings(**{name: given[name] for name in given.keys() & Settings.model_fields})
    except ValidationError as error:
        raise UserError("; ".join(map(_in_words, error.errors()))) from error


def _unknown_variables() -> list[str]:
    from ..settings import ENV_PREFIX, Settings

    known = {f"{ENV_PREFIX}{name}".upper() for name in (*OTHER_VARIABLES, *Settings.model_fields)}
    return [
        name
        for name in sorted(os.environ)
        if name.upper().startswith(ENV_PREFIX) and name.upper() not in known
    ]


def _in_words(problem: ErrorDetails) -> str:
    name = problem["loc"][0]
    if problem["type"] == "extra_forbidden":
        return f"schema/dataset.yaml: {name} is no setting of settings.py; remove it there"
    return f"{name}={problem['input']}: {problem['msg']}"
