"""What is predicted, and from what.

Each column of schema/schema.pbtxt is treated as its type and domain say (columns.py);
name here only the exceptions.
"""

from __future__ import annotations

from typing import Union

from .treatments import (
    Buckets,
    Hashed,
    Ignored,
    Treatment,
    Vocabulary,
)

LABEL = "big_tipper"

TREATMENTS: dict[str, Union[Treatment, Ignored]] = {
    # The label is computed from the tip, which nobody knows before the trip ends.
    "tips": Ignored(),
    "trip_start_timestamp": Buckets(10),
    "pickup_latitude": Buckets(10),
    "pickup_longitude": Buckets(10),
    "dropoff_latitude": Buckets(10),
    "dropoff_longitude": Buckets(10),
    "pickup_census_tract": Hashed(50),
    "dropoff_census_tract": Hashed(500),
    "company": Vocabulary(100),
}
