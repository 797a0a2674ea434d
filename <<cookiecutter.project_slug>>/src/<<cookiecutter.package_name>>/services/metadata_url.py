"""What settings.metadata_url says: where a database of ML Metadata is, and how to get there."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote, urlsplit

from ml_metadata.proto import metadata_store_pb2

from ..console.errors import UserError
from ..settings import ENV_PREFIX, ROOT

PASSWORD = f"{ENV_PREFIX}METADATA_PASSWORD"
PORTS = {"mysql": 3306, "postgresql": 5432}
FORMS = " and ".join(f"{scheme}://USER@HOST[:PORT]/DATABASE" for scheme in PORTS)
MYSQL_FILES = ("ssl_ca", "ssl_capath", "ssl_cert", "ssl_key")
POSTGRESQL_FILES = ("sslrootcert", "sslcert", "sslkey")
OPTIONS = {
    "mysql": (*MYSQL_FILES, "ssl_cipher", "ssl_verify_server_cert"),
    "postgresql": (*POSTGRESQL_FILES, "sslmode"),
}
WITHOUT_TLS = "disable"
WITH_TLS = ("require", "verify-ca", "verify-full")


@dataclass(frozen=True)
class Server:
    """A database on a server.

    Attributes:
        kind: mysql (or MariaDB) or postgresql.
        host: its name or address.
        port: where it answers.
        user: who logs in.
        database: the database's name.
        options: how, by the names of the server's own clients; files by their absolute paths.
    """

    kind: str
    host: str
    port: int
    user: str
    database: str
    options: Mapping[str, str]

    def __str__(self) -> str:
        """Return its URL without the options."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        user, database = (quote(each, safe="") for each in (self.user, self.database))
        return f"{self.kind}://{user}@{host}:{self.port}/{database}"

    def config(self) -> metadata_store_pb2.ConnectionConfig:
        """Return how to connect to the database, which is not created, with the password."""
        password = os.environ.get(PASSWORD, "")
        if self.kind == "mysql":
            return self._mysql(password)
        return self._postgresql(password)

    def creating(self) -> metadata_store_pb2.ConnectionConfig:
        """Return how to connect to the database so that it is created.

        Raises:
            UserError: it has a name that ML Metadata would create another database for.
        """
        config = self.config()
        if self.kind == "mysql":
            config.mysql.skip_db_creation = False
            return config
        if not re.fullmatch(r"[a-z_][a-z0-9_]*", self.database):
            quoted = self.database.replace('"', '""')
            raise UserError(
                f"{self} is not there, and ML Metadata creates no database of such a name: create "
                f'it by CREATE DATABASE "{quoted}", or name another in metadata_url'
            )
        config.postgresql.skip_db_creation = False
        config.postgresql.dbname = self.database
        return config

    def _mysql(self, password: str) -> metadata_store_pb2.ConnectionConfig:
        # The client takes localhost for a socket; and the name becomes SQL as it is.
        config = metadata_store_pb2.MySQLDatabaseConfig(
            host="127.0.0.1" if self.host == "localhost" else self.host,
            port=self.port,
            user=self.user,
            password=password,
            database=f"`{self.database.replace('`', '``')}`",
            skip_db_creation=True,
        )
        for name, value in self.options.items():
            if name == "ssl_verify_server_cert":
                config.ssl_options.verify_server_cert = True
            else:
                setattr(config.ssl_options, name[len("ssl_") :], value)
        return metadata_store_pb2.ConnectionConfig(mysql=config)

    def _postgresql(self, password: str) -> metadata_store_pb2.ConnectionConfig:
        return metadata_store_pb2.ConnectionConfig(
            postgresql={
                "host": _quoted(self.host),
                "port": str(self.port),
                "user": _quoted(self.user),
                "password": _quoted(password),
                "dbname": _quoted(self.database),
                "skip_db_creation": True,
                "ssloption": {name: _quoted(value) for name, value in self.options.items()},
            }
        )


