from __future__ import annotations

import glob
from pathlib import Path

import pytest
import tensorflow as tf
from apache_beam.io.filesystems import FileSystems

from << cookiecutter.package_name >>.files import patterns

NAMES = ["d[1].csv", "a*b.csv", "what?.csv", "{SPAN}.csv", "[!a-z].csv", "[", "]x[", "ü #%&'$.csv"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("folder", ["plain", "dir [x] y", "*", "{VERSION}"])
def test_a_name_stands_for_itself_alone(tmp_path: Path, folder: str, name: str) -> None:
    file = tmp_path / folder / "below" / name
    file.parent.mkdir(parents=True)
    for other in (name, "d1.csv", "ab.csv", "what!.csv", "5.csv", "A.csv"):
        file.with_name(other).touch()
    base, pattern = patterns.below(file.parent, patterns.escaped(name))
    assert patterns.is_plain(Path(base))
    assert glob.glob(f"{base}/{pattern}") == [str(file)]
    assert [*Path(base).glob(pattern)] == [file]
    assert tf.io.gfile.glob(f"{base}/{pattern}") == [str(file)]
    (match,) = FileSystems.match([f"{base}/{pattern}"])
    assert [found.path for found in match.metadata_list] == [str(file)]


def test_a_plain_path_stays_as_it_is(tmp_path: Path) -> None:
    assert patterns.below(tmp_path, "*.csv") == (str(tmp_path), "*.csv")
    assert patterns.is_plain(tmp_path)
    assert not patterns.is_plain(tmp_path / "my [p]")
