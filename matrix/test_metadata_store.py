"""Pipelines that share a database on a server, which wants TLS, refuses, and goes away."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from projects import link_environment
from servers import free_ports, running
from testing.baking import generate
from testing.template import LINES

# Each character that means something to one of the clients, or in SQL.
PASSWORD = "pass'wo\\rd `\\"
AWAY = 10  # seconds
READ = """
import sys
from my_pipeline.services.connection import Connection
from my_pipeline.services.metadata_url import parse
from my_pipeline.settings import Settings

server = parse(Settings().metadata_url)
store = Connection(server.config(), server)
for run in store.get_contexts_by_type("pipeline_run"):
    executions = store.get_executions_by_context(run.id)
    print(run.name, len(executions), *sorted({each.last_known_state for each in executions}))
"""
ASK = """
import json
import os
import sys
from my_pipeline.console.errors import UserError
from my_pipeline.services import metadata_store
from my_pipeline.services.metadata_url import PASSWORD
from my_pipeline.settings import Settings

for url, password, output in json.loads(sys.argv[1]):
    os.environ[PASSWORD] = password
    try:
        metadata_store.prepare(Settings(metadata_url=url, output=output))
    except UserError as error:
        print(error.exit_code, error)
    else:
        print("opened")
"""


@dataclass
class Server:
    """A server of databases.

    Attributes:
        url: of a database that it does not have yet, and that is not reached without TLS where ML
            Metadata knows it.
        walled: of one that is reached by TLS alone, but asked for without it.
        distrusted: the first, but of a server whose certificate is to be signed by somebody else.
        log: where it says who logs in.
        refusal: how it says there that a password is wrong.
        restart: lets it be away.
    """

    url: str
    walled: str
    distrusted: str
    log: Path
    refusal: str
    restart: Callable[[], None]


def as_user(name: str) -> list[str]:
    """Return the command that runs another as a user, whom only root has to become."""
    return ["runuser", "-u", name, "--"] if os.getuid() == 0 else []


def restartable(
    stack: ExitStack, command: list[str], folder: Path, port: int
) -> Callable[[], None]:
    """Run a server until the end of a context; return what lets it be away for a while."""
    turns = stack.enter_context(ExitStack())
    turns.enter_context(running(command, folder, port))

    def restart() -> None:
        turns.close()
        time.sleep(AWAY)
        turns.enter_context(running(command, folder, port))

    return restart


def certify(folder: Path, user: str) -> None:
    """Make a certificate for a server, who alone may read its key, and one of somebody else."""
    for name in ("server", "other"):
        made = ["-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem"]
        new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}"]
        subprocess.run([*new, *made], check=True, capture_output=True)
    if os.getuid() == 0:
        shutil.chown(folder / "server.key", user)


@pytest.fixture
def shared() -> Iterator[Path]:
    """Return a folder that servers can write to, whoever runs them."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


@pytest.fixture
def mysql(shared: Path) -> Iterator[Server]:
    """Run MariaDB, which wants TLS."""
    if not shutil.which("mariadbd"):
        pytest.skip("needs MariaDB: apt-get install mariadb-server")
    (port,), data, log = free_ports(1), shared / "data", shared / "general.log"
    install = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--user=mysql"]
    account = shared / "account.sql"
    quoted = PASSWORD.replace("\\", "\\\\").replace("'", "''")
    account.write_text(
        f"CREATE USER IF NOT EXISTS tfx@'127.0.0.1' IDENTIFIED BY '{quoted}';"
        "\nGRANT ALL ON *.* TO tfx@'127.0.0.1';\n"
    )
    subprocess.run(install, check=True, capture_output=True)
    certify(shared, "mysql")
    command = ["mariadbd", "--no-defaults", f"--datadir={data}", f"--port={port}"]
    command += ["--bind-address=127.0.0.1", f"--socket={shared}/socket", f"--init-file={account}"]
    command += ["--require-secure-transport=ON", "--general-log=1", f"--general-log-file={log}"]
    command += [f"--ssl-cert={shared}/server.pem", f"--ssl-key={shared}/server.key"]
    url = f"mysql://tfx@127.0.0.1:{port}/meta-data"
    with ExitStack() as stack:
        restart = restartable(stack, [*as_user("mysql"), *command], shared, port)
        tls, other = (f"{url}?ssl_ca={shared}/{name}.pem" for name in ("server", "other"))
        yield Server(tls, url, other, log, "Access denied for user 'tfx'", restart)


