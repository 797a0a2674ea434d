from __future__ import annotations

import pytest
from ml_metadata.metadata_store import MetadataStore
from ml_metadata.proto.metadata_store_pb2 import ConnectionConfig


def new_store() -> MetadataStore:
    """Make a database that lives as long as the test."""
    config = ConnectionConfig()
    config.fake_database.SetInParent()
    return MetadataStore(config)


@pytest.fixture
def store() -> MetadataStore:
    """Return a database with nothing in it."""
    return new_store()
