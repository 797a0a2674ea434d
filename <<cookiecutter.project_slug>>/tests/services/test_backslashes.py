from __future__ import annotations

import pytest
from ml_metadata.proto import metadata_store_service_pb2 as service
from ml_metadata.proto.metadata_store_pb2 import Artifact

from << cookiecutter.package_name >>.services import backslashes


@pytest.mark.parametrize(
    "text", ["a\\b", "\\", '{"gr\\u00f6\\u00dfe": "%5C"}', f"{backslashes.MARK}x"]
)
def test_a_text_comes_back_as_it_was(text: str) -> None:
    request = service.PutArtifactsRequest(artifacts=[Artifact(uri=text)])
    request.artifacts[0].custom_properties["said"].string_value = text
    sent = backslashes.without(request)
    assert "\\" not in sent.artifacts[0].uri
    assert b"\\" not in sent.SerializeToString()
    assert request.artifacts[0].uri == text
    backslashes.restore(sent)
    assert sent == request


def test_what_has_none_is_left_alone() -> None:
    request = service.PutArtifactsRequest(artifacts=[Artifact(uri="it's 100 %5C")])
    assert backslashes.without(request) is request
    backslashes.restore(request)
    assert request.artifacts[0].uri == "it's 100 %5C"


def test_a_query_is_sql_and_stays_so() -> None:
    request = service.GetArtifactsRequest()
    request.options.filter_query = r"uri = 'a\b'"
    assert backslashes.without(request) == request
