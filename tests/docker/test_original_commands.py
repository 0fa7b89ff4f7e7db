"""The original's commands, word for word: two containers, a prediction, and cqlsh that shows it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from tests.docker.engine import Engine
from tests.docker.ink import SEVEN, seven_as_data_url
from tests.docker.pair import APPLICATION, CASSANDRA, NETWORK, URL, Pair, started
from tests.server import wait_until

pytestmark = pytest.mark.docker

CQLSH = "docker exec -it mnist_cassandra cqlsh"
SELECT = "USE mnist_key; select*from record_data;"


@pytest.fixture(scope="module")
def containers(engine: Engine, image: str, figures: dict[str, str]) -> Iterator[Engine]:
    """The original's network and its two containers, started without waiting for one another."""
    begun = time.monotonic()
    with started(engine, NETWORK, CASSANDRA, APPLICATION):
        wait_until(lambda: Pair(engine).reasons() == [], lambda: engine.logs("mn_app"), seconds=240)
        figures["both containers ready"] = f"{time.monotonic() - begun:.1f} s"
        yield engine


def test_docker_ps_shows_the_published_port(containers: Engine) -> None:
    line = next(line for line in containers.run("docker ps").splitlines() if line.endswith("mn_app"))
    assert "mnist:latest" in line
    assert "8000->5000/tcp" in line


def test_a_prediction_is_found_in_cqlsh_with_its_date_once(containers: Engine) -> None:
    status, body = containers.request("POST", f"{URL}/api/v1/predictions", SEVEN)
    assert status == 201, body
    made = json.loads(body)
    assert made["digit"] == 7
    assert made["recorded"] is True

    def shown() -> list[str]:
        text = containers.run_on_terminal(CQLSH, f"{SELECT}\nexit\n")
        return [line for line in text.splitlines() if made["id"] in line]

    lines = wait_until(shown)  # it may have waited in the outbox for a moment
    assert len(lines) == 1, lines
    assert made["recorded_at"][:19].replace("T", " ") in lines[0]


def test_the_original_page_call_is_recorded_too(containers: Engine) -> None:
    def ids() -> list[str]:
        listed = containers.run("docker exec mn_app digitpad records list --json")
        return [json.loads(line)["id"] for line in listed.splitlines()]

    before = ids()
    assert containers.request("POST", f"{URL}/predict/", seven_as_data_url()) == (200, "7")
    after = ids()
    assert after[1:] == before
    assert after[0] not in before
