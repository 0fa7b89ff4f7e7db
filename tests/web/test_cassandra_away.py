"""A real server whose Cassandra is away, comes, and goes: nobody who draws notices."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cassandra import InvalidRequest
from cassandra.cluster import NoHostAvailable
from cassandra.protocol import ServerError
from click.testing import CliRunner

from digitpad.cli import digitpad
from digitpad.records.cassandra.link import CONNECT_TIMEOUT, REQUEST_TIMEOUT
from tests.cassandra.nodes import Nodes
from tests.server import Answer, Server, wait_until
from tests.web.asking import PREDICTIONS, SEVEN
from tests.web.test_metrics import metrics

pytestmark = pytest.mark.cassandra

ARRIVAL = 120  # seconds until all is in Cassandra; an idle machine takes less than thirty


@pytest.fixture
def server(own_node: Nodes, tmp_path: Path) -> Iterator[Server]:
    """A server that starts before its Cassandra."""
    environment = {"DIGITPAD_OUTBOX": str(tmp_path / "outbox.db"), "DIGITPAD_OUTBOX_LIMIT": "100"}
    with Server(tmp_path, store=own_node.url(), environment=environment) as server:
        yield server


def predict(server: Server, visitor: dict[str, str]) -> str:
    answer = server.request("POST", PREDICTIONS, SEVEN, visitor)
    assert answer.status == 201, answer.body
    assert answer.json()["recorded"] is True
    return str(answer.json()["id"])


def ready(server: Server) -> tuple[int, Any]:
    answer = server.request("GET", "/readyz")
    return answer.status, answer.json()["reasons"]


def in_cassandra(node: Nodes) -> list[str]:
    try:
        with node.cluster() as cluster:
            return [str(row.id) for row in cluster.connect("mnist_key").execute("SELECT id FROM record_data")]
    except (NoHostAvailable, InvalidRequest, ServerError):  # its tables are being created
        return []


def quick(server: Server, *request: Any) -> Answer:
    started = time.monotonic()
    answer = server.request(*request)
    assert time.monotonic() - started < CONNECT_TIMEOUT, request  # nobody waits for Cassandra
    return answer


def test_all_that_was_predicted_without_cassandra_arrives_when_it_comes(
    server: Server, own_node: Nodes, visitor: dict[str, str]
) -> None:
    made = [predict(server, visitor) for _ in range(20)]
    listing = quick(server, "GET", PREDICTIONS, None, visitor).json()
    assert [each["id"] for each in listing["predictions"]] == made[::-1]
    assert listing["complete"] is False
    labelled = quick(server, "PUT", f"{PREDICTIONS}/{made[0]}/label", {"label": 1}, visitor)
    assert labelled.json()["label"] == 1
    assert quick(server, "DELETE", f"{PREDICTIONS}/{made[1]}", None, visitor).status == 204
    assert quick(server, "GET", f"{PREDICTIONS}/{made[2]}/image.png", None, visitor).status == 200
    unknown = quick(server, "GET", f"{PREDICTIONS}/1649db08-e6b3-11f1-ae12-9b577e081d21", None, visitor)
    assert (unknown.status, unknown.json()["code"]) == (503, "store-unavailable")
    status, (reason,) = ready(server)
    assert status == 200
    assert reason.startswith("Cassandra at ")
    assert reason.endswith("; 20 records wait in the outbox")
    told = metrics(server)
    assert (told["digitpad_store_up"], told["digitpad_database_up"]) == (1, 0)
    assert told["digitpad_outbox_records"] == 20
    assert told["digitpad_outbox_age_seconds"] > 0

    server.kill()  # with all its workers, in the middle of it
    server.start()
    made.append(predict(server, visitor))
    own_node.start()
    left = {*made} - {made[1]}
    wait_until(lambda: {*in_cassandra(own_node)} == left, server.log.read_text, seconds=ARRIVAL)
    wait_until(lambda: ready(server) == (200, []))
    assert len(in_cassandra(own_node)) == len(left)
    listing = server.request("GET", PREDICTIONS, headers=visitor).json()
    assert {each["id"] for each in listing["predictions"]} == left
    assert listing["complete"] is True
    wait_until(lambda: metrics(server)["digitpad_database_up"] == 1)
    wait_until(lambda: metrics(server)["digitpad_outbox_records"] == 0)
    told = metrics(server)
    assert (told["digitpad_store_up"], told["digitpad_outbox_age_seconds"]) == (1, 0)

    own_node.pause()
    made.append(quick_enough(server, visitor))
    own_node.resume()
    wait_until(lambda: made[-1] in in_cassandra(own_node), server.log.read_text, seconds=ARRIVAL)


def quick_enough(server: Server, visitor: dict[str, str]) -> str:
    started = time.monotonic()
    made = predict(server, visitor)
    assert time.monotonic() - started < REQUEST_TIMEOUT  # nobody waits for Cassandra
    return made


def test_a_full_outbox_is_said_and_nothing_else_stops(server: Server, visitor: dict[str, str]) -> None:
    for _ in range(100):
        predict(server, visitor)
    answer = server.request("POST", PREDICTIONS, SEVEN, visitor)
    assert answer.status == 200
    assert answer.json() == answer.json() | {"digit": 7, "recorded": False, "id": None}
    status, (reason,) = ready(server)
    assert status == 503
    assert "the outbox is full, 100 records wait" in reason
    told = metrics(server)
    assert (told["digitpad_store_up"], told["digitpad_database_up"]) == (0, 0)
    assert told["digitpad_outbox_records"] == 100
    assert len(server.request("GET", PREDICTIONS, headers=visitor).json()["predictions"]) == 50


def test_the_command_line_sees_what_waits(
    server: Server, visitor: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = predict(server, visitor)
    for name, value in {**server.environment, "DIGITPAD_STORE": server.store}.items():
        monkeypatch.setenv(name, value)
    run = CliRunner(catch_exceptions=False).invoke
    listed = run(digitpad, ["records", "list"])
    assert listed.exit_code == 1
    assert made in listed.stdout
    assert "; shown is only what waits on this host" in listed.stderr
    assert made in run(digitpad, ["records", "show", made]).stdout
    doctor = run(digitpad, ["doctor"])
    assert doctor.exit_code == 1
    assert "WRONG  store: Cassandra at " in doctor.stdout
    assert f"ok     outbox: {tmp_path}/outbox.db takes records; 1 wait, the oldest for 0:0" in doctor.stdout
