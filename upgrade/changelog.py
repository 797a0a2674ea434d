"""What a newer template's CHANGELOG says."""

from __future__ import annotations

import re


def extract(text: str, since: str) -> str:
    """Take the sections above that of a version, without their empty lines.

    Args:
        text: a changelog whose sections begin with `## VERSION (…, commit COMMIT)`, the newest
            first.
        since: a version, for example 0.3.0, or its commit, as its heading names it.

    Returns:
        All sections if there is none of this version.
    """
    first = re.search(r"^## ", text, re.MULTILINE)
    last = re.search(rf"^## (.*\W)?{re.escape(since)}\b", text, re.MULTILINE)
    sections = text[first.start() if first else len(text) : last.start() if last else None]
    return "\n".join(line for line in sections.splitlines() if line.strip())
