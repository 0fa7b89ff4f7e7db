"""Access to the operator's endpoints: by session or token at each, and not otherwise."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from digitpad import operator_token
from digitpad.settings import Settings
from digitpad.web import create_app
from digitpad.web.api import openapi
from digitpad.web.operator_pages import session
from tests.server import Answer, Server
from tests.web.as_operator import FORM, KEPT, PAGE, TOKEN, signed
from tests.web.asking import PREDICTIONS, SEVEN, is_problem, new_visitor

SAFE = "/operator/login", "/operator/logout"
ENDPOINTS = [  # each endpoint that shows or changes something
    ("GET", "/operator"),
    ("GET", "/operator/predictions"),
    ("GET", "/operator/predictions/{id}"),
    ("GET", "/operator/predictions/{id}/drawing.png"),
    ("POST", "/operator/predictions/{id}/label"),
    ("POST", "/operator/predictions/{id}/remove"),
    ("GET", "/operator/export.jsonl"),
    ("GET", "/operator/export.csv"),
    ("GET", "/operator/export.zip"),
]
BODIES = {"label": b"label=1", "remove": b"sure=yes"}


def test_the_endpoints_tried_here_are_all_of_the_operators(tmp_path: Path) -> None:
    app = create_app(Settings(store=f"sqlite:///{tmp_path / 'records.db'}"))
    found = {
        (place.method, place.path) for place in openapi.places(app) if place.path.startswith("/operator")
    }
    assert {each for each in found if each[1] not in SAFE} == set(ENDPOINTS)


def ask(server: Server, method: str, endpoint: str, headers: dict[str, str], made: str = "") -> Answer:
    """Send a request without following redirects."""
    body = BODIES[endpoint.rpartition("/")[2]] if method == "POST" else None
    return server.request(method, endpoint.format(id=made), body, {**FORM, **headers} if body else headers)


STRANGERS: dict[str, Callable[[], dict[str, str]]] = {
    "nobody": dict,
    "a visitor": new_visitor,
    "the token as cookie": lambda: {"Cookie": f"{session.COOKIE}={TOKEN.replace(' ', '%20')}"},
    "the hash as cookie": lambda: {"Cookie": f"{session.COOKIE}={KEPT}"},
    "an empty cookie": lambda: {"Cookie": f"{session.COOKIE}="},
    "unsigned": lambda: {"Cookie": f"{session.COOKIE}=abc.{int(time.time())}.abc"},
    "signed with another token": lambda: {"Cookie": signed(operator_token.hashed("another"))},
    "signed with nothing": lambda: {"Cookie": signed("")},
    "run out": lambda: {"Cookie": signed(KEPT, seconds_ago=session.LASTS + 5)},
    "from the future": lambda: {"Cookie": signed(KEPT, seconds_ago=-600)},
}
"""What each sends, made when it is sent: a time that lay ahead when this file was read may have come by then."""


def test_what_is_forged_here_is_forged_well(guarded: Server) -> None:
    """Signed with the right hash and not expired, it gets in. So the others fail because of their own defects."""
    for seconds in (0, session.LASTS - 60):
        answer = guarded.request("GET", "/operator", headers={"Cookie": signed(KEPT, seconds_ago=seconds)})
        assert answer.status == 200


@pytest.mark.parametrize("stranger", STRANGERS)
@pytest.mark.parametrize(("method", "endpoint"), ENDPOINTS)
def test_strangers_do_not_get_in(
    guarded: Server, made: str, method: str, endpoint: str, stranger: str
) -> None:
    headers = STRANGERS[stranger]()
    is_problem(ask(guarded, method, endpoint, headers, made), 401, "not-the-operator")
    left = guarded.request("GET", f"{PREDICTIONS}/{made}", headers={"Authorization": f"Bearer {TOKEN}"})
    assert left.json()["label"] is None


@pytest.mark.parametrize(("method", "endpoint"), ENDPOINTS)
def test_the_session_and_the_token_open_every_endpoint(
    guarded: Server,
    session_cookie: dict[str, str],
    operator: dict[str, str],
    made: str,
    method: str,
    endpoint: str,
) -> None:
    for headers in (session_cookie, operator):
        another = guarded.request("POST", PREDICTIONS, SEVEN, new_visitor()).json()["id"]
        # A form answers with a redirect, which urllib follows without a cookie: to the form for the token.
        answer = ask(guarded, method, endpoint, {**headers, **PAGE}, another)
        assert answer.status == 200
        assert answer.headers["Cache-Control"] in {"no-store", "private, no-cache"}


def test_people_are_led_to_the_form(guarded: Server) -> None:
    for endpoint in ("/operator", "/operator/predictions", "/operator/export.csv"):
        page = guarded.request("GET", endpoint, headers=PAGE)
        assert page.status == 200
        assert 'name="token"' in page.body.decode()


def test_a_wrong_bearer_is_refused_whatever_is_asked_for(guarded_alone: Server) -> None:
    wrong = {"Authorization": "Bearer wrong"}
    is_problem(guarded_alone.request("GET", "/operator", headers=wrong), 401, "not-the-operator")
    page = guarded_alone.request("GET", "/operator", headers={**wrong, **PAGE})
    assert page.status == 401
    assert "This is not the operator’s token." in page.body.decode()


def test_the_session_opens_the_operators_pages_alone(
    guarded: Server, session_cookie: dict[str, str], made: str
) -> None:
    """Its path keeps browsers from sending it elsewhere; if sent there anyway, it has no effect."""
    is_problem(guarded.request("GET", f"{PREDICTIONS}/{made}", headers=session_cookie), 404, "not-found")
