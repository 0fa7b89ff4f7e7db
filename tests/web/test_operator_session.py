"""The operator's session: its cookie, how long and where it is valid, and how slow guessing is."""

from __future__ import annotations

import html
import re
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from digitpad.web.operator_pages import session
from tests.server import Server
from tests.web.as_operator import FORM, KEPT, PAGE, TOKEN, cookie_of, guess, log_in, parts, signed
from tests.web.asking import PREDICTIONS, SEVEN, is_problem, new_visitor

TLS = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "digits.example"}


def test_the_cookie_says_nothing_and_goes_nowhere_else(guarded_alone: Server) -> None:
    plain = log_in(guarded_alone)
    assert {"HttpOnly", "SameSite=Strict", "Path=/operator", f"Max-Age={session.LASTS}"} <= parts(plain)
    assert "Secure" not in parts(plain)
    kept = cookie_of(plain)
    assert TOKEN not in kept
    assert KEPT.partition(":")[2] not in kept
    assert cookie_of(log_in(guarded_alone)) != kept
    secure = log_in(guarded_alone, **TLS, **{"X-Forwarded-Prefix": "/digits"})
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/digits/operator"} <= parts(secure)
    assert secure.headers["Location"] == "/digits/operator"


def test_every_worker_knows_it_also_after_a_restart_and_another_token_ends_it(guarded_alone: Server) -> None:
    cookie = {"Cookie": cookie_of(log_in(guarded_alone))}

    def statuses() -> set[int]:
        return {guarded_alone.request("GET", "/operator", headers=cookie).status for _ in range(12)}

    assert statuses() == {200}
    guarded_alone.stop()
    guarded_alone.start()
    assert statuses() == {200}
    guarded_alone.stop()
    guarded_alone.environment = {**guarded_alone.environment, "DIGITPAD_OPERATOR_TOKEN": "another"}
    guarded_alone.start()
    assert statuses() == {401}


def test_who_logs_out_is_out(guarded_alone: Server) -> None:
    answer = guarded_alone.unfollowed("POST", "/operator/logout", b"", FORM)
    assert answer.status == 303
    assert answer.headers["Location"] == "/operator/login"
    assert answer.headers["Set-Cookie"].startswith(f"{session.COOKIE}=;")
    assert {"Max-Age=0", "Path=/operator", "HttpOnly", "SameSite=Strict"} <= parts(answer)


def test_guessing_is_slow_and_others_may_come_in_meanwhile(guarded_alone: Server) -> None:
    """Across both workers, by the form and as a Bearer token alike."""
    by_form = [log_in(guarded_alone, f"guess{n}").status for n in range(5)]
    bearer = {"Authorization": "Bearer guess"}
    as_bearer = [guarded_alone.request("GET", "/operator", headers=bearer).status for _ in range(5)]
    assert {*by_form, *as_bearer} == {401}
    refused = [log_in(guarded_alone) for _ in range(4)]  # right, but too late
    assert [each.status for each in refused] == [429] * 4
    assert 1 <= int(refused[0].headers["Retry-After"]) <= 60
    assert "Too many wrong tokens" in refused[0].body.decode()
    right = {"Authorization": f"Bearer {TOKEN}"}
    is_problem(guarded_alone.request("GET", "/operator", headers=right), 429, "too-many-requests")
    assert log_in(guarded_alone, **{"X-Forwarded-For": "192.0.2.7"}).status == 303


def test_guessing_is_as_slow_at_every_endpoint_that_takes_the_token(tmp_path: Path) -> None:
    environment = {
        "DIGITPAD_OPERATOR_TOKEN": TOKEN,
        "DIGITPAD_PROXIES": "1",
        "DIGITPAD_METRICS": "operator",
        "DIGITPAD_RATE_LIMIT": "0",
    }
    with Server(tmp_path, environment=environment) as server:
        visitor = new_visitor()
        made = server.request("POST", PREDICTIONS, SEVEN, visitor).json()["id"]
        endpoints = [
            "/operator",
            "/metrics",
            PREDICTIONS,
            f"{PREDICTIONS}/{made}",
            f"{PREDICTIONS}/{made}/similar",
        ]
        for number, tried in enumerate(
            [*([endpoint] * 10 for endpoint in endpoints), endpoints * 2]
        ):  # each alone, and all in turn
            here = {"X-Forwarded-For": f"192.0.2.{number}"}
            wrong = {**here, "Authorization": f"Bearer guess{number}"}
            assert {server.request("GET", endpoint, headers=wrong).status for endpoint in tried} == {401}
            right = {**here, "Authorization": f"Bearer {TOKEN}"}
            for endpoint in endpoints:
                answer = server.request("GET", endpoint, headers=right)
                is_problem(answer, 429, "too-many-requests")
                assert 1 <= int(answer.headers["Retry-After"]) <= 60
            # The limit does not affect requests without a token.
            assert server.request("GET", endpoints[3], headers={**here, **visitor}).status == 200
        elsewhere = {"X-Forwarded-For": "192.0.2.99", "Authorization": f"Bearer {TOKEN}"}
        assert {server.request("GET", endpoint, headers=elsewhere).status for endpoint in endpoints} == {200}


