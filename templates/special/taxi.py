"""What is special about some columns.

Each column of schema/schema.pbtxt is treated as its type and domain say (columns.py);
name here only the exceptions.
"""

from __future__ import annotations

from .treatments import Buckets, Hashed, Treatment, Vocabulary

TREATMENTS: dict[str, Treatment] = {
    "trip_start_timestamp": Buckets(10),
    "pickup_latitude": Buckets(10),
    "pickup_longitude": Buckets(10),
    "dropoff_latitude": Buckets(10),
    "dropoff_longitude": Buckets(10),
    "pickup_census_tract": Hashed(50),
    "dropoff_census_tract": Hashed(500),
    "company": Vocabulary(100),
}
