"""Pages of other sites are kept out unless a setting lets them in."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from digitpad.web.exchange.overload import SMALL
from tests.server import Answer, Server, wait_until
from tests.web.asking import PREDICTIONS, SEVEN, is_problem

FRIEND = {"Origin": "https://friend.example"}
STRANGER = {"Origin": "https://stranger.example"}
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    environment = {"DIGITPAD_CORS_ORIGINS": "https://friend.example, https://other.example"}
    with Server(tmp_path_factory.mktemp("cors"), environment=environment) as server:
        yield server


def test_nobody_is_allowed_by_default(server: Server) -> None:
    answer = server.request("GET", "/api/v1/model", headers=FRIEND)
    assert "Access-Control-Allow-Origin" not in answer.headers
    preflight = server.request("OPTIONS", PREDICTIONS, headers={**FRIEND, **PREFLIGHT})
    assert "Access-Control-Allow-Origin" not in preflight.headers


def test_a_named_origin_may_read_and_write(open_server: Server) -> None:
    preflight = open_server.request("OPTIONS", PREDICTIONS, headers={**FRIEND, **PREFLIGHT})
    assert preflight.status == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == FRIEND["Origin"]
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    taken = set(preflight.headers["Access-Control-Allow-Headers"].split(", "))
    assert taken >= {"Authorization", "Class-Key", "Content-Type", "Idempotency-Key"}
    answer = open_server.request("POST", PREDICTIONS, SEVEN, FRIEND)
    assert answer.status == 201
    assert answer.headers["Access-Control-Allow-Origin"] == FRIEND["Origin"]
    assert "Location" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in (answer.headers.get_all("Vary") or [])


def test_it_may_read_also_that_there_is_a_crowd(open_server: Server) -> None:
    """Without these headers a page would not even learn the status, let alone when to try again."""
    head = f"POST {PREDICTIONS} HTTP/1.1\r\nHost: a\r\nContent-Length: {SMALL + 1}\r\n\r\n".encode()
    with ExitStack() as slow:

        def refused() -> Answer | None:
            connection = socket.create_connection(("127.0.0.1", open_server.port), timeout=60)
            slow.enter_context(connection).sendall(head)
            answer = open_server.request("POST", PREDICTIONS, b" " * (SMALL + 1), FRIEND)
            return answer if answer.status == 503 else None

        answer = wait_until(refused)
    assert answer.headers.get_all("Access-Control-Allow-Origin") == [FRIEND["Origin"]]
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
    assert answer.headers["Retry-After"]


def test_any_other_stays_out(open_server: Server) -> None:
    answer = open_server.request("GET", "/api/v1/model", headers=STRANGER)
    assert "Access-Control-Allow-Origin" not in answer.headers
    is_problem(open_server.request("POST", PREDICTIONS, SEVEN, STRANGER), 403, "foreign-origin")
