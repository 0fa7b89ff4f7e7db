"""The image alone: who runs in it, what it keeps, how it starts and stops."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from tests.docker.engine import Engine
from tests.docker.ink import SEVEN
from tests.server import wait_until

pytestmark = pytest.mark.docker

NAME = "digitpad_alone"
URL = "http://127.0.0.1:8000"
# As strict as a host can be: nothing is writable but the volume and /tmp.
RUN = (
    f"docker run --name {NAME} -d -p 8000:5000 --read-only --tmpfs /tmp --cap-drop ALL "
    f"--security-opt no-new-privileges -v {NAME}:/data -e DIGITPAD_STORE=sqlite:////data/records.db mnist:latest"
)


@pytest.fixture
def alone(engine: Engine, image: str, figures: dict[str, str]) -> Iterator[Engine]:
    """A container that records into SQLite on a volume."""
    try:
        started = time.monotonic()
        engine.run(RUN)
        wait_until_ready(engine)
        figures["first answer after docker run"] = f"{time.monotonic() - started:.1f} s"
        yield engine
    finally:
        engine.succeeds(f"docker rm -f -v {NAME}")
        engine.succeeds(f"docker volume rm {NAME}")


def wait_until_ready(engine: Engine) -> None:
    wait_until(lambda: engine.request("GET", f"{URL}/readyz")[0] == 200, lambda: engine.logs(NAME))


def test_nobody_in_it_is_root(alone: Engine) -> None:
    assert alone.run(f"docker exec {NAME} id -u") == "10001\n"


def test_it_has_no_compiler_and_no_tensorflow(alone: Engine) -> None:
    assert not alone.succeeds(f"docker exec {NAME} sh -c 'command -v gcc cc make'")
    assert not alone.succeeds(f"docker exec {NAME} python -c 'import tensorflow'")


def test_it_becomes_healthy(alone: Engine) -> None:
    wait_until(lambda: alone.inspect(NAME, ".State.Health.Status") == "healthy", lambda: alone.logs(NAME))


def test_it_predicts_and_keeps_the_record_on_its_volume(alone: Engine) -> None:
    status, body = alone.request("POST", f"{URL}/api/v1/predictions", SEVEN)
    assert status == 201, body
    alone.run(f"docker restart {NAME}")
    wait_until_ready(alone)
    (record,) = alone.run(f"docker exec {NAME} digitpad records list --json").splitlines()
    assert json.loads(record)["id"] == json.loads(body)["id"]


def test_it_stops_cleanly(alone: Engine, figures: dict[str, str]) -> None:
    started = time.monotonic()
    alone.run(f"docker stop {NAME}")
    figures["stopped by docker stop"] = f"{time.monotonic() - started:.1f} s"
    # Docker kills what has not ended after ten seconds; that would be 137.
    assert alone.inspect(NAME, ".State.ExitCode") == 0, alone.logs(NAME)
