"""Headers, cookies, proxies and limits, as a browser and an operator see them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from digitpad.web.guards.rate_limit import VISITORS_AN_ADDRESS
from tests.server import Server
from tests.web.asking import PREDICTIONS, SEVEN, is_problem, new_visitor

TLS = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "digits.example"}


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that trusts one proxy."""
    with Server(tmp_path_factory.mktemp("proxied"), environment={"DIGITPAD_PROXIES": "1"}) as server:
        yield server


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/nowhere", "/api/v1/model", "/static/favicon.svg", "/openapi.json", "/readyz"]
)
def test_every_answer_carries_the_headers(server: Server, path: str) -> None:
    headers = server.request("GET", path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert "Strict-Transport-Security" not in headers
    assert len(headers.get_all("Content-Security-Policy") or []) == 1


def test_behind_tls_the_cookie_is_secure_and_the_browser_stays_there(proxied: Server) -> None:
    answer = proxied.request("POST", PREDICTIONS, SEVEN, {**TLS, "Origin": "https://digits.example"})
    assert answer.status == 201
    cookie = answer.headers["Set-Cookie"].split("; ")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_proxy_is_not_believed_unless_a_setting_says_so(server: Server) -> None:
    answer = server.request("POST", PREDICTIONS, SEVEN, TLS)
    assert "Secure" not in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" not in answer.headers
    foreign = {**TLS, "Origin": "https://digits.example"}
    is_problem(server.request("POST", PREDICTIONS, SEVEN, foreign), 403, "foreign-origin")


def test_an_origin_that_is_no_address_is_foreign(server: Server) -> None:
    answer = server.request("POST", PREDICTIONS, SEVEN, {"Origin": "http://[::1"})
    is_problem(answer, 403, "foreign-origin")


def test_a_proxy_may_show_the_page_under_a_path(proxied: Server) -> None:
    under = {"X-Forwarded-Prefix": "/digits"}
    page = proxied.request("GET", "/", headers=under).body.decode()
    assert 'data-api="/digits/api/v1/"' in page
    assert re.search(r'href="/digits/static/[0-9a-f]{12}/digitpad.css"', page)
    answer = proxied.request("POST", PREDICTIONS, SEVEN, under)
    assert answer.headers["Location"].startswith("/digits/api/v1/predictions/")
    assert "Path=/digits" in answer.headers["Set-Cookie"]


def test_a_setting_names_the_path_where_the_proxy_does_not(tmp_path: Path) -> None:
    with Server(tmp_path, environment={"DIGITPAD_PREFIX": "/digits"}) as server:
        for path in ("/digits/", "/"):
            page = server.request("GET", path).body.decode()
            assert 'data-api="/digits/api/v1/"' in page
            assert re.search(r'href="/digits/static/[0-9a-f]{12}/digitpad.css"', page)
        assert server.request("GET", "/digits/static/digitpad.css").status == 200
        assert server.request("GET", "/digits/healthz").status == 200
        assert server.request("GET", "/digitsy").status == 404
        assert server.request("GET", "/openapi.json").json()["servers"] == [{"url": "/digits"}]


def test_a_visitor_who_asks_too_often_is_told_when_to_come_again(tmp_path: Path) -> None:
    """With two workers, however the connections spread over them."""
    with Server(tmp_path, environment={"DIGITPAD_RATE_LIMIT": "20"}) as server:
        alone = new_visitor()
        answers = [server.request("GET", PREDICTIONS, headers=alone) for _ in range(40)]
        assert [answer.status for answer in answers] == [200] * 20 + [429] * 20
        visitor = new_visitor()
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: server.request("GET", PREDICTIONS, headers=visitor), range(40)))
        # A worker interrupted while it counts overwrites the other's count. Each alone would let in 20.
        assert 20 <= sum(answer.status == 200 for answer in answers) <= 30
        last = server.request("GET", PREDICTIONS, headers=visitor)
        is_problem(last, 429, "too-many-requests")
        assert 1 <= int(last.headers["Retry-After"]) <= 60
        assert server.request("GET", PREDICTIONS, headers=new_visitor()).status == 200
        for path in ("/", "/healthz", "/readyz", "/static/digitpad.css"):
            assert server.request("GET", path, headers=visitor).status == 200


def status_for(server: Server, address: str) -> int:
    """The status of an answer to a new visitor from `address`."""
    headers = {**new_visitor(), "X-Forwarded-For": address}
    return server.request("GET", PREDICTIONS, headers=headers).status


def test_new_cookies_do_not_get_around_the_limit_of_an_address(tmp_path: Path) -> None:
    environment = {"DIGITPAD_RATE_LIMIT": "1", "DIGITPAD_PROXIES": "1"}
    with Server(tmp_path, environment=environment) as server:
        ask = partial(status_for, server)
        assert [ask("192.0.2.1") for _ in range(VISITORS_AN_ADDRESS + 1)] == [200] * VISITORS_AN_ADDRESS + [
            429
        ]
        assert ask("192.0.2.2") == 200
        network = [ask(f"2001:db8::{n:x}") for n in range(VISITORS_AN_ADDRESS + 1)]
        assert network[-1] == 429
        assert ask("2001:db8:0:1::1") == 200


def test_an_address_is_known_however_it_is_written(tmp_path: Path) -> None:
    """From a socket that takes IPv4 as mapped IPv6; with a port; in brackets."""
    environment = {"DIGITPAD_RATE_LIMIT": "1", "DIGITPAD_PROXIES": "1"}
    with Server(tmp_path, environment=environment) as server:
        ask = partial(status_for, server)
        for written, same, other in (
            ("::ffff:192.0.2.1", "192.0.2.1", "::ffff:192.0.2.2"),
            ("192.0.2.3:5678", "192.0.2.3:5679", "192.0.2.4:5678"),
            ("[2001:db8::1]:5678", "2001:db8::2", "[2001:db8:0:1::1]:5678"),
        ):
            assert {ask(written) for _ in range(VISITORS_AN_ADDRESS)} == {200}
            assert ask(same) == 429
            assert ask(other) == 200


def test_zero_is_no_limit(tmp_path: Path) -> None:
    with Server(tmp_path, environment={"DIGITPAD_RATE_LIMIT": "0"}) as server:
        visitor = new_visitor()
        assert {server.request("GET", PREDICTIONS, headers=visitor).status for _ in range(700)} == {200}
