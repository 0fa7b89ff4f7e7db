"""The engine, the image, and the original's two containers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.docker.engine import Engine, NoEngine, running_engine
from tests.figures import figures_of
from tests.needs import missing


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """A container engine with python:3.11-slim and cassandra:latest."""
    with ExitStack() as stack:
        try:
            engine = stack.enter_context(running_engine())
        except NoEngine as reason:
            missing(str(reason))
        yield engine


@pytest.fixture(scope="session")
def image(engine: Engine, figures: dict[str, str]) -> str:
    """The image, built as the README says."""
    started = time.monotonic()
    engine.run("docker build -t mnist:latest .", timeout=1200)
    figures["built in"] = f"{time.monotonic() - started:.1f} s"
    figures["size"] = f"{engine.inspect('mnist:latest', '.Size') / 1e6:.0f} MB"
    return "mnist:latest"


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> dict[str, str]:
    """The measurements, printed at the end."""
    return figures_of(pytestconfig, "the image")
