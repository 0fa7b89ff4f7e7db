"""What is wrong with a request is answered with a problem document."""

from __future__ import annotations

import http.client
import json
from uuid import uuid1, uuid4

import pytest

from tests.server import Server
from tests.web.asking import PREDICTIONS, SEVEN, is_problem


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "bad-request-body"),
        (b"{", 422, "bad-request-body"),
        (b"\xff\xfe", 422, "bad-request-body"),
        (b"{}", 422, "bad-request-body"),
        (b"[" * 100_000, 422, "bad-request-body"),
        (b'{"ink": {"strokes": []}, "image": ""}', 422, "bad-request-body"),
        (b'{"ink": {"strokes": []}, "colour": 1}', 422, "bad-request-body"),
        (b'{"ink": {"strokes": []}, "include": ["everything"]}', 422, "bad-request-body"),
        (b'{"ink": {"strokes": [[["1", 2]]]}}', 422, "bad-request-body"),
        (b'{"ink": {"strokes": [[[NaN, 2]]]}}', 422, "bad-request-body"),
        (b'{"ink": {"strokes": [[[1e999, 2]]]}}', 422, "bad-request-body"),
        (b'{"ink": {"strokes": [[[1]]]}}', 422, "bad-ink"),
        (b'{"ink": {"strokes": [[[1, 2000000]]]}}', 422, "bad-ink"),
        (b'{"image": "?"}', 422, "bad-picture"),
        (b'{"image": "data:text/html;base64,AAAA"}', 422, "bad-picture"),
        (b'{"image": "AAAA"}', 422, "bad-picture"),
    ],
)
def test_bad_bodies_get_a_problem(server: Server, body: bytes, status: int, code: str) -> None:
    is_problem(server.request("POST", PREDICTIONS, body, {"Content-Type": "application/json"}), status, code)


def test_other_wrong_requests_get_a_problem(server: Server) -> None:
    is_problem(server.request("POST", "/predict/", b"x"), 422, "bad-picture")
    is_problem(
        server.request("POST", PREDICTIONS, b"x", {"Content-Type": "text/plain"}),
        415,
        "unsupported-media-type",
    )
    is_problem(server.request("POST", PREDICTIONS, b"x", {"Content-Type": "image/png"}), 422, "bad-picture")
    is_problem(server.request("GET", "/nowhere"), 404, "not-found")
    is_problem(server.request("GET", "/nowhere", headers={"Accept": "*/*"}), 404, "not-found")
    is_problem(server.request("GET", f"{PREDICTIONS}/17"), 404, "not-found")
    is_problem(server.request("GET", f"{PREDICTIONS}/{uuid1()}"), 404, "not-found")
    is_problem(server.request("GET", f"{PREDICTIONS}/{uuid4()}"), 404, "not-found")
    not_allowed = server.request("DELETE", "/")
    is_problem(not_allowed, 405, "method-not-allowed")
    assert "GET" in not_allowed.headers["Allow"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=-1",
        "limit=",
        "before=1",
        "before=8f5c1548-6f5f-4738-93e3-7caa16fde517",
    ],  # not time-based
)
def test_wrong_parameters_are_a_bad_request(server: Server, query: str) -> None:
    is_problem(server.request("GET", f"{PREDICTIONS}?{query}"), 400, "bad-parameter")


def test_a_body_that_is_too_large_is_refused(server: Server) -> None:
    for path in (PREDICTIONS, "/predict/"):
        answer = server.request("POST", path, bytes(5_000_000), {"Content-Type": "image/png"})
        is_problem(answer, 413, "body-too-large")


def test_a_chunked_body_that_is_too_large_is_refused(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("POST", "/predict/", iter([bytes(65_536)] * 70), encode_chunked=True,
                       headers={"Transfer-Encoding": "chunked"})  # fmt: skip
    response = connection.getresponse()
    assert response.status == 413
    assert json.loads(response.read())["code"] == "body-too-large"
    connection.close()


def test_writes_from_another_site_are_refused(server: Server) -> None:
    foreign = {"Origin": "https://elsewhere.example"}
    is_problem(server.request("POST", PREDICTIONS, SEVEN, foreign), 403, "foreign-origin")
    is_problem(server.request("POST", PREDICTIONS, SEVEN, {"Origin": "null"}), 403, "foreign-origin")
    assert server.request("POST", PREDICTIONS, SEVEN, {"Origin": server.url}).status == 201
    assert server.request("GET", PREDICTIONS, headers=foreign).status == 200
