"""No edit is lost in an upgrade, and no change of the template, whatever both sides do."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from baking import git
from upgrading import Scene

FILES = [f"file_{number}.txt" for number in range(4)]
EDIT = st.tuples(
    st.sampled_from(["insert", "insert", "replace", "replace", "cut", "delete", "move", "add"]),
    st.integers(0, len(FILES) - 1),
    st.integers(0, 9),
)


@dataclass
class Text:
    """A file: its name, the one it had at first, if any, and its lines."""

    name: str
    origin: str | None
    lines: list[str]

    @property
    def content(self) -> str:
        """Join the lines."""
        return "".join(f"{line}\n" for line in self.lines)


def first() -> list[Text]:
    """Make the files that both sides start from."""
    return [
        Text(name, name, [f"{name} line {number} of ten" for number in range(10)]) for name in FILES
    ]


def edited(edits: list[tuple[str, int, int]], who: str) -> list[Text]:
    """Apply edits; every line that is added tells who did it, and is unique."""
    texts = first()
    for count, (kind, number, place) in enumerate(edits):
        line = f"{who} wrote this as edit {count}"
        text = next((each for each in texts if each.origin == FILES[number]), None)
        if kind == "add":
            texts.append(Text(f"{who}_{count}.txt", None, [line, f"{line}, second line"]))
        elif text is None:
            continue
        elif kind == "insert":
            text.lines.insert(place, line)
        elif kind == "replace":
            text.lines[place : place + 1] = [line]
        elif kind == "cut":
            del text.lines[place : place + 1]
        elif kind == "delete":
            texts.remove(text)
        elif kind == "move":
            text.name = f"{who}/{count}_{text.origin}"
    return texts


def difference(texts: list[Text]) -> dict[str, str | None]:
    """Tell which files to write, or to delete, to come from the first files to these."""
    gone = dict.fromkeys({*FILES} - {text.name for text in texts})
    return {**gone, **{text.name: text.content for text in texts}}


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(mine=st.lists(EDIT, max_size=6), theirs=st.lists(EDIT, max_size=6))
def test_nothing_is_lost(mine: list[tuple[str, int, int]], theirs: list[tuple[str, int, int]]):
    with tempfile.TemporaryDirectory() as folder:
        always = {"always.txt": "kept by both\n"}
        scene = Scene(Path(folder), {**{text.name: text.content for text in first()}, **always})
        my_texts, their_texts = edited(mine, "user"), edited(theirs, "template")
        scene.edit(difference(my_texts))
        scene.release(difference(their_texts))
        before = scene.state()

        code = scene.upgrade()

        assert code in (0, 3)
        conflicts = git(scene.repository, "ls-files", "--unmerged")
        assert code == (3 if conflicts else 0)
        result = scene.files()
        everything = "".join(result.values())
        for text in my_texts:
            for line in text.lines:
                if line.startswith("user"):
                    assert line in everything
        untouched = untouched_by(my_texts)
        mine_now = {text.origin for text in my_texts}
        for text in their_texts:
            if text.origin is None or text.origin in untouched:
                assert result[text.name] == text.content
            elif text.origin in mine_now:
                for line in text.lines:
                    if line.startswith("template"):
                        assert line in everything
        for name in untouched - {text.origin for text in their_texts}:
            assert name not in result

        git(scene.repository, "reset", "--merge")
        assert scene.state() == before
        assert scene.files() == {**{text.name: text.content for text in my_texts}, **always}


def untouched_by(texts: list[Text]) -> set[str]:
    """Name the first files that are as they were."""
    kept = {(text.name, text.content) for text in texts}
    return {text.name for text in first() if (text.name, text.content) in kept}
