"""A small part of the random campaign of upgrades; the rest is run by hand, see campaign/."""

from __future__ import annotations

import pytest

from campaign import synthetic

RUNS = 25


@pytest.mark.parametrize("monorepo", [False, True], ids=["one-project", "monorepo"])
def test_nothing_goes_wrong(monorepo: bool):
    failures = {
        seed: result.failures
        for seed in range(RUNS)
        if (result := synthetic.run(seed, monorepo)).failures
    }
    assert failures == {}
