"""Upgrades at random: both sides change a project, and nothing of either may be lost.

What must be is derived from what was done here, and never from what git tells. Each run follows
from its seed alone.

Usage: PYTHONPATH=tests:upgrade:matrix python -m campaign --runs N --seed S [--monorepo]
[--projects]
"""
