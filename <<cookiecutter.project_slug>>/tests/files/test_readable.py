from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.files import (
    tables,
    tfrecord_files,
)
from << cookiecutter.package_name >>.files.readable import (
    is_folder,
    listed,
    require_file,
)


def test_why_a_file_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file, pipe = tmp_path / "rows.csv", tmp_path / "pipe"
    with pytest.raises(UserError, match=r"rows\.csv does not exist"):
        require_file(file)
    file.touch()
    require_file(file)
    with pytest.raises(UserError, match=r"rows\.csv/a\.csv cannot be read: Not a directory"):
        require_file(file / "a.csv")
    with pytest.raises(UserError, match="is a folder"):
        require_file(tmp_path)
    os.mkfifo(pipe)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    with pytest.raises(UserError, match="can be read only once"):
        require_file(pipe)

    def forbidden(*arguments: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    with pytest.raises(UserError, match="cannot be read: Permission denied"):
        require_file(file)


def test_a_folder_that_may_not_be_read_is_no_empty_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("b.csv", "a.csv", "c.tfrecord.gz", ".csv"):
        (tmp_path / name).touch()
    found = ["b.csv", "a.csv", ".csv"]
    assert listed(tmp_path, [".csv"]) == sorted(tmp_path / name for name in found)
    assert len(listed(tmp_path)) == 4
    assert is_folder(tmp_path)
    for other in ("a.csv", "a.csv/a.csv", "gone"):
        assert not is_folder(tmp_path / other)

    # Root may read all.
    def forbidden(*arguments: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    told = f"{tmp_path} cannot be read: Permission denied"
    monkeypatch.setattr(os, "listdir", forbidden)
    for look in (listed, tables.files, tfrecord_files.found):
        with pytest.raises(UserError, match=told):
            look(tmp_path)
    monkeypatch.setattr(Path, "stat", forbidden)
    for look in (is_folder, tables.files, tfrecord_files.found):
        with pytest.raises(UserError, match=told):
            look(tmp_path)
