"""What the operator's pages show, change and export."""

from __future__ import annotations

import csv
import io
import json
import re
import struct
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest

from digitpad import Recognizer
from digitpad.records import Record, read_export
from digitpad.records.sqlite.store import SQLiteStore
from tests.busy_month import month
from tests.records.records import NOON, id_at, record
from tests.server import Server
from tests.web.as_operator import FORM, PAGE, TOKEN, cookie_of, log_in, parts
from tests.web.asking import PREDICTIONS, SEVEN, is_problem

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def filled(
    tmp_path_factory: pytest.TempPathFactory, recognizer: Recognizer
) -> Iterator[tuple[Server, list[Record]]]:
    """A server with a month of drawings, two malicious records, and a last one, refused."""
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
    refused = record(id=id_at(NOON + timedelta(hours=3)), digit=None)
    every = [*drawn, *evil, refused]
    with closing(SQLiteStore(folder / "records.db")) as store:
        store.add(every)
    with Server(folder, environment={"DIGITPAD_OPERATOR_TOKEN": TOKEN}) as server:
        yield server, every


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
        "since=2026-03-04&until=2026-03-03",
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
    for endpoint in ("/operator", "/operator/predictions", "/operator/export.jsonl", "/operator/export.zip"):
        is_problem(server.request("GET", f"{endpoint}?{query}", headers=operator), 400, "bad-parameter")
    page = server.request("GET", f"/operator?{query}", headers={**operator, **PAGE})
    assert page.status == 400
    assert "makes no sense" in page.body.decode()


def test_days_that_are_yet_to_come_are_not_counted_and_that_is_said(
    filled: tuple[Server, list[Record]],
) -> None:
    server, _ = filled
    operator = {"Authorization": f"Bearer {TOKEN}", **PAGE}
    today = datetime.now(UTC).date()
    for query in (f"since={today + timedelta(days=2)}", "since=2998-01-01&until=2999-01-01"):
        page = server.request("GET", f"/operator?{query}", headers=operator)
        assert page.status == 400
        assert "a first day that is later than" in page.body.decode()
    # Where some are past, these are shown: of 2999, the chart would have no day that has come.
    lately = shown(server, f"/operator?since={today - timedelta(days=1)}&until=2999-12-31")
    assert f"from {today - timedelta(days=1)} to " in lately
    assert "2999-12-31 (UTC)" not in lately


def test_the_likeliest_correction_is_chosen_beforehand(filled: tuple[Server, list[Record]]) -> None:
    """One more press saves it; with nothing selected, browsers would select the first, which is 0."""
    server, records = filled
    seen = set()
    for each in records:
        kind = (each.digit is None, each.label is None, each.label == "not-a-digit")
        if kind in seen:
            continue
        seen.add(kind)
        likely = each.label if each.label is not None else "not-a-digit" if each.digit is None else each.digit
        page = shown(server, f"/operator/predictions/{each.id}")
        assert re.findall(r'<option value="([^"]*)" selected>', page) == [str(likely)]
    assert (True, True, False) in seen


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
    endpoint = f"/operator/predictions/{made}"
    is_problem(
        guarded.request("POST", f"{endpoint}/label", b"label=x", {**operator, **FORM}), 400, "bad-parameter"
    )
    kept = guarded.unfollowed("POST", f"{endpoint}/label", b"label=not-a-digit", {**operator, **FORM})
    assert (kept.status, kept.headers["Location"]) == (303, endpoint)
    assert guarded.request("GET", f"{PREDICTIONS}/{made}", headers=operator).json()["label"] == "not-a-digit"
    is_problem(guarded.request("POST", f"{endpoint}/remove", b"", {**operator, **FORM}), 400, "bad-parameter")
    assert guarded.unfollowed("POST", f"{endpoint}/remove", b"sure=yes", {**operator, **FORM}).status == 303
    for path in (endpoint, f"{endpoint}/drawing.png"):
        is_problem(guarded.request("GET", path, headers=operator), 404, "not-found")
    is_problem(
        guarded.request("POST", f"{endpoint}/label", b"label=1", {**operator, **FORM}), 404, "not-found"
    )
    page = guarded.request("GET", endpoint, headers={**operator, **PAGE})
    assert page.status == 404
    assert "There is no such prediction" in page.body.decode()


def test_a_picture_is_asked_for_again_and_not_sent_again(
    guarded: Server, session_cookie: dict[str, str], made: str
) -> None:
    endpoint = f"/operator/predictions/{made}/drawing.png"
    first = guarded.request("GET", endpoint, headers=session_cookie)
    assert first.body.startswith(b"\x89PNG")
    assert first.headers["Cache-Control"] == "private, no-cache"
    known = {"If-None-Match": first.headers["ETag"]}
    assert guarded.request("GET", endpoint, headers={**session_cookie, **known}).status == 304
    is_problem(guarded.request("GET", endpoint, headers=known), 401, "not-the-operator")


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
