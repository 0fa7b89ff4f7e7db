"""Cassandra starts late, goes and comes back: the page works on, and all records arrive; how soon is printed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.docker.engine import Engine
from tests.docker.pair import APPLICATION, CASSANDRA, NETWORK, UNDO, Pair, started
from tests.server import wait_until

pytestmark = pytest.mark.docker

VOLUME = "mnist_cassandra_data"
CASSANDRA_ON_VOLUME = CASSANDRA.replace("-d ", f"-v {VOLUME}:/var/lib/cassandra -d ")
ALIAS = "docker network connect --alias mnist_cassandra mnist_test1 mnist_cassandra"


@pytest.fixture(scope="module")
def pair(engine: Engine, image: str) -> Iterator[Pair]:
    """The application alone, as it is for somebody who starts it first."""
    with started(engine, NETWORK, APPLICATION):
        pair = Pair(engine)
        try:
            wait_until(lambda: "nobody answers" not in pair.reasons(), lambda: engine.logs("mn_app"))
            yield pair
        finally:
            engine.succeeds(UNDO[CASSANDRA])
            engine.succeeds("docker rm -f -v keeps_the_address")
            engine.succeeds(f"docker volume rm {VOLUME}")


def process(engine: Engine) -> tuple[int, int]:
    """The application's process id, and how often the engine has restarted it."""
    return engine.inspect("mn_app", ".State.Pid"), engine.inspect("mn_app", ".RestartCount")


def test_alone_it_records_into_its_outbox_and_says_how_to_do_without_cassandra(pair: Pair) -> None:
    pair.draw()
    pair.draw()
    assert "records wait in the outbox" in " ".join(pair.reasons())
    wait_until(lambda: "DIGITPAD_STORE=sqlite:////data/records.db" in pair.engine.logs("mn_app"))


def test_what_was_drawn_first_arrives_when_cassandra_is_started(pair: Pair, figures: dict[str, str]) -> None:
    pair.engine.run(CASSANDRA_ON_VOLUME)
    pair.draw()
    figures["all recorded after Cassandra first answers"] = f"{pair.arrival():.1f} s"


@pytest.mark.parametrize("fault", ["killed", "paused", "replaced", "disconnected"])
def test_nothing_is_lost_while_it_is(fault: str, pair: Pair, figures: dict[str, str]) -> None:
    engine = pair.engine
    before = process(engine)
    {"killed": kill, "paused": pause, "replaced": remove, "disconnected": disconnect}[fault](engine)
    pair.draw()
    wait_until(pair.reasons)  # it has noticed; the first drawing came earlier
    for _ in range(3):
        pair.draw()
    {"killed": start, "paused": unpause, "replaced": replace, "disconnected": connect}[fault](engine)
    figures[f"all recorded after Cassandra was {fault} and answers"] = f"{pair.arrival():.1f} s"
    wait_until(lambda: pair.reasons() == [], pair.reasons)
    assert process(engine) == before


def kill(engine: Engine) -> None:
    engine.run("docker kill mnist_cassandra")


def start(engine: Engine) -> None:
    engine.run("docker start mnist_cassandra")


def pause(engine: Engine) -> None:
    engine.run("docker pause mnist_cassandra")


def unpause(engine: Engine) -> None:
    engine.run("docker unpause mnist_cassandra")


def address(engine: Engine) -> str:
    return str(engine.inspect("mnist_cassandra", ".NetworkSettings.Networks.mnist_test1.IPAddress"))


def remove(engine: Engine) -> None:
    engine.run("docker rm -f mnist_cassandra")


def replace(engine: Engine) -> None:
    # Another container has its address by now: the lowest free one.
    engine.run("docker run -d --name keeps_the_address --net mnist_test1 python:3.11-slim sleep 600")
    engine.run(CASSANDRA_ON_VOLUME)
    taken = engine.inspect("keeps_the_address", ".NetworkSettings.Networks.mnist_test1.IPAddress")
    assert address(engine) > taken


def disconnect(engine: Engine) -> None:
    engine.run("docker network disconnect mnist_test1 mnist_cassandra")


def connect(engine: Engine) -> None:
    engine.run(ALIAS)
