"""`nox -s demo`, and the Python that a project's sessions run on."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from uv import find_uv_bin

from testing import environments
from testing.baking import bake, template_repository
from testing.template import LINES

find_python = functools.cache(environments.find_python)
STAND_IN = """

@nox.session(venv_backend="none")
def train(session: nox.Session) -> None:
    session.log(f"the pipeline would run on Python {session.python}")
"""
PIPELINE = '''"""In the pipeline's place."""

import sys

print("it runs on", *sys.version_info[:2], sys.base_prefix)
'''
# They share what takes long: installations of nox.
pytestmark = pytest.mark.xdist_group("nox")
# A line, a Python of it that runs nox here, and one that the line does not know.
LINE = "1.15"
SUPPORTED, OTHER = "3.10", "3.12"
NOTHING_TO_FIND = {"UV_PYTHON_PREFERENCE": "only-managed", "UV_PYTHON_DOWNLOADS": "never"}
FAKE_UV = """#!{python}
import json, os, pathlib, sys
output = [each[9:] for each in sys.argv if each.startswith("--output=")]
pathlib.Path("called.json").write_text(json.dumps(sys.argv[1:]))
if output and (report := os.environ["REPORT"]):
    pathlib.Path(output[0]).write_text(report)
    sys.exit(1)
if output:
    sys.exit("the index does not answer")
"""


def test_the_demo_names_a_python_that_tfx_runs_on(tmp_path: Path) -> None:
    template = template_repository(tmp_path)
    noxfile = template / "<<cookiecutter.project_slug>>" / "noxfile.py"
    noxfile.write_text(noxfile.read_text(encoding="utf-8") + STAND_IN, encoding="utf-8")
    command = [sys.executable, "-m", "nox", "-s", "demo"]
    result = subprocess.run(command, cwd=template, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    line = re.search(r"TFX (\S+) is the newest line", result.stderr)[1]
    python = re.search(r"the pipeline would run on Python (\S+)", result.stdout)[1]
    assert python in LINES[line]["pythons"]


@pytest.fixture(scope="module")
def runners(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Install nox and uv with several Pythons, and nox alone with one."""
    runners = {}
    for name, tools in ((SUPPORTED, ["nox", "uv"]), (OTHER, ["nox", "uv"]), ("alone", ["nox"])):
        runners[name] = tmp_path_factory.mktemp("nox") / "environment"
        python = find_python(OTHER if name == "alone" else name)
        subprocess.run([find_uv_bin(), "venv", "-q", "-p", python, runners[name]], check=True)
        install = [find_uv_bin(), "pip", "install", "-q", "-p", runners[name], *tools]
        subprocess.run(install, check=True)
    return runners


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project that needs nothing installed, and whose pipeline tells its Python."""
    project = bake(tmp_path, tfx_version=LINE)
    for file in project.glob("requirements*.txt"):
        file.write_text("", encoding="utf-8")
    (project / "src" / "my_pipeline" / "__init__.py").write_text("", encoding="utf-8")
    (project / "src" / "my_pipeline" / "__main__.py").write_text(PIPELINE, encoding="utf-8")
    return project


def variables(**others: str) -> dict[str, str]:
    """Return an environment in which projects of this line find their Pythons."""
    folders = [str(Path(find_python(each)).parent) for each in LINES[LINE]["pythons"]]
    return {**os.environ, "PATH": os.pathsep.join([os.environ["PATH"], *folders]), **others}


def nox(
    runner: Path, project: Path, *options: str, **others: str
) -> subprocess.CompletedProcess[str]:
    command = [runner / "bin" / "nox", *options]
    environment = variables(**others)
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)


def ran_on(result: subprocess.CompletedProcess[str]) -> str:
    """Return the version of the Python that the pipeline ran on."""
    assert result.returncode == 0, result.stdout + result.stderr
    return ".".join(re.search(r"it runs on (\d+) (\d+)", result.stdout).groups())


def installed(environment: Path) -> str:
    ask = "import sys; print('{}.{}'.format(*sys.version_info))"
    return subprocess.check_output([environment / "bin" / "python", "-c", ask], text=True).strip()


def test_tfx_runs_on_the_python_that_runs_nox(runners: dict[str, Path], project: Path) -> None:
    result = nox(runners[SUPPORTED], project, "-s", "train")
    assert ran_on(result) == SUPPORTED
    ask = [runners[SUPPORTED] / "bin" / "python", "-c", "import sys; print(sys.base_prefix)"]
    assert subprocess.check_output(ask, text=True).strip() in result.stdout


@pytest.mark.parametrize("python", LINES[LINE]["pythons"])
def test_tfx_runs_on_the_python_that_is_asked_for(
    runners: dict[str, Path], project: Path, python: str
) -> None:
    assert ran_on(nox(runners[OTHER], project, "-P", python, "-s", "train")) == python


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ([], "nox on 3.12"),
        (["-P", "3.12"], "-P asks for 3.12"),
        (["-P", "3.1"], "-P asks for 3.1"),
    ],
)
def test_another_python_is_refused(
    runners: dict[str, Path], project: Path, options: list[str], found: str
) -> None:
    for session in ("train", "tests", "lock", "audit"):
        result = nox(runners[OTHER], project, *options, "-s", session)
        assert result.returncode == 1
        assert (
            f"TFX 1.15 runs on Python 3.10 and 3.9, and {found}: "
            f"name one, as in `nox -P 3.10 -s {session}`" in result.stderr
        )
        assert "Traceback" not in result.stderr
        assert not (project / ".venv").exists()


def test_an_environment_keeps_its_python_until_another_is_asked_for(
    runners: dict[str, Path], project: Path
) -> None:
    nox(runners[OTHER], project, "-P", "3.9", "-s", "train")
    (project / ".venv" / "mark").touch()
    for runner in runners.values():
        assert ran_on(nox(runner, project, "-s", "train")) == "3.9"
    assert ran_on(nox(runners[OTHER], project, "-P", "3.9", "-s", "train")) == "3.9"
    assert (project / ".venv" / "mark").exists()
    (project / "requirements.txt").write_text("# Another lock.\n", encoding="utf-8")
    assert ran_on(nox(runners[SUPPORTED], project, "-s", "train")) == "3.9"
    assert not (project / ".venv" / "mark").exists()
    assert ran_on(nox(runners[OTHER], project, "-P", "3.10", "-s", "train")) == "3.10"
    assert installed(project / ".venv") == "3.10"


def test_an_environment_whose_python_is_gone_is_made_anew(
    runners: dict[str, Path], project: Path
) -> None:
    nox(runners[OTHER], project, "-P", "3.9", "-s", "train")
    python = project / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to(project / "gone")
    assert ran_on(nox(runners[SUPPORTED], project, "-s", "train")) == SUPPORTED


def test_a_linked_environment_is_used_and_never_emptied(
    runners: dict[str, Path], project: Path
) -> None:
    nox(runners[OTHER], project, "-P", "3.9", "-s", "train")
    shared = project.with_name("shared")
    (project / ".venv").rename(shared)
    (project / ".venv").symlink_to(shared, target_is_directory=True)
    assert ran_on(nox(runners[OTHER], project, "-s", "train")) == "3.9"
    assert (project / ".venv").is_symlink()
    assert ran_on(nox(runners[OTHER], project, "-P", "3.10", "-s", "train")) == "3.10"
    assert installed(shared) == "3.9"


def test_a_python_that_cannot_be_had_ends_in_one_message(
    runners: dict[str, Path], project: Path, tmp_path: Path
) -> None:
    nox(runners[SUPPORTED], project, "-s", "train")
    nothing = {**NOTHING_TO_FIND, "UV_PYTHON_INSTALL_DIR": str(tmp_path)}
    result = nox(runners[OTHER], project, "-P", "3.9", "-s", "train", **nothing)
    assert result.returncode == 1
    assert "uv could not make .venv with Python 3.9, and says why above" in result.stderr
    assert "it runs on" not in result.stdout
    assert installed(project / ".venv") == SUPPORTED


def test_nox_is_all_that_must_be_there(runners: dict[str, Path], project: Path) -> None:
    assert ran_on(nox(runners["alone"], project, "-P", "3.9", "-s", "train")) == "3.9"
    assert (project / ".nox" / "uv" / "bin" / "uv").is_file()


@pytest.mark.parametrize(
    ("line", "python"),
    [(line, python) for line, described in LINES.items() for python in described["pythons"]],
)
def test_lint_finds_nothing_on_each_python_of_the_jobs(
    runners: dict[str, Path], tmp_path: Path, line: str, python: str
) -> None:
    """The matrix runs the other sessions of the jobs on each Python."""
    project = bake(tmp_path, tfx_version=line)
    result = nox(runners[OTHER], project, "-P", python, "-s", "lint")
    assert result.returncode == 0, result.stdout + result.stderr
    assert installed(project / ".nox" / "lint") == python


OLD_LOCK = """attrs==23.1.0 \\
    --hash=sha256:1f28b4522cdc2fb4256ac1a020c78acf9cba2c6b461ccd2c126f3aa8e8335d04
six==1.15.0 ; sys_platform == 'darwin' or sys_platform == 'linux' \\
    --hash=sha256:8b74bedcbbbaca38ff6d7491d76f2b06b3592611af620f8426e82dddb04a5ced
"""
OLD = {"attrs==23.1.0", "six==1.15.0"}


@pytest.mark.parametrize(
    ("asked", "options", "stay"),
    [
        (["attrs", "six"], [], OLD),
        (["attrs", "six", "toml"], [], OLD),
        (["attrs>23.1", "six"], [], {"six==1.15.0"}),
        (["attrs"], [], {"attrs==23.1.0"}),
        (["attrs", "six"], ["--upgrade"], set()),
    ],
)
def test_a_lock_moves_what_must_move(
    runners: dict[str, Path],
    project: Path,
    asked: list[str],
    options: list[str],
    stay: set[str],
) -> None:
    file = project / "pyproject.toml"
    text = file.read_text(encoding="utf-8")
    text = re.sub(r"^dependencies = \[.*?^\]", f"dependencies = {asked}", text, flags=re.M | re.S)
    text = re.sub(r"^dev = .*", "dev = []", text, flags=re.MULTILINE)
    file.write_text(text, encoding="utf-8")
    locked = project / "requirements.txt"
    locked.write_text(OLD_LOCK, encoding="utf-8")
    result = nox(runners[OTHER], project, "-P", SUPPORTED, "-s", "lock", "--", *options)
    assert result.returncode == 0, result.stderr
    text = locked.read_text(encoding="utf-8")
    found = {*re.findall(r"^(\S+==\S+)(?: ;.*)? \\\n    --hash=sha256:", text, re.MULTILINE)}
    assert found & OLD == stay
    assert {each.split("==")[0] for each in found} == {each.split(">")[0] for each in asked}


def test_a_lock_takes_no_other_option(runners: dict[str, Path], project: Path) -> None:
    result = nox(runners[OTHER], project, "-P", SUPPORTED, "-s", "lock", "--", "--upgrad")
    assert result.returncode == 1
    assert "lock knows --upgrade alone, and not --upgrad" in result.stderr


def test_a_job_runs_on_the_python_of_its_name(runners: dict[str, Path], project: Path) -> None:
    workflow = (project / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    job = yaml.safe_load(workflow)["jobs"]["check"]
    assert "Python ${{ matrix.python }}" in job["name"]
    *_, step = job["steps"]
    assert step["env"] == {
        "PYTHON": "${{ matrix.python }}",
        "SESSION": "${{ matrix.session }}",
    }
    for python in job["strategy"]["matrix"]["python"]:
        environment = variables(PYTHON=python, SESSION="train")
        environment["PATH"] = f"{runners[OTHER] / 'bin'}{os.pathsep}{environment['PATH']}"
        command = ["bash", "-e", "-c", step["run"]]
        result = subprocess.run(
            command, cwd=project, env=environment, capture_output=True, text=True
        )
        assert ran_on(result) == python


def audit(runners: dict[str, Path], project: Path, report: str) -> subprocess.CompletedProcess[str]:
    """Run the session with a report in place of pip-audit's."""
    (project / "requirements-dev.txt").unlink()
    folder = project.with_name("fake")
    folder.mkdir()
    uv = folder / "uv"
    uv.write_text(FAKE_UV.format(python=sys.executable), encoding="utf-8")
    uv.chmod(0o755)
    (folder / "uv.py").write_text(f"find_uv_bin = lambda: {str(uv)!r}\n", encoding="utf-8")
    others = {"PYTHONPATH": str(folder), "REPORT": report}
    return nox(runners[OTHER], project, "-P", "3.9", "-s", "audit", **others)


def test_an_audit_lists_what_is_known(runners: dict[str, Path], project: Path) -> None:
    vulnerabilities = [
        {"id": "CVE-1", "fix_versions": ["1.1", "2"]},
        {"id": "CVE-2", "fix_versions": []},
    ]
    packages = [
        {"name": "bad", "version": "1", "vulns": vulnerabilities},
        {"name": "good", "version": "2", "vulns": []},
    ]
    result = audit(runners, project, json.dumps({"dependencies": packages}))
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        "requirements.txt: bad 1: CVE-1, fixed in 1.1, 2",
        "requirements.txt: bad 1: CVE-2, fixed in no version",
    ]
    called = json.loads((project / "called.json").read_text(encoding="utf-8"))
    assert called[called.index("--python") + 1] == "3.9"


@pytest.mark.parametrize(
    ("report", "told"),
    [
        ("", "requirements.txt: pip-audit has failed: the index does not answer"),
        (
            '{"dependencies": [{"name": "a", "skip_reason": "?"}, {"name": "b", "vulns": []}]}',
            "requirements.txt: nothing could be learned about 1 of 2 packages",
        ),
    ],
)
def test_an_audit_that_has_learned_nothing_fails(
    runners: dict[str, Path], project: Path, report: str, told: str
) -> None:
    result = audit(runners, project, report)
    assert result.returncode == 1
    assert told in result.stderr
    assert result.stdout == ""
