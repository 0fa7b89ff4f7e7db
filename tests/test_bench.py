"""The commands under `bench` measure what they say."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from bench import load
from bench.steady.report import Run, markdown, wrong
from bench.steady.sampling import Sample
from bench.steady.visitors import Ledger
from tests.server import Server, environ

ROOT = Path(__file__).parents[1]


def test_the_load_generator_counts_what_is_served_and_what_is_refused(tmp_path: Path) -> None:
    ink = b'{"ink": {"strokes": [[[80, 70], [200, 66], [124, 232]]]}, "record": false}'
    with Server(tmp_path, options=("--rate-limit", "0")) as server:
        good = load.request("/api/v1/predictions", ink, "application/json")
        bad = load.request("/api/v1/predictions", b"[]", "application/json")
        with ThreadPoolExecutor(1) as own:  # this thread may have an event loop of the browser tests
            found = own.submit(load.run, server.port, [good, bad], seconds=1, connections=2).result()
        assert found.statuses == {200: len(found.latencies), 422: found.refused}
        assert found.latencies and found.refused
        assert 0 < found.p50 <= found.p99
    assert not load.answers(server.port, good)


def test_bench_serving_measures_and_reports(tmp_path: Path) -> None:
    report = tmp_path / "report.md"
    chosen = ["--only", "constant", "--only", "strokes, recorded"]
    briefly = ["--seconds", "0.3", "--rounds", "1"]
    subprocess.run(
        [sys.executable, "-m", "bench.serving", *chosen, *briefly, "--report", str(report)],
        check=True,
        cwd=ROOT,
        env=environ(),
    )
    text = report.read_text()
    assert "| digitpad: strokes, recorded |" in text
    assert "| strokes, recorded: at least 0.5 × the ceiling |" in text
    assert str(ROOT) not in text and str(tmp_path) not in text


def test_bench_steady_sends_its_mixture_and_finds_every_record_again(tmp_path: Path) -> None:
    report = tmp_path / "report.md"
    run = subprocess.run(
        [sys.executable, "-m", "bench.steady", "--minutes", "0.1", "--rate", "30", "--report", str(report)],
        check=False,
        cwd=ROOT,
        env=environ(),
    )
    assert run.returncode in {0, 1}, "seconds tell nothing of growth"
    text = report.read_text()
    assert "requests**, 0 of them not answered as they should be" in text
    assert "0 are missing, too many" in text
    assert "| memory MB (PSS, without files) |" in text


STILL = Sample(
    hours=0,
    rate=80,
    p50=5,
    p99=40,
    processor=2,
    memory=160,
    handles=110,
    threads=30,
    outbox=0,
    database=50,
    log=8,
    others=1,
)


def judged(
    changes: dict[str, list[float]], ledger: Ledger | None = None, losses: list[str] | None = None
) -> list[str]:
    """Judge an hour that is still except for `changes`, each with its value for every minute."""
    samples = [
        replace(STILL, hours=minute / 60, **{name: each[minute] for name, each in changes.items()})  # type: ignore[arg-type]
        for minute in range(60)
    ]
    run = Run("An hour", "", 80, samples, ledger or Ledger(), losses or [], [])
    assert ("Nothing was lost, nothing failed, nothing grows." in markdown(run)) is (wrong(run) == [])
    return wrong(run)


def test_an_hour_in_which_nothing_grows_is_well_whatever_its_beginning_and_single_minutes_were() -> None:
    assert judged({}) == []
    assert judged({"memory": [130 + 3 * min(minute, 9) for minute in range(60)]}) == []
    assert judged({"memory": [900 if minute % 7 == 0 else 160 for minute in range(60)]}) == []
    assert judged({"database": [float(minute) for minute in range(60)]}) == []


@pytest.mark.parametrize(
    ("name", "an_hour_later"),
    [
        ("memory", 6),
        ("handles", 6),
        ("threads", 3),
        ("p50", 3),
        ("p99", 60),
        ("processor", 0.4),
        ("outbox", 99),
    ],
)
def test_what_grows_is_found(name: str, an_hour_later: float) -> None:
    begun = getattr(STILL, name)
    (found,) = judged({name: [begun + an_hour_later * minute / 60 for minute in range(60)]})
    assert "grew by" in found


def test_errors_losses_and_a_rate_that_was_not_kept_up_are_found() -> None:
    ledger = Ledger()
    ledger.note("strokes", 0.01, "POST …: 500, b'failed'")
    assert judged({}, ledger) == ["strokes: POST …: 500, b'failed'"]
    assert judged({}, losses=["a record"]) == ["a record"]
    assert judged({"rate": [70.0] * 60}) == ["70.0 requests/s came of 80"]
