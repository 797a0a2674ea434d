"""Refuses answers from which no working project can be made."""

from __future__ import annotations

import codecs
import csv
import itertools
import json
import keyword
import os
import pkgutil
import re
import struct
import sys
import sysconfig
import unicodedata
from collections.abc import Iterator
from pathlib import Path

ANSWERS = json.loads(r"""<< cookiecutter | tojson >>""")

# What the generated project installs, and what it runs by name.
INSTALLED = """
    absl apache_beam attr dill docker google grpc h5py jinja2 keras kfp kubernetes matplotlib
    ml_metadata mypy nox numpy packaging pandas pip pkg_resources portpicker protobuf psutil
    pyarrow pydantic pydantic_core pydantic_settings pytest python requests ruff scipy setuptools
    six sklearn tensorboard tensorflow tensorflow_data_validation tensorflow_estimator
    tensorflow_hub tensorflow_io tensorflow_metadata tensorflow_model_analysis
    tensorflow_serving tensorflow_transform tf_keras tfx tfx_bsl typing_extensions wheel yaml
"""

# What a Parquet file begins and ends with; before its end are the names of its columns.
PARQUET = b"PAR1"
FOOTER = struct.Struct("<I4s")
# A title and comments may come before the header of a CSV file.
ROWS_LOOKED_AT = 20
# Standard modules of Python 3.9 that later versions have dropped.
DROPPED_MODULES = """
    aifc asynchat asyncore audioop binhex cgi cgitb chunk crypt distutils formatter imghdr imp
    lib2to3 mailcap msilib nis nntplib ossaudiodev parser pipes smtpd sndhdr spwd sunau symbol
    telnetlib uu xdrlib
"""

FOLDERS = ["data", "output", "schema", "src", "test", "tests"]

KEYWORDS = [*keyword.kwlist, "case", "match", "type"]

TEMPLATE_MARKS = [
    "{{",
    "}}",
    "{%",
    "%}",
    *(mark for mark in ANSWERS["_jinja2_env_vars"].values() if isinstance(mark, str)),
]


def standard_modules() -> set[str]:
    """Name the top-level modules of the standard library."""
    folder = sysconfig.get_path("stdlib")
    found = {module.name for module in pkgutil.iter_modules([folder, f"{folder}/lib-dynload"])}
    return found.union(sys.builtin_module_names, DROPPED_MODULES.split())


def text_refusals() -> Iterator[str]:
    """Return which answers hold what no file of the project could hold."""
    for question, answer in ANSWERS.items():
        if question.startswith("_"):
            continue
        if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in answer):
            yield f"{question} {answer!r} holds a control character; write it in one line of text."
        for mark in TEMPLATE_MARKS:
            if mark in answer:
                yield f"{question} {answer!r} holds the template mark {mark}; write it without."
    for question in ("project_name", "description", "author_name"):
        if not ANSWERS[question].strip():
            yield f"{question} is empty; write at least one word."


def name_refusals() -> Iterator[str]:
    """Return why a name cannot be the project's, the package's or an author's address."""
    slug, package = ANSWERS["project_slug"], ANSWERS["package_name"]
    if len(slug) > 60 or not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", slug):
        yield (
            f"project_slug {slug!r} cannot name a folder and a command; write up to 60 lower-case "
            "letters, digits and single hyphens, from a letter on, such as my-pipeline."
        )
    elif slug.replace("-", "_") in INSTALLED.split():
        yield f"project_slug {slug!r} is a package that the project installs; write another name."
    if len(package) > 60 or not re.fullmatch(r"[a-z][a-z0-9_]*", package):
        yield (
            f"package_name {package!r} cannot name a Python package; write up to 60 lower-case "
            "letters, digits and underscores, from a letter on, such as my_pipeline."
        )
    elif package in KEYWORDS:
        yield f"package_name {package!r} is a keyword of Python; write another name."
    elif package in FOLDERS:
        yield f"package_name {package!r} is a folder of the project; write another name."
    elif package in INSTALLED.split():
        yield f"package_name {package!r} is a package that the project installs; write another."
    elif package in standard_modules():
        yield f"package_name {package!r} is a module of the standard library; write another name."
    local, domain = r"[\w+'-]+(\.[\w+'-]+)*", r"[\w-]+(\.[\w-]+)+"
    if not re.fullmatch(f"{local}@{domain}", ANSWERS["author_email"], re.ASCII):
        yield (
            f"author_email {ANSWERS['author_email']!r} is not an address that Python packages can "
            "state; write one such as you@example.com."
        )


def line_refusals() -> Iterator[str]:
    """Return why there is no such TFX line, or why it has no such model API."""
    lines, version, model_api = (ANSWERS[key] for key in ("_lines", "tfx_version", "model_api"))
    suitable = ", ".join(key for key, line in lines.items() if model_api in line["model_apis"])
    if version not in lines:
        yield f"tfx_version {version!r} is not available; write one of: {', '.join(lines)}."
    elif model_api not in lines[version]["model_apis"]:
        yield (
            f"model_api {model_api!r} does not exist in TFX {version}; write a tfx_version of: "
            f"{suitable}."
        )


