from __future__ import annotations

import gc

from << cookiecutter.package_name >> import garbage


def test_what_the_block_creates_is_not_looked_at_again() -> None:
    before = gc.get_freeze_count()
    with garbage.kept():
        created = [[] for _ in range(1000)]
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(created)
