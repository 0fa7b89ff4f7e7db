"""A repeated request leaves no second record."""

from __future__ import annotations

import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from digitpad.errors import StoreError
from digitpad.web.recording.idempotency import Claims
from tests.disk import fill, small_disk
from tests.server import Server
from tests.web.asking import BATCH, PREDICTIONS, SEVEN, THREE, is_problem, new_visitor
from tests.web.test_metrics import metrics


def keyed(visitor: dict[str, str], key: str | None = None) -> dict[str, str]:
    return {**visitor, "Idempotency-Key": key or str(uuid4())}


def records_of(server: Server, visitor: dict[str, str]) -> list[str]:
    page = server.request("GET", f"{PREDICTIONS}?limit=200", headers=visitor).json()
    return [each["id"] for each in page["predictions"]]


def test_the_same_key_gives_the_same_answer_and_no_second_record(
    server: Server, visitor: dict[str, str]
) -> None:
    headers = keyed(visitor)
    answers = [server.request("POST", PREDICTIONS, SEVEN, headers) for _ in range(3)]
    assert [answer.status for answer in answers] == [201, 201, 201]
    assert answers[0].body == answers[1].body == answers[2].body
    assert records_of(server, visitor) == [answers[0].json()["id"]]


def test_fifty_at_once_over_two_workers_are_one_record(server: Server, visitor: dict[str, str]) -> None:
    headers = keyed(visitor)
    with ThreadPoolExecutor(25) as pool:
        answers = list(pool.map(lambda _: server.request("POST", PREDICTIONS, SEVEN, headers), range(50)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert records_of(server, visitor) == [answers[0].json()["id"]]


def test_a_batch_is_repeated_as_a_whole(server: Server, visitor: dict[str, str]) -> None:
    headers = keyed(visitor)
    body = {"drawings": [SEVEN, {"image": "?"}, THREE]}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: server.request("POST", BATCH, body, headers), range(8)))
    assert len({answer.body for answer in answers}) == 1
    assert len(records_of(server, visitor)) == 2


def test_a_key_outlives_a_killed_server(tmp_path: Path, visitor: dict[str, str]) -> None:
    headers = keyed(visitor)
    with Server(tmp_path) as server:
        first = server.request("POST", PREDICTIONS, SEVEN, headers)
        server.kill()
        server.start()
        assert server.request("POST", PREDICTIONS, SEVEN, headers).body == first.body
        assert len(records_of(server, visitor)) == 1


def test_on_a_full_disk_it_is_read_all_the_same_and_recorded_once_there_is_room(
    tmp_path: Path, visitor: dict[str, str]
) -> None:
    disk = tmp_path / "disk"
    before, meanwhile = keyed(visitor), keyed(visitor)
    with (
        small_disk(disk, megabytes=1) as grow,
        Server(tmp_path, f"sqlite:///{disk}/records.db", state(disk)) as server,
    ):
        first = server.request("POST", PREDICTIONS, SEVEN, before)
        fill(disk)
        for endpoint, body in ((PREDICTIONS, SEVEN), (BATCH, {"drawings": [SEVEN]})):
            answer = server.request("POST", endpoint, body, keyed(visitor))
            assert answer.status == 200
            assert b'"recorded":false' in answer.body
        assert server.request("POST", PREDICTIONS, SEVEN, meanwhile).json()["digit"] == 7
        assert server.request("POST", PREDICTIONS, SEVEN, before).body == first.body
        is_problem(server.request("POST", PREDICTIONS, THREE, before), 422, "idempotency-key-reused")
        assert server.request("GET", "/readyz").status == 503
        grow(8)
        assert server.request("POST", PREDICTIONS, SEVEN, meanwhile).status == 201
        assert len(records_of(server, visitor)) == 2


