"""A small part of the random campaign of upgrades; the rest is run by hand, see campaign.py."""

from __future__ import annotations

import pytest

import campaign

RUNS = 25


@pytest.mark.parametrize("monorepo", [False, True], ids=["one-project", "monorepo"])
def test_nothing_goes_wrong(monorepo: bool):
    failures = {
        seed: result.failures
        for seed in range(RUNS)
        if (result := campaign.run(seed, monorepo)).failures
    }
    assert failures == {}
