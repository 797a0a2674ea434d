"""The settings that the command line's options say."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from .errors import UserError

if TYPE_CHECKING:
    from ..settings import Settings


def settings_of(options: argparse.Namespace) -> Settings:
    """Make the settings; an option overrides the setting of its name.

    Raises:
        UserError: a setting is of the wrong type or out of range, wherever it was made.
    """
    from pydantic import ValidationError

    from ..settings import Settings

    given = {name: value for name, value in vars(options).items() if value is not None}
    try:
        return Settings(**{name: given[name] for name in given.keys() & Settings.model_fields})
    except ValidationError as error:
        problems = (f"{each['loc'][0]}={each['input']}: {each['msg']}" for each in error.errors())
        raise UserError("; ".join(problems)) from error
