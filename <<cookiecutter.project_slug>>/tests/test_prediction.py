from __future__ import annotations

from pathlib import Path

import pytest

from << cookiecutter.package_name >> import prediction
from << cookiecutter.package_name >>.errors import UserError


def test_the_newest_model_is_the_one_with_the_highest_version(tmp_path: Path) -> None:
    for version in ("9", "10", "unfinished"):
        (tmp_path / version).mkdir()
    assert prediction.newest_model(tmp_path) == tmp_path / "10"


def test_no_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no pushed model"):
        prediction.newest_model(tmp_path)


def test_another_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not a model that this project has pushed"):
        next(prediction.predict(tmp_path / "rows.csv", tmp_path))
