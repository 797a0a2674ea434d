"""Two pipelines that start together on an empty database of a server, and share it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from projects import link_environment
from servers import free_ports, running
from testing.baking import generate
from testing.template import LINES

PASSWORD = "pass'word"
READ = """
import sys
from ml_metadata import MetadataStore
from my_pipeline.services.metadata_store import connection_config
from my_pipeline.settings import Settings

store = MetadataStore(connection_config(Settings()))
for run in store.get_contexts_by_type("pipeline_run"):
    executions = store.get_executions_by_context(run.id)
    print(run.name, len(executions), *sorted({each.last_known_state for each in executions}))
"""


def as_user(name: str) -> list[str]:
    """Return the command that runs another as a user, whom only root has to become."""
    return ["runuser", "-u", name, "--"] if os.getuid() == 0 else []


@pytest.fixture
def shared() -> Iterator[Path]:
    """Return a folder that servers can write to, whoever runs them."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


@pytest.fixture
def mysql(shared: Path) -> Iterator[str]:
    """Run MariaDB, and give the URL of a database that is not there yet."""
    if not shutil.which("mariadbd"):
        pytest.skip("needs MariaDB: apt-get install mariadb-server")
    (port,), data = free_ports(1), shared / "data"
    install = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--user=mysql"]
    account = shared / "account.sql"
    quoted = PASSWORD.replace("'", "''")
    account.write_text(
        f"CREATE USER tfx@'127.0.0.1' IDENTIFIED BY '{quoted}';"
        "\nGRANT ALL ON *.* TO tfx@'127.0.0.1';\n"
    )
    subprocess.run(install, check=True, capture_output=True)
    command = ["mariadbd", "--no-defaults", f"--datadir={data}", f"--port={port}"]
    command += ["--bind-address=127.0.0.1", f"--socket={shared}/socket", f"--init-file={account}"]
    with running([*as_user("mysql"), *command], shared, port):
        yield f"mysql://tfx@127.0.0.1:{port}/metadata"


@pytest.fixture
def postgresql(shared: Path) -> Iterator[str]:
    """Run PostgreSQL, and give the URL of a database that is not there yet."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found:
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    (port,), data = free_ports(1), shared / "data"
    password = shared / "password"
    password.write_text(PASSWORD + "\n")
    install = [str(found[-1] / "initdb"), f"--pgdata={data}", "--username=tfx"]
    install += [f"--pwfile={password}", "--auth=scram-sha-256"]
    subprocess.run([*as_user("postgres"), *install], check=True, capture_output=True)
    command = [str(found[-1] / "postgres"), "-D", str(data), "-p", str(port)]
    command += ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={shared}"]
    with running([*as_user("postgres"), *command], shared, port):
        yield f"postgresql://tfx@127.0.0.1:{port}/metadata"


@pytest.mark.parametrize("server", ["mysql", "postgresql"])
def test_two_pipelines_at_once(
    request: pytest.FixtureRequest,
    template: Path,
    folder: Path,
    work: Path,
    line: str,
    server: str,
) -> None:
    url = request.getfixturevalue(server)
    project = generate(template, folder, tfx_version=line, transform="no")
    python = link_environment(project, LINES[line]["pythons"][-1], work) / "bin" / "python"
    environment = {
        **os.environ,
        "PYTHONPATH": "src",
        "MY_PIPELINE_METADATA_URL": url,
        "MY_PIPELINE_METADATA_PASSWORD": PASSWORD,
    }

    def start(*command: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [python, *command], cwd=project, env=environment, stdout=pipe, stderr=pipe, text=True
        )

    runs = [start("-m", "my_pipeline", "run", f"--output={name}") for name in ("one", "two")]
    said = [run.communicate() for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    assert all("blessed and pushed" in out for out, _ in said)
    # Nine nodes each, all COMPLETE or CACHED.
    recorded, _ = start("-c", READ).communicate()
    assert len(recorded.splitlines()) == 2
    for run in recorded.splitlines():
        _, count, *states = run.split()
        assert count == "9"
        assert set(states) <= {"3", "5"}
    for name in ("one", "two"):
        assert len(list((project / name / "serving").iterdir())) == 1
        for log in (project / name / "logs").iterdir():
            assert PASSWORD not in log.read_text(encoding="utf-8", errors="replace")
