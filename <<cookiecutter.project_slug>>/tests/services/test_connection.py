from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ml_metadata import errors
from ml_metadata.metadata_store import MetadataStore
from ml_metadata.proto.metadata_store_pb2 import (
    Artifact,
    ArtifactType,
    ConnectionConfig,
    Event,
    Execution,
    ExecutionType,
)

from << cookiecutter.package_name >>.console.errors import (
    TryAgainError,
    UserError,
)
from << cookiecutter.package_name >>.services import connection
from << cookiecutter.package_name >>.services.connection import (
    AwayError,
    Connection,
    MissingError,
)
from << cookiecutter.package_name >>.services.metadata_url import parse

GONE = "mysql_query failed: errno: Lost connection to MySQL server during query, error: …"
POSTGRESQL = "postgresql://me@host:5432/ml"


@pytest.fixture
def store(tmp_path: Path) -> Connection:
    config = ConnectionConfig()
    config.sqlite.filename_uri = str(tmp_path / "metadata.sqlite")
    config.sqlite.connection_mode = 3
    return Connection(config)


@pytest.fixture
def lose(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what loses the connection at the next call of a method."""

    def lose(method: str, applied: bool) -> None:
        call = MetadataStore._call_method
        lost = []

        def losing(self: MetadataStore, name: str, request: Any, response: Any) -> None:
            if name != method or lost:
                return call(self, name, request, response)
            if applied:
                call(self, name, request, response)
            lost.append(name)
            raise errors.InternalError(GONE)

        monkeypatch.setattr(MetadataStore, "_call_method", losing)

    return lose


def register(store: MetadataStore) -> int:
    """Begin an execution, as TFX does."""
    type_id = store.put_execution_type(ExecutionType(name="Trainer"))
    execution = Execution(type_id=type_id, name="random", last_known_state=Execution.RUNNING)
    number, _, _ = store.put_execution(execution, [], [])
    return number


def publish(store: MetadataStore, number: int) -> None:
    """End an execution with an artifact, as TFX does."""
    type_id = store.put_artifact_type(ArtifactType(name="Model"))
    (execution,) = store.get_executions_by_id([number])
    execution.last_known_state = Execution.COMPLETE
    event = Event(type=Event.OUTPUT)
    event.path.steps.add(key="model")
    store.put_execution(execution, [(Artifact(type_id=type_id, uri="there"), event)], [])


@pytest.mark.parametrize("method", ["GetExecutionsByID", "PutExecution", "PutArtifactType"])
def test_a_lost_connection_is_made_anew(
    store: Connection, lose: Callable[..., None], method: str
) -> None:
    number = register(store)
    lose(method, applied=False)
    publish(store, number)
    assert [each.uri for each in store.get_artifacts()] == ["there"]


def test_what_was_recorded_is_not_recorded_twice(
    store: Connection, lose: Callable[..., None]
) -> None:
    number = register(store)
    lose("PutExecution", applied=True)
    with pytest.raises(TryAgainError, match="has recorded it: run again"):
        publish(store, number)
    assert len(store.get_artifacts()) == 1


def test_an_execution_is_not_begun_twice(store: Connection, lose: Callable[..., None]) -> None:
    lose("PutExecution", applied=True)
    with pytest.raises(TryAgainError, match="has recorded it"):
        register(store)
    assert len(store.get_executions()) == 1


def test_what_may_be_repeated_is(store: Connection, lose: Callable[..., None]) -> None:
    publish(store, register(store))
    artifacts = store.get_artifacts()
    lose("PutArtifacts", applied=True)
    store.put_artifacts(artifacts)
    assert len(store.get_artifacts()) == 1


def test_other_errors_are_none_of_the_connection(store: Connection) -> None:
    with pytest.raises(errors.NotFoundError):
        store.get_artifact_type("none")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Return what lets a server answer to logins, with an error or none; and lists these."""
    monkeypatch.setattr(connection.time, "sleep", lambda seconds: None)

    def server(*answers: str) -> list[str]:
        logins: list[str] = []

        def connect(self: MetadataStore, config: ConnectionConfig) -> None:
            answer = answers[min(len(logins), len(answers) - 1)]
            logins.append(answer)
            if answer:
                os.write(2, f"E1127 source.cc:211] PostgreSQL error: {answer}\n".encode())
                raise RuntimeError("PostgreSQL metadata source error: ")

        monkeypatch.setattr(MetadataStore, "__init__", connect)
        return logins

    return server


def connect(url: str, patience: float) -> Connection:
    where = parse(url)
    return Connection(where.config(), where, patience)


def test_a_server_is_waited_for(server: Callable[..., list[str]]) -> None:
    logins = server("could not connect to server", "FATAL:  the database system is starting up", "")
    connect(POSTGRESQL, patience=60)
    assert len(logins) == 3


def test_a_server_is_not_waited_for_without_end(server: Callable[..., list[str]]) -> None:
    logins = server("could not connect to server")
    with pytest.raises(AwayError, match=f"the metadata store {POSTGRESQL}") as away:
        connect(POSTGRESQL, patience=0)
    assert away.value.exit_code == 75
    assert len(logins) == 1


@pytest.mark.parametrize(
    "reason",
    [
        'FATAL:  password authentication failed for user "me"',
        'FATAL:  no pg_hba.conf entry for host "::1", user "me", database "ml", no encryption',
        'sslmode value "require" invalid when SSL support is not compiled in',
    ],
)
def test_a_login_that_is_refused_is_tried_once(
    server: Callable[..., list[str]], reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    logins = server(reason)
    with pytest.raises(UserError, match=f"{POSTGRESQL} cannot be opened: ") as told:
        connect(POSTGRESQL, patience=60)
    assert " ".join(reason.split()) in str(told.value)
    assert ("has no TLS" in str(told.value)) == ("SSL" in reason)
    assert len(logins) == 1
    assert reason in capfd.readouterr().err


def test_a_database_that_is_missing_is_told_apart(server: Callable[..., list[str]]) -> None:
    server('FATAL:  database "ml" does not exist')
    with pytest.raises(MissingError, match=f"{POSTGRESQL} is not there"):
        connect(POSTGRESQL, patience=60)


def test_certificates_are_trusted_for_the_time_of_the_login(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = {}

    def connect(self: MetadataStore, config: ConnectionConfig) -> None:
        seen.update(os.environ)
        assert config.mysql.ssl_options.verify_server_cert
        assert not config.mysql.ssl_options.ca

    monkeypatch.setattr(MetadataStore, "__init__", connect)
    monkeypatch.setenv("SSL_CERT_FILE", "before")
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    where = parse(f"mysql://me@host/ml?ssl_ca={__file__}")
    Connection(where.config(), where)
    assert (seen["SSL_CERT_FILE"], seen["SSL_CERT_DIR"]) == (__file__, os.devnull)
    assert os.environ["SSL_CERT_FILE"] == "before"
    assert "SSL_CERT_DIR" not in os.environ
