"""The original's commands, word for word: two containers, a prediction, and cqlsh that shows it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.docker.engine import Engine
from tests.docker.ink import SEVEN, seven_as_data_url
from tests.server import wait_until

pytestmark = pytest.mark.docker

URL = "http://127.0.0.1:8000"
CQLSH = "docker exec -it mnist_cassandra cqlsh"
SELECT = "USE mnist_key; select*from record_data;"


@pytest.fixture(scope="module")
def containers(engine: Engine, image: str, figures: dict[str, str]) -> Iterator[Engine]:
    """The original's network and its two containers, started without waiting for one another."""
    started = time.monotonic()
    with ExitStack() as cleanup:
        for command, undo in (
            ("docker network create mnist_test1", "docker network rm mnist_test1"),
            (
                "docker run --name mnist_cassandra --net=mnist_test1 --net-alias=mnist_cassandra "
                "-p 9042:9042 -d cassandra:latest",
                "docker rm -f -v mnist_cassandra",
            ),
            (
                "docker run --name mn_app --net=mnist_test1 --net-alias=mn_app -d -p 8000:5000 mnist:latest",
                "docker rm -f -v mn_app",
            ),
        ):
            engine.run(command, timeout=1200)
            cleanup.callback(engine.succeeds, undo)
        wait_until(lambda: nothing_amiss(engine), lambda: engine.logs("mn_app"), seconds=240)
        figures["both containers ready"] = f"{time.monotonic() - started:.1f} s"
        yield engine


def nothing_amiss(engine: Engine) -> bool:
    """Whether it is ready and Cassandra there, too."""
    status, body = engine.request("GET", f"{URL}/readyz")
    return status == 200 and json.loads(body)["reasons"] == []


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