def test_forms_of_other_sites_are_refused_even_where_cors_lets_them_in(tmp_path: Path) -> None:
    environment = {"DIGITPAD_OPERATOR_TOKEN": TOKEN, "DIGITPAD_CORS_ORIGINS": "*"}
    with Server(tmp_path, environment=environment) as server:
        made = server.request("POST", PREDICTIONS, SEVEN).json()["id"]
        cookie = {"Cookie": cookie_of(log_in(server))}
        for origin, status in (("https://evil.example", 403), ("null", 403), (server.url, 303)):
            headers = {**cookie, **FORM, "Origin": origin}
            for endpoint, body in ((f"predictions/{made}/label", b"label=1"), ("logout", b"")):
                assert server.unfollowed("POST", f"/operator/{endpoint}", body, headers).status == status
            login = server.unfollowed("POST", "/operator/login", f"token={TOKEN}".encode(), headers)
            assert login.status == status


def test_without_a_token_the_page_says_how_to_make_one_and_nobody_gets_in(server: Server) -> None:
    page = server.request("GET", "/operator", headers=PAGE).body.decode()
    assert "digitpad token" in page
    assert "DIGITPAD_OPERATOR_TOKEN" in page
    assert 'name="token"' not in page
    for cookie in (signed(""), signed("sha256:")):
        is_problem(server.request("GET", "/operator", headers={"Cookie": cookie}), 401, "not-the-operator")
    assert log_in(server, "").status == 401


def test_a_token_is_read_with_blanks_around_it_and_none_is_endless(guarded_alone: Server) -> None:
    assert log_in(guarded_alone, "+" + TOKEN.replace(" ", "+") + "+").status == 303
    assert log_in(guarded_alone, "x" * 100_000).status == 401


# ── Where one is led ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "view", ["/operator?digit=7&least=50", "/operator/predictions?corrected=wrong", "/operator/export.csv"]
)
def test_who_wanted_a_view_is_shown_it_after_the_form(guarded: Server, view: str) -> None:
    led = guarded.unfollowed("GET", view, None, PAGE).headers["Location"]
    assert led.startswith("/operator/login?to=")
    for tried in (led, f"{led}&lang=de"):
        page = guarded.request("GET", tried).body.decode()
        (to,) = re.findall(r'name="to" value="([^"]*)"', page)
        assert html.unescape(to) == view
    fields = urlencode({"token": "wrong", "to": view}).encode()
    again = guarded.request("POST", "/operator/login", fields, {**FORM, **guess("")})
    assert again.status == 401
    assert f'value="{html.escape(view)}"' in again.body.decode()
    under = {"X-Forwarded-Prefix": "/digits"}
    for headers, prefix in ((FORM, ""), ({**FORM, **under}, "/digits")):
        fields = urlencode({"token": TOKEN, "to": view}).encode()
        answer = guarded.unfollowed("POST", "/operator/login", fields, headers)
        assert (answer.status, answer.headers["Location"]) == (303, f"{prefix}{view}")


def test_without_filters_the_form_stands_at_its_plain_address(guarded: Server) -> None:
    late = f"/operator/predictions/{uuid4()}/remove"  # of a form, which is not sent again automatically
    for method, path in (("GET", "/operator"), ("GET", "/operator?"), ("POST", late)):
        answer = guarded.unfollowed(method, path, b"" if method == "POST" else None, {**FORM, **PAGE})
        assert (answer.status, answer.headers["Location"]) == (303, "/operator/login")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://elsewhere.example/operator",
        "//elsewhere.example/operator",
        "/\\elsewhere.example",
        "/operator@elsewhere.example",
        "/operator\\..\\..",
        "/operatorx",
        "/operator?a\r\nSet-Cookie: a=b",
        "/drawings",
        "javascript:alert(1)",
    ],
)
def test_the_form_leads_nowhere_else(guarded: Server, elsewhere: str) -> None:
    fields = urlencode({"token": TOKEN, "to": elsewhere}).encode()
    answer = guarded.unfollowed("POST", "/operator/login", fields, FORM)
    assert (answer.status, answer.headers["Location"]) == (303, "/operator")
    page = guarded.request("GET", f"/operator/login?{urlencode({'to': elsewhere})}").body.decode()
    assert 'name="to"' not in page