def test_where_no_key_can_be_kept_it_is_not_ready(tmp_path: Path, visitor: dict[str, str]) -> None:
    """All that is drawn on the page comes with a key."""
    disk = tmp_path / "disk"
    with small_disk(disk, megabytes=1) as grow, Server(tmp_path, environment=state(disk)) as server:
        fill(disk)
        answer = server.request("POST", PREDICTIONS, SEVEN, keyed(visitor))
        assert (answer.status, answer.json()["recorded"]) == (200, False)
        is_not_ready = server.request("GET", "/readyz")
        assert is_not_ready.status == 503
        assert is_not_ready.json()["reasons"] == [
            f"{disk}/state/idempotency.db: the disk is full; make room and try again"
        ]
        assert metrics(server)["digitpad_store_up"] == 0
        grow(8)
        assert server.request("POST", PREDICTIONS, SEVEN, keyed(visitor)).status == 201
        assert server.is_ready()


def test_workers_share_their_keys_also_after_somebody_has_removed_them(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    one, other = Claims(folder / "idempotency.db"), Claims(folder / "idempotency.db")
    one.check()
    shutil.rmtree(folder)
    first = other.claim(bytes(32), bytes(32))
    again = one.claim(bytes(32), bytes(32))
    assert (first.repeated, again.repeated) == (False, True)
    assert again.ticks == first.ticks


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc which files are open")
def test_keys_that_cannot_be_opened_leave_no_file_open(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, megabytes=1):
        fill(disk)
        claims = Claims(disk / "idempotency.db")
        for _ in range(3):
            with pytest.raises(StoreError, match="the disk is full"):
                claims.claim(bytes(32), bytes(32))
        files = [each.readlink() for each in Path("/proc/self/fd").iterdir() if each.exists()]
        assert not [each for each in files if each.is_relative_to(disk)]


def state(disk: Path) -> dict[str, str]:
    """The server's own memory on that disk, too; one worker, so that it is open before the disk is full."""
    return {"DIGITPAD_STATE": str(disk / "state"), "DIGITPAD_WORKERS": "1"}


def test_another_body_with_the_same_key_is_refused(server: Server, visitor: dict[str, str]) -> None:
    headers = keyed(visitor)
    server.request("POST", PREDICTIONS, SEVEN, headers)
    is_problem(server.request("POST", PREDICTIONS, THREE, headers), 422, "idempotency-key-reused")
    is_problem(server.request("POST", BATCH, {"drawings": [SEVEN]}, headers), 422, "idempotency-key-reused")


def test_a_key_is_its_visitors_own(server: Server, visitor: dict[str, str]) -> None:
    other = new_visitor()
    mine = server.request("POST", PREDICTIONS, SEVEN, keyed(visitor, "1")).json()
    theirs = server.request("POST", PREDICTIONS, SEVEN, keyed(other, '"1"')).json()
    assert mine["id"] != theirs["id"]
    assert records_of(server, other) == [theirs["id"]]


def test_a_removed_record_does_not_come_back(server: Server, visitor: dict[str, str]) -> None:
    headers = keyed(visitor)
    made = server.request("POST", PREDICTIONS, SEVEN, headers).json()["id"]
    server.request("DELETE", f"{PREDICTIONS}/{made}", headers=visitor)
    is_problem(server.request("POST", PREDICTIONS, SEVEN, headers), 404, "not-found")
    assert records_of(server, visitor) == []


@pytest.mark.parametrize("key", ["x" * 256, "two words", '""'])
def test_a_malformed_key_is_refused(server: Server, visitor: dict[str, str], key: str) -> None:
    is_problem(server.request("POST", PREDICTIONS, SEVEN, keyed(visitor, key)), 400, "bad-idempotency-key")


def test_a_key_without_a_visitor_is_refused_and_brings_one(server: Server) -> None:
    answer = server.request("POST", PREDICTIONS, SEVEN, {"Idempotency-Key": "1"})
    is_problem(answer, 400, "bad-idempotency-key")
    assert "digitpad_visitor" in answer.headers["Set-Cookie"]
