from __future__ import annotations

from pathlib import Path

import pytest

from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.features.columns import Columns
from << cookiecutter.package_name >>.features.schema import (
    has_types,
    read_schema,
)
from << cookiecutter.package_name >>.settings import (
    SCHEMA_FILE,
    Settings,
)


@pytest.mark.skipif(not has_types(SCHEMA_FILE), reason="`schema infer` has not been called yet")
def test_the_projects_own_files_fit_each_other() -> None:
    columns = Columns.read(SCHEMA_FILE)
    names = {feature.name for feature in columns.schema.feature}
    assert columns.features
    assert set(Settings().slices) <= names


def test_a_broken_schema_is_named(tmp_path: Path) -> None:
    file = tmp_path / "schema.pbtxt"
    file.write_text("feature { nam: }")
    with pytest.raises(UserError, match=r"schema\.pbtxt is not a valid schema: 1:"):
        read_schema(file)
