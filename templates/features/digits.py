"""What is special about some columns.

Each column of schema/schema.pbtxt is treated as its annotation, type and domain say
(columns.py); name here only the exceptions, for example "image": Image(28, 28).
"""

from __future__ import annotations

from .treatments import Treatment

TREATMENTS: dict[str, Treatment] = {}
