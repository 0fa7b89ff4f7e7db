"""What the page /kept says is true for this server's settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from digitpad.records import open_store
from digitpad.settings import Settings
from digitpad.web import create_app
from tests.server import Server
from tests.web.asking import PREDICTIONS, SEVEN


def told(settings: Settings, language: str = "en") -> str:
    """The page's text, for a server with these settings."""
    with closing(open_store(settings)) as store:
        page = create_app(settings, store=store).test_client().get(f"/kept?lang={language}")
        assert page.status_code == 200
        return " ".join(re.sub(r"<[^>]*>", " ", page.text).split())


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path, options=("--workers", "1")) as server:
        yield server


def test_it_names_the_store_and_says_that_nothing_vanishes_by_itself(tmp_path: Path) -> None:
    said = told(Settings(store=f"sqlite:///{tmp_path / 'records.db'}", retention=30))
    assert "SQLite keeps it until you, or whoever runs this server, deletes it" in said
    assert str(tmp_path) not in said
    assert "30 days" not in said  # this store keeps no time


@pytest.mark.parametrize(
    ("language", "days", "words"),
    [
        ("en", 30, "keeps it for 30 days from"),
        ("de", 30, "behält es 30 Tage ab"),
        ("en", 1, "keeps it for 1 day from"),
        ("de", 1, "behält es 1 Tag ab"),
    ],
)
def test_it_says_how_many_days_cassandra_keeps_a_record(
    tmp_path: Path, language: str, days: int, words: str
) -> None:
    settings = Settings(
        store="cassandra://127.0.0.1:1/mnist_key", outbox=str(tmp_path / "outbox.db"), retention=days
    )
    said = told(settings, language)
    assert f"Cassandra {words}" in said
    assert "127.0.0.1" not in said


def test_the_cookies_that_it_names_are_all_that_come(here: Server) -> None:
    page = here.request("GET", "/kept").body.decode()
    named = set(re.findall(r"digitpad_\w+", page))
    given = {
        each.partition("=")[0]
        for path in ("/", "/?lang=de", "/drawings", "/collect", "/how", "/kept")
        for each in here.request("GET", path).headers.get_all("Set-Cookie") or []
    }
    assert named == given
    days = {
        int(age) // 86_400
        for each in here.request("GET", "/?lang=de").headers.get_all("Set-Cookie") or []
        for age in re.findall(r"Max-Age=(\d+)", each)
    }
    assert days == {400}
    assert "after 400 days" in page


def test_no_address_is_in_the_log_or_in_the_records(here: Server) -> None:
    away = {"X-Forwarded-For": "203.0.113.9"}
    assert here.request("POST", PREDICTIONS, SEVEN, away).status == 201
    here.stop()
    kept = b"".join(path.read_bytes() for path in here.folder.rglob("*") if path.is_file())
    assert b"POST '/api/v1/predictions' 201" in kept
    assert b"203.0.113.9" not in kept
    requests = [line for line in here.log.read_text().splitlines() if "'/" in line]
    assert requests
    assert not [line for line in requests if "127.0.0.1" in line]
    here.start()


def test_every_page_leads_there(here: Server) -> None:
    for path in ("/", "/drawings", "/how", "/collect", "/kept", "/operator/login"):
        assert 'href="/kept"' in here.request("GET", path).body.decode()
