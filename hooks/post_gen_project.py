"""Records the answers in the new project, and says how to go on."""

from __future__ import annotations

import json
import re
from pathlib import Path

ANSWERS = json.loads(r"""<< cookiecutter | tojson >>""")

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


def main() -> None:
    """Write .cookiecutter.json and print the next steps."""
    text = json.dumps(record(), ensure_ascii=False, indent=2, sort_keys=True)
    Path(".cookiecutter.json").write_text(text + "\n", encoding="utf-8")
    print(NEXT_STEPS.format(**ANSWERS))


if __name__ == "__main__":
    main()
