"""Records the answers in the new project, and says how to go on."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

ANSWERS = json.loads(r"""<< cookiecutter | tojson >>""")

LARGEST_COPY = 10_000_000  # bytes
RUNNING = "{}.{}".format(*sys.version_info)

NEXT_STEPS = """
cd {project_slug}
{nox} -s train    # runs the pipeline on the {example} data
{nox} -s tests    # runs the unit tests
"""


def record() -> dict[str, str]:
    """Collect the answers, and all that is known of the template.

    Returns:
        Also `_template`, `_version` and `_commit`, in `_unknown` what is not known, and a digest:
        by it, upgrades see that the file was edited.
    """
    answers = {name: answer for name, answer in ANSWERS.items() if not name.startswith("_")}
    if is_new_data():
        answers["csv_path"] = str(place_of_data())
    known = origin()
    made = {**answers, "_version": ANSWERS["_version"], "_commit": known["_commit"]}
    digest = hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()[:16]
    return {**made, "_digest": digest, **known}


def origin() -> dict[str, str]:
    """Return where the template is, and which commit of it this is."""
    template = ANSWERS["_template"]
    # cruft names the commit, and no folder.
    folder = Path(os.environ.get("PWD", ""), ANSWERS.get("_repo_dir", template)).resolve()
    is_clone = (folder / ".git").exists()
    found = git(folder, "rev-parse", "HEAD") if is_clone else ""
    known = {"_commit": ANSWERS.get("_commit", found)}
    if is_clone:
        template = git(folder, "config", "remote.origin.url") or str(folder)
    if not known["_commit"]:
        known["_unknown"] = "the commit, for the template was in no git repository"
    elif "_commit" not in ANSWERS and git(folder, "status", "--porcelain"):
        known["_unknown"] = "all of the template, for it had uncommitted changes"
    # An address may hold a name and a password.
    return {"_template": re.sub(r"(?<=^https://)[^/@]*@", "", template), **known}


def git(repository: Path, *arguments: str) -> str:
    """Ask git; an empty text if it has no answer, or is not there."""
    if not shutil.which("git"):
        return ""
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def is_new_data() -> bool:
    """Whether the answers name a file that the project does not have yet."""
    path = ANSWERS["csv_path"]
    return bool(path) and path != ANSWERS["_previous"].get("csv_path")


def place_of_data() -> Path:
    """Return where the project reads the user's file: its own copy, or a large file's place."""
    file = csv_file()
    if file.stat().st_size <= LARGEST_COPY:
        suffix = ".parquet" if file.suffix == ".parquet" else ".csv"
        return Path("data", ANSWERS["example"], f"{file.stem}{suffix}")
    return file


def csv_file() -> Path:
    """Find the user's CSV or Parquet file."""
    return Path(os.environ.get("PWD", ""), Path(ANSWERS["csv_path"]).expanduser()).resolve()


def bring_data() -> None:
    """Copy the user's file into the project, or name its place if it is large."""
    place = place_of_data()
    if place.is_absolute():
        # A text in JSON is one in YAML too.
        Path("schema", "dataset.yaml").write_text(
            f"data: {json.dumps(str(place), ensure_ascii=False)}\n", encoding="utf-8"
        )
    else:
        shutil.copyfile(csv_file(), place)


def command() -> str:
    """Return how nox is called: with a Python that TFX supports, if this one is none."""
    pythons = ANSWERS["_lines"][ANSWERS["tfx_version"]]["pythons"]
    return "nox" if RUNNING in pythons else f"nox -P {pythons[-1]}"


def obstacle() -> str | None:
    """Return what keeps the project's TFX from this computer, in a sentence; None if nothing."""
    version = ANSWERS["tfx_version"]
    line = ANSWERS["_lines"][version]
    system, machine = platform.system(), platform.machine()
    if (system, machine) not in (("Linux", "x86_64"), ("Darwin", line["macos"])):
        return f"TFX {version} has no packages for {system} on {machine}"
    library, found = platform.libc_ver()
    if library == "glibc" and numbers(found) < numbers(line["glibc"]):
        needed = f"TFX {version} needs glibc {line['glibc']} or newer ({line['systems']})"
        return f"{needed}, and this computer has {found}"
    pythons = line["pythons"]
    on_path = any(shutil.which(name) for name in ["uv", *(f"python{each}" for each in pythons)])
    if RUNNING not in pythons and not on_path:
        return f"TFX {version} needs Python {' or '.join(pythons)}, and there is none on PATH"
    return None


def numbers(version: str) -> list[int]:
    """Make versions comparable."""
    return [int(number) for number in version.split(".")]


def ways_out() -> str:
    """Name what can be done instead."""
    others = [
        version
        for version, line in ANSWERS["_lines"].items()
        if version < ANSWERS["tfx_version"] and ANSWERS["model_api"] in line["model_apis"]
    ]
    answers = [f"generate it with tfx_version={each}" for each in others]
    return " or ".join(["run it in a container, by its Dockerfile", *answers])


def main() -> None:
    """Write .cookiecutter.json, bring the user's data, and print the next steps."""
    text = json.dumps(record(), ensure_ascii=False, indent=2, sort_keys=True)
    Path(".cookiecutter.json").write_text(text + "\n", encoding="utf-8")
    if is_new_data():
        bring_data()
    if not ANSWERS["_previous"]:
        print(NEXT_STEPS.format(nox=command(), **ANSWERS))
    is_new_line = ANSWERS["tfx_version"] != ANSWERS["_previous"].get("tfx_version")
    if is_new_line and (found := obstacle()):
        print(f"{found}: {ways_out()}.", file=sys.stderr)


if __name__ == "__main__":
    main()
