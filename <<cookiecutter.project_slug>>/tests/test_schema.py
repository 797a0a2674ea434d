from __future__ import annotations

from pathlib import Path

import pytest

from << cookiecutter.package_name >>.features import columns
from << cookiecutter.package_name >>.settings import Settings


@pytest.mark.skipif(not columns.have_types(), reason="`schema infer` has not been called yet")
def test_the_projects_own_files_fit_each_other() -> None:
    names = {feature.name for feature in columns.read_schema().feature}
    assert columns.features()
    assert columns.output_name() in ("probabilities", "predictions")
    assert set(Settings().slices) <= names


def test_a_broken_schema_is_named(tmp_path: Path) -> None:
    file = tmp_path / "schema.pbtxt"
    file.write_text("feature { nam: }")
    with pytest.raises(ValueError, match=r"schema\.pbtxt is not a valid schema: 1:"):
        columns.read_schema(file)
