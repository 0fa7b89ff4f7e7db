"""Which answers are compressed, for whom, and which are not."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest

from tests.server import Answer, Server
from tests.web.as_operator import PAGE
from tests.web.asking import PREDICTIONS, SEVEN, new_visitor

GZIP = {"Accept-Encoding": "gzip, deflate, br"}
PREVIEW = {**SEVEN, "record": False, "include": ["canonical"]}
PACKED = ["/", "/drawings", "/how", "/docs", "/openapi.json", "/api/v1/model", f"{PREDICTIONS}?limit=8"]
CHANGING = {"date", "x-request-id", "set-cookie", "content-length", "content-encoding"}


def lasting(answer: Answer) -> set[tuple[str, str]]:
    """An answer's headers, except those that differ between answers or change with compression."""
    return {(name.lower(), each) for name, each in answer.headers.items() if name.lower() not in CHANGING}


@pytest.fixture(scope="module")
def drawn(server: Server) -> dict[str, str]:
    """The headers of a visitor who has recorded nine drawings."""
    visitor = new_visitor()
    for _ in range(9):
        server.request("POST", PREDICTIONS, SEVEN, visitor)
    return visitor


@pytest.mark.parametrize("path", PACKED)
def test_pages_and_json_are_packed_for_who_takes_it(server: Server, drawn: dict[str, str], path: str) -> None:
    plain = server.request("GET", path, headers=drawn)
    packed = server.request("GET", path, headers={**drawn, **GZIP})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert int(packed.headers["Content-Length"]) == len(packed.body) < len(plain.body)
    assert "Content-Encoding" not in plain.headers
    assert lasting(plain) == lasting(packed), "the policy, the cache and Vary are the same"
    assert "Accept-Encoding" in plain.headers.get_all("Vary", [])
    assert "ETag" not in packed.headers, "one would have to differ"


def test_an_answer_to_a_drawing_is_packed(server: Server, visitor: dict[str, str]) -> None:
    packed = server.request("POST", PREDICTIONS, PREVIEW, {**visitor, **GZIP})
    plain = server.request("POST", PREDICTIONS, PREVIEW, visitor)
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 3


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "br, zstd"])
def test_who_does_not_take_it_gets_it_as_it_is(server: Server, accepted: str) -> None:
    answer = server.request("GET", "/", headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in answer.headers
    assert b"<!doctype html>" in answer.body


def test_small_answers_and_pictures_are_left_alone(server: Server, visitor: dict[str, str]) -> None:
    made = server.request("POST", PREDICTIONS, SEVEN, {**visitor, **GZIP})
    small = server.request("GET", "/healthz", headers=GZIP)
    picture = server.request(
        "GET", f"{PREDICTIONS}/{made.json()['id']}/image.png", headers={**visitor, **GZIP}
    )
    assert picture.body.startswith(b"\x89PNG")
    for answer in (made, small, picture):
        assert "Content-Encoding" not in answer.headers
        assert "Accept-Encoding" not in answer.headers.get_all("Vary", [])


def test_exports_go_out_as_they_are(
    server: Server, guarded: Server, drawn: dict[str, str], session_cookie: dict[str, str]
) -> None:
    for where, path, who in (
        (server, f"{PREDICTIONS}/export", drawn),
        (guarded, "/operator/export.jsonl", session_cookie),
        (guarded, "/operator/export.csv", session_cookie),
    ):
        answer = where.request("GET", path, headers={**who, **GZIP})
        assert answer.headers["Content-Length"] == str(len(answer.body))
        assert "Content-Encoding" not in answer.headers
        assert answer.status == 200


# ── What another site could learn from lengths ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("site", ["cross-site", "same-site", "same-origin", "none"])
def test_what_another_site_is_behind_is_not_packed(server: Server, drawn: dict[str, str], site: str) -> None:
    for path in PACKED:
        answer = server.request("GET", path, headers={**drawn, **GZIP, "Sec-Fetch-Site": site})
        assert ("Content-Encoding" in answer.headers) is (site in {"same-origin", "none"})
        assert answer.status == 200


def bodies(server: Server, who: dict[str, str], paths: list[str]) -> Iterator[str]:
    for path in paths:
        yield server.request("GET", path, headers={**who, **PAGE}).body.decode()


def test_no_cookie_stands_in_a_body(
    server: Server, guarded: Server, drawn: dict[str, str], session_cookie: dict[str, str]
) -> None:
    inside = ["/operator", "/operator/predictions", "/operator/login"]
    found = [*bodies(server, drawn, PACKED), *bodies(guarded, session_cookie, inside)]
    assert all(len(body) > 500 for body in found)
    for cookie in (drawn["Cookie"], session_cookie["Cookie"]):
        secret = cookie.partition("=")[2]
        assert not [body for body in found if secret in body]
