"""The operator's pages: who gets in, how, and what they hand out."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
from itsdangerous import TimestampSigner

from digitpad import Recognizer, operator_token
from digitpad.records import Record, read_export
from digitpad.records.sqlite import SQLiteStore
from digitpad.settings import Settings
from digitpad.web import create_app, openapi
from digitpad.web.operator_pages import session
from tests.drawn import month
from tests.records.records import id_at, record
from tests.server import Answer, Server
from tests.web.asking import PREDICTIONS, SEVEN, is_problem, new_visitor
from tests.web.conftest import TOKEN

PAGE = {"Accept": "text/html,application/xhtml+xml"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TLS = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "digits.example"}
KEPT = operator_token.hashed(TOKEN)
SAFE = "/operator/login", "/operator/logout"
NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)

DOORS = [  # each that shows or changes something
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


def test_the_doors_tried_here_are_all_of_the_operators(tmp_path: Path) -> None:
    app = create_app(Settings(store=f"sqlite:///{tmp_path / 'records.db'}"))
    found = {
        (place.method, place.path) for place in openapi.places(app) if place.path.startswith("/operator")
    }
    assert {each for each in found if each[1] not in SAFE} == set(DOORS)


def ask(server: Server, method: str, door: str, headers: dict[str, str], made: str = "") -> Answer:
    """Knock at a door without following where it leads."""
    body = BODIES[door.rpartition("/")[2]] if method == "POST" else None
    return server.request(method, door.format(id=made), body, {**FORM, **headers} if body else headers)


def log_in(server: Server, token: str = TOKEN, **headers: str) -> Answer:
    """Send the form."""
    return server.unfollowed("POST", "/operator/login", f"token={token}".encode(), {**FORM, **headers})


def cookie_of(answer: Answer) -> str:
    """The session as a browser sends it back."""
    return str(answer.headers["Set-Cookie"]).partition(";")[0]


def signed(kept: str, *, seconds_ago: float = 0) -> str:
    """A session signed as the server would, with the hash `kept`."""

    class Earlier(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(time.time() - seconds_ago)

    signer = Earlier(
        kept, salt=b"digitpad: the operator's session", key_derivation="hmac", digest_method=hashlib.sha256
    )
    return f"{session.COOKIE}={signer.sign('abc').decode()}"


@pytest.fixture(scope="module")
def session_cookie(guarded: Server) -> dict[str, str]:
    return {"Cookie": cookie_of(log_in(guarded))}


@pytest.fixture
def made(guarded: Server, visitor: dict[str, str]) -> str:
    return str(guarded.request("POST", PREDICTIONS, SEVEN, visitor).json()["id"])


# ── Who gets in ──────────────────────────────────────────────────────────────────────────────────────────

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
    """Signed with the right hash and not run out: it would open. So the others fail for what is wrong with them."""
    for seconds in (0, session.LASTS - 60):
        answer = guarded.request("GET", "/operator", headers={"Cookie": signed(KEPT, seconds_ago=seconds)})
        assert answer.status == 200


@pytest.mark.parametrize("stranger", STRANGERS)
@pytest.mark.parametrize(("method", "door"), DOORS)
def test_strangers_do_not_get_in(guarded: Server, made: str, method: str, door: str, stranger: str) -> None:
    headers = STRANGERS[stranger]()
    is_problem(ask(guarded, method, door, headers, made), 401, "not-the-operator")
    left = guarded.request("GET", f"{PREDICTIONS}/{made}", headers={"Authorization": f"Bearer {TOKEN}"})
    assert left.json()["label"] is None


@pytest.mark.parametrize(("method", "door"), DOORS)
def test_the_session_and_the_token_open_every_door(
    guarded: Server,
    session_cookie: dict[str, str],
    operator: dict[str, str],
    made: str,
    method: str,
    door: str,
) -> None:
    for headers in (session_cookie, operator):
        another = guarded.request("POST", PREDICTIONS, SEVEN, new_visitor()).json()["id"]
        # After a form comes a redirect, which urllib follows without a cookie: to the form for the token.
        answer = ask(guarded, method, door, {**headers, **PAGE}, another)
        assert answer.status == 200
        assert answer.headers["Cache-Control"] in {"no-store", "private, no-cache"}


def test_people_are_led_to_the_form(guarded: Server) -> None:
    for door in ("/operator", "/operator/predictions", "/operator/export.csv"):
        page = guarded.request("GET", door, headers=PAGE)
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
    """Its path keeps browsers from sending it elsewhere; sent all the same, it opens nothing there."""
    is_problem(guarded.request("GET", f"{PREDICTIONS}/{made}", headers=session_cookie), 404, "not-found")


# ── The session ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def guarded_alone(tmp_path: Path) -> Iterator[Server]:
    """A server with a token and nobody's wrong guesses, that believes one proxy."""
    environment = {"DIGITPAD_OPERATOR_TOKEN": TOKEN, "DIGITPAD_PROXIES": "1"}
    with Server(tmp_path, environment=environment, options=("--workers", "2")) as server:
        yield server


