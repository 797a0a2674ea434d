"""What a newer template's CHANGELOG says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from template import Version


def difference(old: Version, new: Version) -> str:
    """Return what the versions between two have changed, or on the way back what is dropped."""
    if order(new.number) < order(old.number):
        dropped = extract(old.changelog, since=new.number or new.commit[:7])
        return f"This goes back to {new}, without what came since:\n{dropped}"
    return extract(new.changelog, since=old.number or old.commit[:7])


def order(version: str) -> list[int]:
    """Make versions comparable: 0.10.0 comes after 0.9.0."""
    return [int(part) for part in re.findall(r"\d+", version)]


def commits(text: str) -> list[str]:
    """Name the commits of the releases, the newest first."""
    return re.findall(r"^## .*\bcommit (\w+)\)", text, re.MULTILINE)


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
