"""An export is complete, or fails: users may delete the drawings after it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from digitpad.errors import StoreUnavailable
from digitpad.records.sqlite.store import SQLiteStore
from digitpad.settings import Settings
from digitpad.web import create_app
from digitpad.web.exchange import exporting
from tests.disk import small_disk
from tests.server import Server
from tests.web.as_operator import TOKEN
from tests.web.asking import CLASSES, PREDICTIONS, SEVEN, new_visitor

EXPORT = f"{PREDICTIONS}/export"


class Leaving(SQLiteStore):
    """A store that goes away after so many drawings, once told to."""

    left = 1_000

    def drawing(self, record_id: UUID) -> bytes | None:
        self.left -= 1
        if self.left < 0:
            raise StoreUnavailable("the database is away")
        return super().drawing(record_id)


@pytest.fixture
def leaving(tmp_path: Path) -> Iterator[Leaving]:
    store = Leaving(tmp_path / "records.db")
    yield store
    store.close()


@pytest.fixture
def client(leaving: Leaving, tmp_path: Path) -> FlaskClient:
    settings = Settings(
        store=f"sqlite:///{tmp_path / 'records.db'}", operator_token=TOKEN, state=str(tmp_path)
    )
    return create_app(settings, store=leaving).test_client()


@pytest.mark.parametrize("kind", ["jsonl", "csv", "zip"])
def test_where_the_store_goes_away_half_way_that_is_said(
    client: FlaskClient, leaving: Leaving, kind: str
) -> None:
    begun = client.post(CLASSES).json
    assert begun is not None
    of_class = f"{CLASSES}/{begun['code']}"
    for asked in range(3):
        assert client.post(f"{of_class}/drawings", json={**SEVEN, "asked": asked}).status_code == 201
    key = {"Class-Key": begun["key"]}
    assert client.get(f"{of_class}/export.{kind}", headers=key, buffered=True).status_code == 200
    leaving.left = 2
    answer = client.get(f"{of_class}/export.{kind}", headers=key, buffered=True)
    assert (answer.status_code, answer.json and answer.json["code"]) == (503, "store-unavailable")
    assert "Content-Disposition" not in answer.headers


def test_so_it_is_with_ones_own(client: FlaskClient, leaving: Leaving) -> None:
    for _ in range(3):
        assert client.post(PREDICTIONS, json=SEVEN).status_code == 201
    assert client.get(EXPORT, buffered=True).data.count(b"\n") == 3
    leaving.left = 2
    assert client.get(EXPORT, buffered=True).status_code == 503


def test_its_length_is_said_and_parts_of_it_are_not_to_be_had(server: Server) -> None:
    visitor = new_visitor()
    for _ in range(3):
        server.request("POST", PREDICTIONS, SEVEN, visitor)
    whole = server.request("GET", EXPORT, headers=visitor)
    assert whole.headers["Content-Length"] == str(len(whole.body))
    assert whole.body.count(b"\n") == 3
    assert server.request("HEAD", EXPORT, headers=visitor).headers["Content-Length"] == str(len(whole.body))
    begun = server.request("POST", CLASSES).json()
    headers = {"Class-Key": begun["key"], "Range": "bytes=0-9"}
    for kind in ("jsonl", "csv", "zip"):
        answer = server.request("GET", f"{CLASSES}/{begun['code']}/export.{kind}", headers=headers)
        assert answer.status == 200
        assert answer.headers["Content-Length"] == str(len(answer.body))
        assert "Accept-Ranges" not in answer.headers


def test_where_it_finds_no_room_that_is_said(
    client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = client.post(CLASSES).json
    assert begun is not None
    of_class, key = f"{CLASSES}/{begun['code']}", {"Class-Key": begun["key"]}
    assert client.post(f"{of_class}/drawings", json={**SEVEN, "asked": 7}).status_code == 201
    monkeypatch.setattr(exporting, "IN_MEMORY", 1)
    disk = tmp_path / "disk"
    with small_disk(disk, megabytes=1):
        monkeypatch.setattr(tempfile, "tempdir", str(disk))
        with (disk / "others").open("wb", buffering=0) as others, suppress(OSError):
            while others.write(bytes(4096)):
                pass
        for kind in ("jsonl", "csv", "zip"):
            answer = client.get(f"{of_class}/export.{kind}", headers=key, buffered=True)
            assert (answer.status_code, answer.json and answer.json["code"]) == (503, "store-failed")
