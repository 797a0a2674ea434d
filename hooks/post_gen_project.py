"""Records the answers in the new project, and says how to go on."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import sys
from pathlib import Path

ANSWERS = json.loads(r"""<< cookiecutter | tojson >>""")

LARGEST_COPY = 10_000_000  # bytes

NEXT_STEPS = """
cd {project_slug}
nox -s train    # runs the pipeline on the {example} data
nox -s tests    # runs the unit tests
"""


def record() -> dict[str, str]:
    """Collect the answers, and the template's address unless it is a path of this computer."""
    answers = {
        question: answer for question, answer in ANSWERS.items() if not question.startswith("_")
    }
    template = ANSWERS["_template"]
    if ":" in template and not template.startswith(("/", "file:")):
        answers["_template"] = re.sub(r"(?<=^https://)[^/@]*@", "", template)
    return answers


def bring_data() -> None:
    """Copy the user's CSV file into the project, or name its place if it is large."""
    file = Path(os.environ.get("PWD", ""), Path(ANSWERS["csv_path"]).expanduser()).resolve()
    if file.stat().st_size <= LARGEST_COPY:
        shutil.copyfile(file, Path("data", ANSWERS["example"], f"{file.stem}.csv"))
    else:
        # A text in JSON is one in YAML too.
        Path("schema", "dataset.yaml").write_text(
            f"data: {json.dumps(str(file), ensure_ascii=False)}\n", encoding="utf-8"
        )


def obstacle() -> str | None:
    """Say in a sentence what keeps the project's TFX from this computer; None if nothing does."""
    version = ANSWERS["tfx_version"]
    line = ANSWERS["_lines"][version]
    system, machine = platform.system(), platform.machine()
    if (system, machine) not in (("Linux", "x86_64"), ("Darwin", "arm64")):
        return f"TFX {version} has no packages for {system} on {machine}"
    library, found = platform.libc_ver()
    if library == "glibc" and numbers(found) < numbers(line["glibc"]):
        needed = f"TFX {version} needs glibc {line['glibc']} or newer ({line['systems']})"
        return f"{needed}, and this computer has {found}"
    pythons = line["pythons"]
    running = "{}.{}".format(*sys.version_info)
    on_path = any(shutil.which(name) for name in ["uv", *(f"python{each}" for each in pythons)])
    if running not in pythons and not on_path:
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
    if ANSWERS["csv_path"]:
        bring_data()
    print(NEXT_STEPS.format(**ANSWERS))
    if found := obstacle():
        print(f"{found}: {ways_out()}.", file=sys.stderr)


if __name__ == "__main__":
    main()
