"""READMEs and pages name what is there: files, anchors, nox sessions, commands, settings."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from testing.baking import Bake
from testing.template import QUESTIONS, ROOT

LONGEST_README = 130
PACKAGE = "my_pipeline"
# What a run, an upgrade, nox or the user makes, by how its path begins.
MADE = (
    ".nox/",
    ".git/",
    "assets.extra/",
    "data/mnist/",
    "demo/",
    "metadata.json",
    "model.tflite",
    "output/",
    "schema/dataset.yaml",
    "serving/",
    "~/",
)
FILE = re.compile(r"[\w.*-]+(/[\w.*-]+)*(/|\.(ipynb|json|md|pbtxt|py|svg|toml|txt|ya?ml))")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OWN_PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def pages(project: Path) -> list[Path]:
    return [project / "README.md", *sorted((project / "docs").iterdir())]


def prose(text: str) -> str:
    return BLOCK.sub("", text)


def commands(text: str) -> Iterator[str]:
    """Yield what a page lets its readers type: inline, and in blocks."""
    yield from re.findall(r"`([^`\n]+)`", prose(text))
    for language, block in BLOCK.findall(text):
        if language == "shell":
            yield from block.replace("\\\n", " ").splitlines()


def links(text: str) -> list[tuple[str, str]]:
    """List the paths and anchors of the links to what is not on the web."""
    targets = re.findall(r"\]\(([^)\s]+)\)", prose(text))
    return [each.partition("#")[::2] for each in targets if "://" not in each]


@functools.cache
def anchors(page: Path) -> set[str]:
    """Name the headings as GitHub does."""
    headings = re.findall(r"^#+ (.+)$", prose(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}


def assert_links_lead_somewhere(page: Path) -> None:
    for path, anchor in links(page.read_text(encoding="utf-8")):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page} links to {path}"
        assert not anchor or anchor in anchors(target), f"{page} links to {path}#{anchor}"


def sessions(noxfile: Path) -> set[str]:
    """List the names of a noxfile's sessions; that of projects need not be rendered."""
    names = re.findall(r"^def (\w+)\(session:", noxfile.read_text(encoding="utf-8"), re.MULTILINE)
    return {name.replace("_", "-") for name in names}


def assert_sessions_exist(page: Path, known: set[str]) -> None:
    for command in commands(page.read_text(encoding="utf-8")):
        if called := re.match(r'(?:.* )?nox (?:-P \S+ )?-s ((?:[\w-]+(?:\("[^)]*)? ?)+)', command):
            for name in called[1].partition("(")[0].partition(" -- ")[0].split():
                assert name in known, f"{page}: {command}"


def test_the_readme_is_short(bakes: list[Bake]):
    for answers, project in bakes:
        lines = (project / "README.md").read_text(encoding="utf-8").splitlines()
        assert len(lines) <= LONGEST_README, answers


def test_links_lead_somewhere(bakes: list[Bake]):
    for _, project in bakes:
        for page in [*pages(project), *project.glob("data/*/README.md")]:
            assert_links_lead_somewhere(page)


def test_the_readme_links_to_each_page(bakes: list[Bake]):
    for _, project in bakes:
        readme, *others = pages(project)
        linked = {path for path, _ in links(readme.read_text(encoding="utf-8"))}
        assert linked >= {f"docs/{page.name}" for page in others}


def test_files_that_pages_name_are_there(bakes: list[Bake]):
    """A path is one in the project, in its package, or beside the page."""
    for answers, project in bakes:
        for page in pages(project):
            text = page.read_text(encoding="utf-8")
            for name in re.findall(r"`([^`\s]+)`", prose(text)):
                if FILE.fullmatch(name) and not name.startswith(MADE):
                    folders = (project, project / "src" / PACKAGE)
                    found = any(list(folder.glob(name.rstrip("/"))) for folder in folders)
                    assert found, f"{page.name} of {answers} names {name}"


def test_the_layout_is_that_of_the_project(bakes: list[Bake]):
    for _, project in bakes:
        text = (project / "README.md").read_text(encoding="utf-8").partition("\n## Layout\n")[2]
        _, layout = BLOCK.findall(text)[0]
        named = set()
        for line in layout.splitlines():
            folder = project / "src" / PACKAGE if line.startswith("  ") else project
            for name in line[:22].split():
                assert (folder / name).exists(), line
                named.add(folder / name)
        package = project / "src" / PACKAGE
        shown = {each for each in package.iterdir() if not each.name.startswith(("_", "keras_"))}
        assert named >= shown


def test_sessions_that_pages_name_are_there(bakes: list[Bake]):
    for _, project in bakes:
        for page in pages(project):
            assert_sessions_exist(page, sessions(project / "noxfile.py"))


def test_commands_that_pages_name_are_there(bakes: list[Bake]):
    for _, project in bakes:
        sources = "".join(file.read_text("utf-8") for file in project.glob("src/**/*.py"))
        known = set(re.findall(r'add_parser\(\s*"([\w-]+)"', sources))
        for page in pages(project):
            for command in commands(page.read_text(encoding="utf-8")):
                for called in re.findall(rf"python -m {PACKAGE} ([\w-]+)", command):
                    assert called in known, f"{page}: {command}"


def test_settings_that_pages_name_are_there(bakes: list[Bake]):
    for _, project in bakes:
        sources = (project / "src" / PACKAGE / "settings.py").read_text(encoding="utf-8")
        known = {name.upper() for name in re.findall(r"^    (\w+): ", sources, re.MULTILINE)}
        for page in pages(project):
            text = page.read_text(encoding="utf-8")
            for name in re.findall(rf"\b{PACKAGE.upper()}_([A-Z_]+)", text):
                assert name in {*known, "METADATA_PASSWORD", "PYTHON"}, f"{page}: {name}"


@pytest.mark.parametrize("page", OWN_PAGES, ids=lambda page: page.name)
def test_the_template_s_own_pages(page: Path):
    assert_links_lead_somewhere(page)
    known = sessions(ROOT / "noxfile.py")
    assert_sessions_exist(page, known | sessions(ROOT / "<<cookiecutter.project_slug>>/noxfile.py"))


def test_the_readme_lists_the_questions_in_the_order_in_which_they_are_asked():
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n| Question |")[2]
    rows = table.partition("\n\n")[0].splitlines()[2:]
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert named == [question for question in QUESTIONS if not question.startswith("_")]


def rows(text: str) -> dict[str, list[str]]:
    """Map the first cell of each row of tables to the others."""
    cells = [row.split(" | ") for row in re.findall(r"^\| ([^|].*) \|$", text, re.MULTILINE)]
    return {first: others for first, *others in cells}


def test_the_readme_counts_what_the_comparison_of_upgrades_has_found():
    page = (ROOT / "docs" / "upgrading.md").read_text(encoding="utf-8")
    compared = rows(page.partition("## cruft and copier")[2]).values()
    assert len(compared) == 14
    told = rows((ROOT / "README.md").read_text(encoding="utf-8"))
    for word, row in {
        "lost": "the user's work is lost",
        "dropped": "a change of the template's is left out, and nobody is told",
    }.items():
        assert told[row] == [str(tool.count(word)) for tool in zip(*compared, strict=True)]