def parts(answer: Answer) -> set[str]:
    return set(answer.headers["Set-Cookie"].split("; ")[1:])


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
    """Over both workers, by the form and as a Bearer token alike."""
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


def test_forms_of_other_sites_are_refused_even_where_cors_lets_them_in(tmp_path: Path) -> None:
    environment = {"DIGITPAD_OPERATOR_TOKEN": TOKEN, "DIGITPAD_CORS_ORIGINS": "*"}
    with Server(tmp_path, environment=environment) as server:
        made = server.request("POST", PREDICTIONS, SEVEN).json()["id"]
        cookie = {"Cookie": cookie_of(log_in(server))}
        for origin, status in (("https://evil.example", 403), ("null", 403), (server.url, 303)):
            headers = {**cookie, **FORM, "Origin": origin}
            for door, body in ((f"predictions/{made}/label", b"label=1"), ("logout", b"")):
                assert server.unfollowed("POST", f"/operator/{door}", body, headers).status == status
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


# ── What is shown ────────────────────────────────────────────────────────────────────────────────────────

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def filled(
    tmp_path_factory: pytest.TempPathFactory, recognizer: Recognizer
) -> Iterator[tuple[Server, list[Record]]]:
    """A server with a month of drawings, and two records that somebody means harm with."""
    folder = tmp_path_factory.mktemp("filled")
    drawn = month(recognizer, NOON, a_day=5)
    evil = [
        record(
            id=each, model=EVIL, source="picture", drawing=EVIL.encode(), digit=8, label=3, labelled_at=NOON
        )
        if harm
        else record(
            id=each, model=EVIL, drawing=b'{"strokes":[[[1,2],[3,4]]],"x":"' + b"<script>" + b'"}', digit=8
        )
        for each, harm in (
            (id_at(NOON + timedelta(hours=1)), True),
            (id_at(NOON + timedelta(hours=2)), False),
        )
    ]
    with closing(SQLiteStore(folder / "records.db")) as store:
        store.add(drawn + evil)
    with Server(folder, environment={"DIGITPAD_OPERATOR_TOKEN": TOKEN}) as server:
        yield server, drawn + evil


def shown(server: Server, path: str) -> str:
    answer = server.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status == 200, answer.body
    return answer.body.decode()


def test_what_is_stored_never_becomes_script(filled: tuple[Server, list[Record]]) -> None:
    server, records = filled
    for path in (
        "/operator",
        "/operator/predictions",
        *(f"/operator/predictions/{each.id}" for each in records[-2:]),
    ):
        page = shown(server, path)
        assert "<script" not in page
        assert "onerror=alert" not in page.replace("&lt;img src=x onerror=alert", "")
        assert " style=" not in page
        assert not re.search(r"\son\w+=", re.sub(r"&lt;.*?&gt;", "", page))
    operator = {"Authorization": f"Bearer {TOKEN}"}
    harm = server.request("GET", f"/operator/predictions/{records[-2].id}/drawing.png", headers=operator)
    assert harm.headers["Content-Type"] == "image/png"
    assert harm.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in harm.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", lambda each: True),
        ("digit=7", lambda each: each.digit == 7),
        ("digit=refused", lambda each: each.digit is None),
        ("least=50&most=95", lambda each: 50 <= each.confidence * 100 <= 95),
        ("corrected=yes", lambda each: each.label is not None),
        ("corrected=no", lambda each: each.label is None),
        (
            "corrected=wrong",
            lambda each: each.label not in {None, "not-a-digit" if each.digit is None else each.digit},
        ),
        ("corrected=not-a-digit", lambda each: each.label == "not-a-digit"),
        ("corrected=1&digit=7", lambda each: (each.digit, each.label) == (7, 1)),
        (
            "since=2026-03-01&until=2026-03-03",
            lambda each: "2026-03-01" <= str(each.recorded_at)[:10] <= "2026-03-03",
        ),
        ("until=1999-12-31", lambda each: False),
    ],
)
def test_filters_hold_for_pages_and_files_alike(
    filled: tuple[Server, list[Record]], query: str, wanted: object
) -> None:
    server, records = filled
    assert callable(wanted)
    expected = [str(each.id) for each in sorted(records, key=lambda each: each.id.time) if wanted(each)]
    assert len(expected) < len(records) or query == ""
    listed: list[str] = []
    path = f"/operator/predictions?{query}"
    while path:
        page = shown(server, path)
        listed += re.findall(r'class="drawing"[^>]*href="/operator/predictions/([0-9a-f-]{36})"', page)
        further = re.search(r'href="(/operator/predictions\?[^"]*before=[^"]*)"', page)
        path = further[1].replace("&amp;", "&") if further else ""
    assert listed == expected[::-1]
    lines = shown(server, f"/operator/export.jsonl?{query}").splitlines()
    assert [json.loads(line)["id"] for line in lines] == expected
    table = csv.DictReader(io.StringIO(shown(server, f"/operator/export.csv?{query}")))
    assert [row["id"] for row in table] == expected


