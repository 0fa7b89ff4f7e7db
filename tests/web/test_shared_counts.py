"""Counts that workers share start anew when their time is over, or the clock was set back."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path

import pytest
from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from digitpad.web.guards.shared_counts import LONGEST, SharedCounts
from tests.disk import fill, small_disk
from tests.server import Server, wait_until
from tests.web.asking import PREDICTIONS, SEVEN

TWO = RateLimitItemPerMinute(2)


@pytest.fixture
def counts(tmp_path: Path) -> SharedCounts:
    return SharedCounts(tmp_path / "counts")


def set_clock(monkeypatch: pytest.MonkeyPatch, by: float) -> None:
    there = time.time
    monkeypatch.setattr(time, "time", lambda: there() + by)


def test_two_who_share_a_file_count_together(counts: SharedCounts, tmp_path: Path) -> None:
    here, there = FixedWindowRateLimiter(counts), FixedWindowRateLimiter(SharedCounts(tmp_path / "counts"))
    assert here.hit(TWO, "somebody")
    assert there.hit(TWO, "somebody")
    assert not here.hit(TWO, "somebody")
    assert not there.test(TWO, "somebody")
    assert there.hit(TWO, "somebody else")


@pytest.mark.parametrize("by", [LONGEST + 2, -3600])
def test_a_minute_later_or_an_hour_earlier_it_begins_anew(
    counts: SharedCounts, monkeypatch: pytest.MonkeyPatch, by: float
) -> None:
    limiter = FixedWindowRateLimiter(counts)
    while limiter.hit(TWO, "somebody"):
        pass
    assert not limiter.test(TWO, "somebody")
    set_clock(monkeypatch, by)
    assert counts.get_expiry(TWO.key_for("somebody")) <= time.time()
    assert limiter.test(TWO, "somebody")
    assert limiter.hit(TWO, "somebody")
    assert limiter.get_window_stats(TWO, "somebody").reset_time <= time.time() + LONGEST


def test_a_clock_that_is_set_back_by_a_moment_changes_nothing(
    counts: SharedCounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    limiter = FixedWindowRateLimiter(counts)
    while limiter.hit(TWO, "somebody"):
        pass
    set_clock(monkeypatch, -0.5)
    assert not limiter.test(TWO, "somebody")


def test_a_full_disk_kills_no_worker(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, megabytes=16), Server(tmp_path, environment={"TMPDIR": str(disk)}) as server:
        assert server.request("POST", PREDICTIONS, SEVEN).status == 201
        workers = server.workers()
        # The second may still be loading.
        wait_until(lambda: len([*disk.glob("digitpad-*/histogram_*.db")]) == len(workers))
        fill(disk)
        for _ in range(40):  # each is counted at another place
            visitor = {"Cookie": f"digitpad_visitor={uuid.uuid4()}"}
            assert server.request("GET", PREDICTIONS, headers=visitor).status == 200
        for path in ("/", "/how", "/kept", "/drawings", "/docs", "/openapi.json", "/api/v1/model"):
            assert server.request("GET", path).status == 200
        assert server.request("GET", "/operator", headers={"Authorization": "Bearer none"}).status == 401
        assert server.workers() == workers


def test_a_start_without_room_says_so_in_one_line(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, megabytes=1):
        fill(disk)
        os.truncate(disk / "other", (disk / "other").stat().st_size - 100_000)
        with pytest.raises(AssertionError, match="No space left on device") as ended:
            Server(tmp_path, environment={"TMPDIR": str(disk)}).__enter__()
    assert "Traceback" not in str(ended.value)
