"""The commands under `bench` measure what they say."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench import load
from tests.server import Server

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
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
    )
    text = report.read_text()
    assert "| digitpad: strokes, recorded |" in text
    assert "| strokes, recorded: at least 0.5 × the ceiling |" in text
    assert str(ROOT) not in text and str(tmp_path) not in text
