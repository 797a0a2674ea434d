"""The picture in README.md is the pipeline."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from << cookiecutter.package_name >>.pipeline import create_pipeline
from << cookiecutter.package_name >>.settings import (
    ROOT,
    SCHEMA_FILE,
    Settings,
)

Edges = set[tuple[str, str]]

MERMAID = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What is no node and no edge; the labels of those that are.
OTHER = re.compile(r"\s*(%%|(flowchart|subgraph|direction|end|style|classDef|class|linkStyle)\b|$)")
LABEL = re.compile(r"\[.*?\]|\(.*?\)|\|.*?\|")


def drawn(picture: str) -> tuple[set[str], Edges]:
    """Return the nodes and the edges of a flowchart, whose lines are such as `A --> B & C`."""
    nodes: set[str] = set()
    edges: Edges = set()
    for line in picture.splitlines():
        if not OTHER.match(line):
            places = LABEL.sub("", line).split("-->")
            groups = [[name.strip() for name in place.split("&")] for place in places]
            nodes.update(*groups)
            for ones, others in zip(groups, groups[1:]):
                edges.update(itertools.product(ones, others))
    return nodes, edges


def compiled(settings: Settings) -> tuple[set[str], Edges]:
    """Return the components of the pipeline, and which waits for which."""
    components = create_pipeline(settings, SCHEMA_FILE).components
    edges = {(before.id, each.id) for each in components for before in each.upstream_nodes}
    return {each.id for each in components}, edges


def reduced(edges: Edges) -> Edges:
    """Leave out the edges that follow from others."""
    after: dict[str, set[str]] = {}
    for one, other in edges:
        after.setdefault(one, set()).add(other)

    def reached(start: str, seen: set[str]) -> set[str]:
        for each in after.get(start, set()) - seen:
            seen.add(each)
            reached(each, seen)
        return seen

    return {
        (one, other)
        for one, other in edges
        if not any(other in reached(each, set()) for each in after[one] - {other})
    }


def corrections(picture: str, nodes: set[str], edges: Edges) -> Iterator[str]:
    """Yield what to write into a picture, and what to remove from it."""
    drawn_nodes, drawn_edges = drawn(picture)
    wanted, found = reduced(edges), reduced(drawn_edges)
    connected = set(itertools.chain(*wanted))
    lines = {f"{one} --> {other}" for one, other in wanted - found} | (
        nodes - drawn_nodes - connected
    )
    superfluous = {f"{one} --> {other}" for one, other in found - wanted} | (drawn_nodes - nodes)
    yield from (f"add:    {line}" for line in sorted(lines))
    yield from (f"remove: {line}" for line in sorted(superfluous))


def test_the_picture_is_the_pipeline(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    pictures = [picture for picture in MERMAID.findall(text) if "Trainer" in drawn(picture)[0]]
    if not pictures:
        pytest.skip("README.md has no picture of the pipeline")
    wrong = [*corrections(pictures[0], *compiled(Settings(output=tmp_path)))]
    assert not wrong, "\n  ".join(["in the picture of the pipeline in README.md,", *wrong])


def test_what_the_picture_lacks_is_named() -> None:
    picture = """
    flowchart LR
        subgraph first [what comes first]
            Reader["reads"] --> Learner
        end
        Reader & Gone --> Learner -->|at last| Pusher
    """
    nodes = {"Reader", "Gate", "Learner", "Pusher", "Alone"}
    edges = {("Reader", "Gate"), ("Gate", "Learner"), ("Reader", "Learner"), ("Learner", "Pusher")}
    assert [*corrections(picture, nodes, edges)] == [
        "add:    Alone",
        "add:    Gate --> Learner",
        "add:    Reader --> Gate",
        "remove: Gone",
        "remove: Gone --> Learner",
        "remove: Reader --> Learner",
    ]


def test_what_follows_may_be_drawn_or_not() -> None:
    nodes = {"Reader", "Learner", "Pusher"}
    chain = {("Reader", "Learner"), ("Learner", "Pusher")}
    for edges in (chain, chain | {("Reader", "Pusher")}):
        assert not [*corrections("Reader --> Learner --> Pusher\nReader --> Pusher", nodes, edges)]
        assert not [*corrections("Reader --> Learner --> Pusher", nodes, edges)]
