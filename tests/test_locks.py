"""The locks can be installed where the READMEs say so: PyPI is asked, and nothing installed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from uv import find_uv_bin

from testing.template import LINES, ROOT

TEMPLATES = ROOT / "templates"
FOLDERS = ("requirements", "requirements-dev", "requirements-kubeflow")
LINUX = {"1.21": "x86_64-manylinux_2_39", "1.15": "x86_64-manylinux_2_28"}
MACOS = {"arm64": "aarch64-apple-darwin", "x86_64": "x86_64-apple-darwin"}
# What has wheels for no system. Of these pyfarmhash alone needs a compiler.
SOURCES = {"crcmod", "dill", "docopt", "google-apitools", "hdfs", "pyfarmhash", "rouge-score"}
# What no longer has wheels for macOS on Intel.
INTEL_SOURCES = {"argon2-cffi-bindings", "cryptography"}


def resolve(
    files: list[Path], folder: Path, python: str, platform: str, sources: set[str]
) -> subprocess.CompletedProcess[str]:
    """Look for a wheel of each locked package, or for the sources of those that have none."""
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    names = set(re.findall(r"^([\w.-]+)==", text, re.MULTILINE))
    command = [find_uv_bin(), "pip", "install", "--dry-run", "--no-deps", "--require-hashes"]
    command += ["--target", str(folder), f"--python-version={python}"]
    command += [f"--python-platform={platform}", *(f"--requirements={file}" for file in files)]
    command += [f"--only-binary={name}" for name in sorted(names - sources)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("line", "python", "platform"),
    [
        (line, python, platform)
        for line, described in LINES.items()
        for python in described["pythons"]
        for platform in (LINUX[line], MACOS[described["macos"]])
    ],
)
def test_all_packages_are_there(tmp_path: Path, line: str, python: str, platform: str) -> None:
    sources = SOURCES | (INTEL_SOURCES if platform == MACOS["x86_64"] else set())
    files = [TEMPLATES / name / f"{line}.txt" for name in FOLDERS]
    result = resolve(files, tmp_path, python, platform, sources)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("package", ["ml-metadata", "tensorflow-data-validation", "tfx-bsl"])
def test_tfx_1_15_lacks_packages_for_macos_on_arm64(tmp_path: Path, package: str) -> None:
    lock = (TEMPLATES / "requirements" / "1.15.txt").read_text(encoding="utf-8")
    pinned = re.search(rf"^{package}==(.*\\\n)+.*\n", lock, re.MULTILINE)[0]
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(pinned, encoding="utf-8")
    result = resolve([requirements], tmp_path, "3.10", MACOS["arm64"], {package})
    assert result.returncode != 0
    assert "no wheels with a matching platform tag" in " ".join(result.stderr.split())