def parse(text: str) -> Server:
    """Read the URL of a database.

    Raises:
        UserError: it is none, or of none that ML Metadata knows, or says more than that knows.
    """
    if re.search(r"[\s\x00-\x1f\x7f]", text):
        raise UserError("metadata_url holds a blank or a control character")
    try:
        url = urlsplit(text)
    except ValueError as error:
        raise UserError(f"metadata_url is no URL: {error}") from error
    # No message shows the text: a password may be anywhere in it.
    if url.password is not None:
        raise UserError(f"metadata_url holds a password: give it by the variable {PASSWORD} alone")
    host, user, database = map(_decoded, (url.hostname or "", url.username or "", url.path[1:]))
    if url.scheme not in PORTS or not (host and user and database) or "/" in url.path[1:]:
        raise UserError(f"metadata_url is none of {FORMS}")
    if "/" in host:
        raise UserError(f"metadata_url names the socket {host}: name a host instead")
    if "#" in text:
        raise UserError("metadata_url has a #: write %23 where it is part of a name")
    options = _options(url)
    _require_meaning(url.scheme, options)
    return Server(url.scheme, host, _port(url), user, database, options)


def _port(url: SplitResult) -> int:
    try:
        port = PORTS[url.scheme] if url.port is None else url.port
    except ValueError:
        port = 0
    if not port:
        raise UserError("metadata_url has a port that is no number from 1 to 65535")
    return port


def _options(url: SplitResult) -> dict[str, str]:
    options: dict[str, str] = {}
    for part in filter(None, url.query.split("&")):
        name, _, value = map(_decoded, part.partition("="))
        known = OPTIONS[url.scheme]
        if name not in known:
            raise UserError(
                f"metadata_url has the option {name!r}: for {url.scheme}, ML Metadata is told of "
                f"none but {', '.join(known)}"
            )
        if name in options:
            raise UserError(f"metadata_url has the option {name} twice")
        if not value:
            raise UserError(f"metadata_url has the option {name} without a value")
        options[name] = _file(name, value) if name in (*MYSQL_FILES, *POSTGRESQL_FILES) else value
    return options


def _file(name: str, value: str) -> str:
    path = ROOT / value
    try:
        if name == "ssl_capath":
            os.listdir(path)
        else:
            path.open("rb").close()
    except OSError as error:
        raise UserError(f"metadata_url: {name}={path}: {error.strerror}") from error
    return str(path)


def _require_meaning(kind: str, options: Mapping[str, str]) -> None:
    """Refuse options by which the connection would be less safe than they sound."""
    files = [name for name in options if name in POSTGRESQL_FILES]
    mode = options.get("sslmode", WITHOUT_TLS)
    if mode not in (WITHOUT_TLS, *WITH_TLS):
        raise UserError(
            f"metadata_url has sslmode={mode}, which may go on without TLS, or is none: say one of "
            f"{', '.join(WITH_TLS)}, or {WITHOUT_TLS}"
        )
    if mode == WITHOUT_TLS and files:
        raise UserError(f"metadata_url has {files[0]}, which needs sslmode={WITH_TLS[-1]}")
    if options.get("ssl_verify_server_cert", "true") != "true":
        raise UserError(
            "metadata_url has ssl_verify_server_cert, which can be `true` alone: without it ML "
            "Metadata goes on without TLS where the server offers none"
        )
    if kind == "mysql" and options and not {"ssl_ca", "ssl_capath"} & options.keys():
        raise UserError(
            f"metadata_url has {next(iter(options))} without ssl_ca or ssl_capath, by which the "
            "server's certificate is signed: ML Metadata would do without TLS where there is none"
        )
    for one, other in (("ssl_cert", "ssl_key"), ("sslcert", "sslkey")):
        if (one in options) != (other in options):
            raise UserError(f"metadata_url needs both of {one} and {other}, or none")


def _decoded(text: str) -> str:
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise UserError(f"metadata_url: {text} is not UTF-8, percent-encoded") from error
    if re.search(r"[\x00-\x1f\x7f]", decoded):
        raise UserError(f"metadata_url: {text} holds a control character")
    return decoded


def _quoted(value: str) -> str:
    """Quote a value for libpq, to which ML Metadata gives it as it is."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
