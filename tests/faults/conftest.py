"""What a run of faults needs: its seed and the means, all of which CI must have."""

from __future__ import annotations

import os
import random

import pytest

from tests.faults.means import missing_for_clock, missing_for_disk


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """The seed given by `--seed`, or a random one, which a failure shows."""
    given: int | None = request.config.getoption("--seed")
    seed = random.randrange(1_000_000) if given is None else given
    print(f"scripts/test {request.node.nodeid} --seed {seed}")
    return seed


@pytest.fixture
def means() -> None:
    """On CI every fault must be possible; elsewhere impossible ones are left out, and named."""
    for lacking in filter(None, (missing_for_clock(), missing_for_disk())):
        if os.environ.get("CI"):
            pytest.fail(lacking)
        print(f"left out: {lacking}")