@pytest.fixture
def postgresql(shared: Path) -> Iterator[Server]:
    """Run PostgreSQL, which wants TLS for a database."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found:
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    (port,), data = free_ports(1), shared / "data"
    password = shared / "password"
    password.write_text(PASSWORD + "\n")
    install = [str(found[-1] / "initdb"), f"--pgdata={data}", "--username=tfx"]
    install += [f"--pwfile={password}", "--auth=scram-sha-256"]
    subprocess.run([*as_user("postgres"), *install], check=True, capture_output=True)
    certify(shared, "postgres")
    accounts = data / "pg_hba.conf"
    accounts.write_text(f"hostnossl walled all all reject\n{accounts.read_text()}")
    command = [str(found[-1] / "postgres"), "-D", str(data), "-p", str(port), "-c", "ssl=on"]
    command += ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={shared}"]
    command += ["-c", f"ssl_cert_file={shared}/server.pem"]
    command += ["-c", f"ssl_key_file={shared}/server.key"]
    url = f"postgresql://tfx@127.0.0.1:{port}"
    with ExitStack() as stack:
        restart = restartable(stack, [*as_user("postgres"), *command], shared, port)
        tls = f"{url}/walled?sslmode=verify-full&sslrootcert={shared}/other.pem"
        log = shared / f"{port}.log"
        wrong = "password authentication failed"
        yield Server(f"{url}/metadata", f"{url}/walled", tls, log, wrong, restart)


@pytest.mark.parametrize("kind", ["mysql", "postgresql"])
def test_two_pipelines_at_once(
    request: pytest.FixtureRequest,
    template: Path,
    folder: Path,
    work: Path,
    line: str,
    kind: str,
) -> None:
    server: Server = request.getfixturevalue(kind)
    place = server.url.partition("?")[0]
    project = generate(template, folder, tfx_version=line, transform="no")
    python = link_environment(project, LINES[line]["pythons"][-1], work) / "bin" / "python"
    environment = {
        **os.environ,
        "PYTHONPATH": "src",
        "MY_PIPELINE_METADATA_URL": server.url,
        "MY_PIPELINE_METADATA_PASSWORD": PASSWORD,
    }

    def start(*command: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [python, *command], cwd=project, env=environment, stdout=pipe, stderr=pipe, text=True
        )

    runs = [start("-m", "my_pipeline", "run", f"--output={name}") for name in ("one", "two")]
    while not [*project.glob("one/artifacts/Trainer/model/*")] and runs[0].poll() is None:
        time.sleep(0.1)
    server.restart()
    said = [run.communicate() for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    assert all("blessed and pushed" in out for out, _ in said)
    assert any(f"created the database {place}\n" in out for out, _ in said)
    # Ten nodes each, all COMPLETE or CACHED.
    recorded, _ = start("-c", READ).communicate()
    assert len(recorded.splitlines()) == 2
    for run in recorded.splitlines():
        _, count, *states = run.split()
        assert count == "10"
        assert set(states) <= {"3", "5"}
    for name in ("one", "two"):
        assert len(list((project / name / "serving").iterdir())) == 1
        for log in (project / name / "logs").iterdir():
            assert PASSWORD not in log.read_text(encoding="utf-8", errors="replace")

    known = server.log.read_text().count(server.refusal)
    asked = [
        (server.url, "wrong", "one"),
        (server.walled, PASSWORD, "one"),
        (server.distrusted, PASSWORD, "one"),
        (server.url.replace(place, f"{place}2"), PASSWORD, "one"),
        ("", "", "one"),
    ]
    answers, errors = start("-c", ASK, json.dumps(asked)).communicate()
    wrong, walled, distrusted, missing, local = answers.splitlines()
    assert wrong.startswith(f"2 the metadata store {place} cannot be opened: "), errors
    assert server.refusal in wrong or kind == "mysql"
    # Without TLS, MariaDB refuses the right password in the same words.
    tries = 1 if kind == "postgresql" else 2
    assert server.log.read_text().count(server.refusal) == known + tries
    assert "cannot be opened" in walled
    assert ("without TLS" if kind == "mysql" else "no encryption") in walled
    expected = "certificate verify failed" if kind == "mysql" else "has no TLS"
    assert expected in distrusted
    assert missing.startswith(f"2 the metadata store {place}2 is not there, but ")
    assert "metadata.sqlite is not there, but there are results of it: bring " in local
    assert not (project / "one" / "metadata.sqlite").exists()
