"""Slow senders, slow readers and crowds keep nobody else waiting."""

from __future__ import annotations

import http.client
import io
import json
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
import pytest
from PIL import Image

from digitpad.settings import READING, WAITING
from digitpad.web.exchange.overload import LARGE, SMALL, STREAMS
from tests.server import Answer, Server, wait_until
from tests.web.asking import PREDICTIONS, SEVEN, is_problem, new_visitor

ONE_WORKER = ("--workers", "1", "--rate-limit", "0")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with one worker."""
    with Server(tmp_path_factory.mktemp("small"), options=ONE_WORKER) as server:
        yield server


@contextmanager
def connected(server: Server, sent: bytes) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(sent)
        yield connection


def upload(length: int, beginning: bytes = b"{") -> bytes:
    head = f"POST {PREDICTIONS} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {length}"
    return head.encode() + b"\r\n\r\n" + beginning


def answer_on(connection: socket.socket) -> tuple[int, http.client.HTTPMessage, bytes]:
    response = http.client.HTTPResponse(connection)
    try:
        response.begin()
        return response.status, response.headers, response.read()
    except http.client.RemoteDisconnected:
        return 0, http.client.HTTPMessage(), b""
    except http.client.IncompleteRead as cut:
        return response.status, response.headers, cut.partial


def test_slow_uploads_stop_nobody_else(small: Server) -> None:
    with ExitStack() as slow:
        for _ in range(READING // 2):
            slow.enter_context(connected(small, upload(1000)))
        for _ in range(20):
            assert small.request("POST", PREDICTIONS, SEVEN, new_visitor()).status == 201
            assert small.request("GET", "/").status == 200


def test_an_upload_that_comes_in_pieces_is_read(small: Server) -> None:
    body = json.dumps(SEVEN).encode()
    with connected(small, upload(len(body), body[:5])) as connection:
        for at in range(5, len(body), 50):
            assert small.request("GET", "/healthz").status == 200
            connection.sendall(body[at : at + 50])
        assert answer_on(connection)[0] == 201


def test_where_many_send_slowly_they_are_cut_off(small: Server) -> None:
    with ExitStack() as slow:
        waiting = {slow.enter_context(connected(small, upload(1000))) for _ in range(READING + 10)}
        cut = 0
        while cut < READING // 4:
            answered, _, _ = select.select(waiting, [], [], 60)
            assert answered, "nobody was cut off"
            for connection in answered:
                waiting.remove(connection)
                status, headers, body = answer_on(connection)
                if status == 408:
                    cut += 1
                    assert json.loads(body)["code"] == "body-too-slow"
                    assert headers["Connection"] == "close"
                    assert headers["X-Content-Type-Options"] == "nosniff"
                    assert connection.recv(1) == b""
                elif status:
                    assert (status, json.loads(body)["code"]) == (503, "busy")
        assert small.request("POST", PREDICTIONS, SEVEN).status == 201
    log = small.log.read_text()
    assert log.count("' 408 ") >= cut
    assert log.count("turned away: the body must arrive") >= cut


def test_large_bodies_wait_for_memory_and_small_ones_do_not(small: Server) -> None:
    def large() -> Answer:
        return small.request("POST", PREDICTIONS, b" " * (SMALL + 1), {"Content-Type": "application/json"})

    with ExitStack() as slow:
        for _ in range(LARGE):
            slow.enter_context(connected(small, upload(SMALL + 1)))

        def refused() -> bool:
            slow.enter_context(
                connected(small, upload(SMALL + 1))
            )  # one of them may have come after our last
            answer = large()
            if answer.status == 503:
                is_problem(answer, 503, "busy")
                assert answer.headers["Retry-After"] == "1"
            return answer.status == 503

        wait_until(refused)
        assert small.request("POST", PREDICTIONS, SEVEN).status == 201
    wait_until(lambda: large().status == 422)


def test_a_crowd_is_told_to_come_again(small: Server) -> None:
    body = json.dumps({**SEVEN, "record": False, "include": ["saliency"]}).encode()
    with ExitStack() as crowd:
        asking = [crowd.enter_context(connected(small, upload(len(body), body))) for _ in range(2 * WAITING)]
        assert small.request("GET", "/healthz").status == 200
        answers = [answer_on(connection) for connection in asking]
    assert {status for status, _, _ in answers} == {200, 503}
    for status, headers, answered in answers:
        if status == 503:
            assert json.loads(answered)["code"] == "busy"
            assert headers["Retry-After"] == "1"
    assert sum(status == 200 for status, _, _ in answers) >= WAITING / 2
    assert small.request("POST", PREDICTIONS, SEVEN).status == 201
    metrics = small.request("GET", "/metrics").body.decode()
    assert 'digitpad_turned_away_total{code="busy"}' in metrics


def test_a_head_that_does_not_come_is_not_waited_for(small: Server) -> None:
    with connected(small, b"") as silent, connected(small, b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ") as slow:
        assert silent.recv(1000) == b""
        answered = slow.recv(1000)
        assert answered == b"" or answered.startswith(b"HTTP/1.1 408")
        assert slow.recv(1) == b""


def test_a_head_without_end_is_refused(small: Server) -> None:
    with connected(small, b"GET / HTTP/1.1\r\nHost: a\r\n") as connection:
        answered = b""
        try:
            for number in range(20_000):
                connection.sendall(b"X-%d: %s\r\n" % (number, b"a" * 100))
            answered = connection.recv(1000)
        except OSError:  # closed while we send
            pass
        assert answered == b"" or answered.startswith((b"HTTP/1.1 431", b"HTTP/1.1 400"))
    assert small.request("GET", "/healthz").status == 200


def test_slow_readers_of_exports_stop_nobody_else(small: Server) -> None:
    visitor = new_visitor()
    noise = np.random.default_rng(1).integers(0, 256, (560, 560), np.uint8)
    picture = io.BytesIO()
    Image.fromarray(noise).save(picture, "PNG")
    for _ in range(30):  # 400 kB each: more than the system keeps for a connection
        sent = {**visitor, "Content-Type": "image/png"}
        assert small.request("POST", PREDICTIONS, picture.getvalue(), sent).status == 201
    ask = f"GET {PREDICTIONS}/export HTTP/1.1\r\nHost: a\r\nCookie: {visitor['Cookie']}\r\n\r\n".encode()
    with ExitStack() as slow:
        for _ in range(STREAMS):
            connection = slow.enter_context(connected(small, ask))
            assert connection.recv(12) == b"HTTP/1.1 200"
        is_problem(small.request("GET", f"{PREDICTIONS}/export", headers=visitor), 503, "busy")
        assert small.request("POST", PREDICTIONS, SEVEN, visitor).status == 201
    answer = wait_until(
        lambda: (
            found
            if (found := small.request("GET", f"{PREDICTIONS}/export", headers=visitor)).status == 200
            else None
        )
    )
    assert len(answer.body.splitlines()) == 31
