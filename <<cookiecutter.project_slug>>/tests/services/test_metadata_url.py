from __future__ import annotations

from pathlib import Path

import pytest

from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.services import metadata_url
from << cookiecutter.package_name >>.services.metadata_url import parse
from << cookiecutter.package_name >>.settings import ROOT

HERE = Path(__file__)


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(metadata_url.PASSWORD, "se'c\\ret")


def test_mysql_gets_names_as_they_are() -> None:
    config = parse("mysql://some%20body@db.example.com/m-%60l").config().mysql
    assert (config.host, config.port) == ("db.example.com", 3306)
    assert (config.user, config.password) == ("some body", "se'c\\ret")
    # As SQL, which the others are not.
    assert config.database == "`m-``l`"
    assert config.skip_db_creation
    assert parse("mysql://me@localhost/ml").config().mysql.host == "127.0.0.1"


def test_postgresql_gets_names_for_a_line_of_settings() -> None:
    config = parse("postgresql://some%20body@[::1]:5433/m-l").config().postgresql
    assert (config.host, config.port) == ("'::1'", "5433")
    assert (config.user, config.password) == ("'some body'", "'se\\'c\\\\ret'")
    assert config.dbname == "'m-l'"
    assert config.skip_db_creation


def test_postgresql_is_told_to_create_what_ml_metadata_creates_so() -> None:
    created = parse("postgresql://me@host/ml_2").creating().postgresql
    assert (created.dbname, created.skip_db_creation) == ("ml_2", False)
    assert not parse("mysql://me@host/m-l").creating().mysql.skip_db_creation
    for name in ("m-l", "Ml", "2", "m%22l"):
        with pytest.raises(UserError, match="create it by CREATE DATABASE"):
            parse(f"postgresql://me@host/{name}").creating()


def test_tls_is_asked_for_as_the_servers_clients_are_asked() -> None:
    url = f"postgresql://me@host/ml?sslmode=verify-full&sslrootcert={HERE}"
    options = parse(url).config().postgresql.ssloption
    assert (options.sslmode, options.sslrootcert) == ("'verify-full'", f"'{HERE}'")
    url = f"mysql://me@host/ml?ssl_ca={HERE.relative_to(ROOT)}&ssl_capath=src"
    options = parse(url).config().mysql.ssl_options
    assert (options.ca, options.capath) == (str(HERE), str(ROOT / "src"))


def test_a_server_is_named_without_its_options() -> None:
    url = "mysql://a%40b@[::1]:3306/m%20l"
    assert str(parse(f"{url}?ssl_ca={HERE}")) == url


@pytest.mark.parametrize(
    ("url", "said"),
    [
        *(
            (url, "is none of mysql://")
            for url in (
                "ml",
                "sqlite:///ml",
                "oracle://me@host/ml",
                "mysql://me@host",
                "mysql://me@host/",
                "mysql://me@host/a/b",
                "mysql:///ml",
                "mysql://host/ml",
                "mysql://@host/ml",
                "mysql://me@:1/ml",
                "mysql://me@::1/ml",
            )
        ),
        ("mysql://me@[::1/ml", "is no URL"),
        ("mysql://me@host/m l", "holds a blank"),
        ("mysql://me@host/m%0Al", "control character"),
        ("mysql://me@host/%FF", "is not UTF-8"),
        ("mysql://me@%2Fsocket/ml", "names the socket /socket"),
        ("mysql://me@host/ml#1", "has a #"),
        *((f"mysql://me@host:{port}/ml", "no number from") for port in ("x", "0", "65536", "-1")),
        ("mysql://me@host/ml?sslmode=require", "option 'sslmode': for mysql"),
        ("postgresql://me@host/ml?connect_timeout=3", "option 'connect_timeout'"),
        ("postgresql://me@host/ml?sslmode=require&sslmode=require", "twice"),
        ("postgresql://me@host/ml?sslmode", "without a value"),
        ("postgresql://me@host/ml?sslmode=prefer", "may go on without TLS"),
        (f"postgresql://me@host/ml?sslrootcert={HERE}", "needs sslmode"),
        (f"postgresql://me@host/ml?sslmode=require&sslcert={HERE}", "both of sslcert and sslkey"),
        ("mysql://me@host/ml?ssl_ca=no.pem", "no.pem: No such file"),
        (f"mysql://me@host/ml?ssl_capath={HERE}", "Not a directory"),
        ("mysql://me@host/ml?ssl_ca=src", "Is a directory"),
        ("mysql://me@host/ml?ssl_cipher=AES", "ssl_cipher without ssl_ca"),
        (f"mysql://me@host/ml?ssl_ca={HERE}&ssl_verify_server_cert=false", "`true` alone"),
    ],
)
def test_what_ml_metadata_would_not_do_is_refused(url: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        parse(url)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://me:secret@host/ml",
        "mysql://me:sec/ret@host/ml",
        "mysql://me@host/ml?password=secret",
        "mysql://me@host:secret/ml",
        "mysql://me:secret",
    ],
)
def test_a_password_in_the_url_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(UserError) as refused:
        parse(url)
    assert "ret" not in str(refused.value)