@pytest.mark.parametrize(
    "query",
    [
        "since=tomorrow",
        "since=0001-01-01",
        "digit=10",
        "least=-1",
        "most=101",
        "corrected=maybe",
        "least=1.5",
    ],
)
def test_what_makes_no_sense_is_said(filled: tuple[Server, list[Record]], query: str) -> None:
    server, _ = filled
    operator = {"Authorization": f"Bearer {TOKEN}"}
    for door in ("/operator", "/operator/predictions", "/operator/export.jsonl", "/operator/export.zip"):
        is_problem(server.request("GET", f"{door}?{query}", headers=operator), 400, "bad-parameter")
    page = server.request("GET", f"/operator?{query}", headers={**operator, **PAGE})
    assert page.status == 400
    assert "makes no sense" in page.body.decode()


def test_what_is_exported_can_be_imported(filled: tuple[Server, list[Record]]) -> None:
    server, records = filled
    exported = io.StringIO(shown(server, "/operator/export.jsonl?until=2026-03-13"))
    expected = [each for each in records if str(each.recorded_at)[:10] <= "2026-03-13"]
    assert list(read_export.read(exported, "export")) == expected


def test_idx_holds_what_is_a_digit(filled: tuple[Server, list[Record]]) -> None:
    server, records = filled
    operator = {"Authorization": f"Bearer {TOKEN}"}
    answer = server.request("GET", "/operator/export.zip?until=2026-03-13", headers=operator)
    assert answer.headers["Content-Type"] == "application/zip"
    expected = [
        each.digit if each.label is None else each.label
        for each in records
        if str(each.recorded_at)[:10] <= "2026-03-13"
    ]
    digits = [each for each in expected if isinstance(each, int)]
    with ZipFile(io.BytesIO(answer.body)) as archive:
        images = archive.read("digitpad-images-idx3-ubyte")
        labels = archive.read("digitpad-labels-idx1-ubyte")
    assert struct.unpack_from(">IIII", images) == (0x803, len(digits), 28, 28)
    assert len(images) == 16 + 784 * len(digits)
    assert list(labels[8:]) == digits


def test_a_correction_and_a_removal_by_the_operator(
    guarded: Server, operator: dict[str, str], made: str
) -> None:
    door = f"/operator/predictions/{made}"
    is_problem(
        guarded.request("POST", f"{door}/label", b"label=x", {**operator, **FORM}), 400, "bad-parameter"
    )
    kept = guarded.unfollowed("POST", f"{door}/label", b"label=not-a-digit", {**operator, **FORM})
    assert (kept.status, kept.headers["Location"]) == (303, door)
    assert guarded.request("GET", f"{PREDICTIONS}/{made}", headers=operator).json()["label"] == "not-a-digit"
    is_problem(guarded.request("POST", f"{door}/remove", b"", {**operator, **FORM}), 400, "bad-parameter")
    assert guarded.unfollowed("POST", f"{door}/remove", b"sure=yes", {**operator, **FORM}).status == 303
    for path in (door, f"{door}/drawing.png"):
        is_problem(guarded.request("GET", path, headers=operator), 404, "not-found")
    is_problem(guarded.request("POST", f"{door}/label", b"label=1", {**operator, **FORM}), 404, "not-found")
    page = guarded.request("GET", door, headers={**operator, **PAGE})
    assert page.status == 404
    assert "There is no such prediction" in page.body.decode()


def test_a_picture_is_asked_for_again_and_not_sent_again(
    guarded: Server, session_cookie: dict[str, str], made: str
) -> None:
    door = f"/operator/predictions/{made}/drawing.png"
    first = guarded.request("GET", door, headers=session_cookie)
    assert first.body.startswith(b"\x89PNG")
    assert first.headers["Cache-Control"] == "private, no-cache"
    known = {"If-None-Match": first.headers["ETag"]}
    assert guarded.request("GET", door, headers={**session_cookie, **known}).status == 304
    is_problem(guarded.request("GET", door, headers=known), 401, "not-the-operator")


def test_under_a_path_everything_stays_under_it(tmp_path: Path) -> None:
    environment = {"DIGITPAD_OPERATOR_TOKEN": TOKEN, "DIGITPAD_PREFIX": "/digits"}
    with Server(tmp_path, environment=environment) as server:
        server.request("POST", PREDICTIONS, SEVEN)
        answer = log_in(server)
        assert answer.headers["Location"] == "/digits/operator"
        assert "Path=/digits/operator" in parts(answer)
        cookie = {"Cookie": cookie_of(answer)}
        page = server.request("GET", "/digits/operator", headers=cookie).body.decode()
        inside = re.findall(r'(?:href|src|action)="(/[^"]*)"', page)
        assert len(inside) > 10
        assert [each for each in inside if not each.startswith("/digits/")] == []
