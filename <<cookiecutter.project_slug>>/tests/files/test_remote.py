from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import tensorflow as tf

from << cookiecutter.package_name >>.files import remote

# A file system in memory, which only TensorFlow can read, as it does a bucket.
BUCKET = "ram://bucket"


def test_a_path_stays_what_it_is(tmp_path: Path) -> None:
    assert remote.local_copy(str(tmp_path)) == remote.local_copy(tmp_path) == tmp_path


def test_a_file_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    remote.write(f"{BUCKET}/one/file.txt", b"content")
    copy = remote.local_copy(f"{BUCKET}/one/file.txt")
    assert copy.is_relative_to(tmp_path)
    assert (copy.name, copy.read_bytes()) == ("file.txt", b"content")


def test_a_folder_is_copied_with_all_that_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("a.csv", "below/b.csv"):
        remote.write(f"{BUCKET}/two/{name}", name.encode())
    copy = remote.local_copy(f"{BUCKET}/two/")
    assert copy.name == "two"
    found = {each.relative_to(copy).as_posix(): each for each in copy.rglob("*.csv")}
    assert {name: each.read_text() for name, each in found.items()} == {
        "a.csv": "a.csv",
        "below/b.csv": "below/b.csv",
    }


def test_files_are_listed_in_order(tmp_path: Path) -> None:
    for folder in (str(tmp_path), f"{BUCKET}/three"):
        for name in ("b.csv", "a.csv", "c.txt"):
            remote.write(f"{folder}/{name}", b"")
        assert remote.glob(folder, "*.csv") == [f"{folder}/a.csv", f"{folder}/b.csv"]


def test_a_file_is_written_with_its_folders(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "file.txt"
    remote.write(str(file), b"content")
    assert file.read_bytes() == b"content"
    assert not tf.io.gfile.exists(f"{BUCKET}/none")
