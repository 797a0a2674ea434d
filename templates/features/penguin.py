"""What is predicted, and from what.

Each column of schema/schema.pbtxt is treated as its type and domain say (columns.py);
name here only the exceptions.
"""

from __future__ import annotations

from typing import Union

from .treatments import Ignored, Treatment

LABEL = "species"

TREATMENTS: dict[str, Union[Treatment, Ignored]] = {
    "year": Ignored(),
}
