from __future__ import annotations

import gc

from << cookiecutter.package_name >>.console import fast_imports


def test_what_the_block_creates_is_not_looked_at_again() -> None:
    before = gc.get_freeze_count()
    with fast_imports.frozen_gc():
        created = [[] for _ in range(1000)]
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(created)
