"""What is special about some columns.

Each column of schema/schema.pbtxt is treated as its type and domain say (columns.py);
name here only the exceptions, for example "year": Buckets(3).
"""

from __future__ import annotations

from .treatments import Treatment

TREATMENTS: dict[str, Treatment] = {}
