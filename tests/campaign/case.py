"""What both sides have done before an upgrade, and what lies in its way."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from random import Random

from .sides import FIRST, LINK, OPERATIONS, TEMPLATE, USER, Node, Side, Tree, clashes, folders_of

SETTINGS = [
    ("core.autocrlf", "true"),
    ("core.autocrlf", "input"),
    ("merge.conflictStyle", "diff3"),
    ("merge.conflictStyle", "zdiff3"),
    ("diff.renames", "false"),
]
ATTRIBUTES = [
    "* text=auto",
    "* text=auto eol=crlf",
    "*.txt text eol=crlf",
    "*.md -diff",
]


@dataclass
class Case:
    """What a run begins with; paths are in the project.

    Attributes:
        mine: the user's files that are committed.
        theirs: the template's new files.
        listed: the moves that the template lists, by versions.
        loose: the user's files that git does not know; None is an empty folder.
        settings: of the user's git.
        done: what was done, in words.
    """

    mine: Tree
    theirs: Tree
    listed: dict[str, dict[str, str]] = field(default_factory=dict)
    loose: dict[str, Node | None] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    def moved(self) -> dict[str, str]:
        """Map paths of the first version to where the template says that it has moved them."""
        lists = self.listed.values()
        chain = {source: target for each in lists for source, target in each.items()}
        return {name: chain.get(chain[name], chain[name]) for name in FIRST if name in chain}


def make_case(random: Random) -> Case:
    """Change both sides, and put files in the way."""
    often = random.sample(sorted(FIRST), 3)
    user, template = Side(USER, random, often), Side(TEMPLATE, random, often)
    user.change(OPERATIONS[USER], random.randint(0, 6))
    template.change(OPERATIONS[TEMPLATE], random.randint(1, 6))
    case = Case(user.tree, template.tree, listed_moves(random, template.tree))
    ignored = put_in_the_way(random, case) if random.random() < 0.4 else []
    if random.random() < 0.1:
        ignored.append(random.choice(["*.txt", "pkg/", "*.md", "new*"]))
    if random.random() < 0.1:
        case.settings = dict([random.choice(SETTINGS)])
    attributes = random.choices(ATTRIBUTES) if random.random() < 0.1 else []
    if attributes:
        case.mine[".gitattributes"] = Node(None, tuple(attributes))
    if ignored:
        case.mine[".gitignore"] = Node(None, tuple(ignored))
    case.done = [
        *user.done,
        *template.done,
        *(f"listed: {version} {each}" for version, each in case.listed.items()),
        *(f"loose: {name} {node}" for name, node in case.loose.items()),
        *(f"ignored: {name}" for name in ignored),
        *(f"set: {name}={value}" for name, value in case.settings.items()),
        *(f"attributes: {line}" for line in attributes),
    ]
    return case


def listed_moves(random: Random, tree: Tree) -> dict[str, dict[str, str]]:
    """List some of what was moved, some of it by a version between."""
    listed: dict[str, dict[str, str]] = {}
    for name, node in tree.items():
        moved = node.origin and node.origin not in tree and name not in FIRST
        if node.origin and moved and random.random() < 0.6:
            between = f"between/{name}"
            steps = [(node.origin, between), (between, name)]
            if random.random() < 0.8:
                steps = [(node.origin, name)]
            for version, (source, target) in zip(("2.0.0", "1.5.0"), reversed(steps), strict=False):
                listed.setdefault(version, {})[source] = target
    return listed


def put_in_the_way(random: Random, case: Case) -> list[str]:
    """Put files where git does not know them, and return what it shall ignore."""
    ignored = []
    new = [name for name in case.theirs if name not in FIRST]
    wanted = [
        *new,
        *new,
        *case.theirs,
        *sorted(folders_of(case.theirs)),
        "pkg/run.log",
        "docs/run.log",
    ]
    for number in range(random.randint(1, 3)):
        name = random.choice(wanted)
        name = random.choice([name, name, f"{name}/loose.txt"])
        node = random.choice(
            [
                Node(None, (f"# The user keeps {number}.",)),
                Node(None, (f"# The user keeps {number}.",), mode=0o755),
                Node(None, ("../outside",), LINK),
                None,
            ]
        )
        if any(clashes(name, other) for other in [*case.mine, *case.loose]):
            continue
        case.loose[name] = node
        if node and random.random() < 0.5:
            ignored.append(random.choice([f"/{name}", f"{PurePosixPath(name).name}"]))
    return ignored