def extra_refusals() -> Iterator[str]:
    """Return which answers are neither yes nor no, or not what the example needs."""
    for question in ("images", "tflite"):
        if ANSWERS[question] not in ("yes", "no"):
            yield f"{question} is {ANSWERS[question]!r}; write yes or no."
    example = ANSWERS["example"]
    if ANSWERS["_examples"][example]["images"] and ANSWERS["images"] == "no":
        yield f"the example {example} consists of images; write images=yes."


def beginnings(file: Path) -> list[list[list[str]]]:
    """Read the first rows of a CSV file with each delimiter; the project finds out which is right.

    One of them is the header: before it there may be a title or comments.
    """
    with file.open("rb") as stream:
        beginning = stream.read(4)
    encodings = ["utf-8-sig", "cp1252", "latin-1"]
    if beginning.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        encodings = ["utf-32"]
    elif beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    csv.field_size_limit(sys.maxsize)
    for encoding in encodings:
        try:
            return [first_rows(file, encoding, delimiter) for delimiter in ",;\t|"]
        except (UnicodeDecodeError, csv.Error):
            continue
    return []


def first_rows(file: Path, encoding: str, delimiter: str) -> list[list[str]]:
    """Read the rows at the beginning of a file, without spaces around the cells."""
    with file.open(newline="", encoding=encoding) as lines:
        reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
        return [[cell.strip() for cell in row] for row in itertools.islice(reader, ROWS_LOOKED_AT)]


def parquet_footer(file: Path) -> bytes:
    """Read what describes the columns of a Parquet file; empty if it is no whole one."""
    with file.open("rb") as stream:
        beginning = stream.read(len(PARQUET))
        size = stream.seek(0, os.SEEK_END)
        if beginning != PARQUET or size < FOOTER.size:
            return b""
        stream.seek(size - FOOTER.size)
        length, end = FOOTER.unpack(stream.read())
        if end != PARQUET or len(PARQUET) + length + FOOTER.size > size:
            return b""
        stream.seek(size - FOOTER.size - length)
        return stream.read(length)


def parquet_refusals(path: str, footer: bytes, names: list[str]) -> Iterator[str]:
    """Return what is wrong with the user's own Parquet file, as far as is known without pyarrow.

    Args:
        path: as it was answered.
        footer: of the file.
        names: of the label and of the columns to ignore.
    """
    if not footer:
        yield f"csv_path {path!r} is not a whole Parquet file, or it is encrypted."
        return
    if not names[0]:
        yield f"label_column is empty; write which column of {path} to predict."
    for name in filter(None, names):
        if name.encode() not in footer:
            yield f"{path} has no column {name!r}."


def csv_refusals() -> Iterator[str]:
    """Return what is wrong with the user's own file, as far as its header tells."""
    path, label, ignored = (ANSWERS[key] for key in ("csv_path", "label_column", "ignored_columns"))
    if ANSWERS["example"] != "csv":
        if path or label or ignored:
            yield "csv_path, label_column and ignored_columns are only for the example csv."
        return
    asked = ("csv_path", "label_column", "ignored_columns")
    if all(ANSWERS[key] == ANSWERS["_previous"].get(key) for key in asked):
        return
    if not path:
        yield "csv_path is empty; write the path of the CSV or Parquet file to learn from."
        return
    # A hook runs in the new project.
    file = Path(os.environ.get("PWD", ""), Path(path).expanduser())
    if not file.is_file():
        yield f"csv_path {path!r} is not a file; write the path of a CSV or Parquet file."
        return
    names = [label, *map(str.strip, ignored.split(","))]
    footer = parquet_footer(file)
    if footer or file.name.endswith(".parquet"):
        yield from parquet_refusals(path, footer, names)
        return
    rows = [row for beginning in beginnings(file) for row in beginning]
    shown = ", ".join(max(rows, key=len, default=[]))
    if not label:
        yield f"label_column is empty; write which column to predict, of: {shown}"
    for name in filter(None, names):
        if not any(name in row for row in rows):
            yield f"{path} has no column {name!r}; its columns are: {shown}"


def folder_refusals() -> Iterator[str]:
    """Return why this folder, which is to become the project, cannot."""
    names = {path.name for path in Path().iterdir()} - {".git"}
    folder = Path.cwd().name
    if ".cookiecutter.json" in names:
        yield (
            f"{folder} is a project already, and writing over it would lose its edits; this keeps "
            f"them: cd {folder} && nox -s upgrade"
        )
    elif names:
        yield f"{folder} holds files, which could be overwritten; write another project_slug."


def main() -> int:
    """Print every refusal.

    Returns:
        1 if there are any, else 0.
    """
    found = (
        text_refusals(),
        name_refusals(),
        line_refusals(),
        extra_refusals(),
        csv_refusals(),
        folder_refusals(),
    )
    refusals = [refusal for each in found for refusal in each]
    for refusal in refusals:
        print(refusal, file=sys.stderr)
    return 1 if refusals else 0


if __name__ == "__main__":
    sys.exit(main())
