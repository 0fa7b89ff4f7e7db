"""What Prometheus is told, over both workers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from digitpad.records.sqlite.store import SQLiteStore
from tests.needs import missing
from tests.records.records import id_at, record
from tests.server import Server, wait_until
from tests.web.asking import BATCH, PREDICTIONS, SEVEN, THREE, is_problem, new_visitor

BLANK: dict[str, Any] = {"ink": {"strokes": []}}


def metrics(server: Server) -> dict[str, float]:
    """Each sample by its name and labels, such as digitpad_predictions_total{digit="7"}."""
    text = server.request("GET", "/metrics").body.decode()
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
            name = f"{sample.name}{{{labels}}}" if labels else sample.name
            assert name not in found, "the same sample twice"
            found[name] = sample.value
    return found


def test_both_workers_count_together_and_the_dead_ones_count_on(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: server.request("POST", PREDICTIONS, SEVEN), range(40)))
        server.request("POST", BATCH, {"drawings": [THREE, THREE, BLANK]}, new_visitor())
        server.request("POST", PREDICTIONS, {**THREE, "record": False})
        found = metrics(server)
        assert found['digitpad_predictions_total{digit="7"}'] == 40
        assert found['digitpad_predictions_total{digit="3"}'] == 3
        assert found['digitpad_predictions_total{digit="refused"}'] == 1
        assert found["digitpad_confidence_count"] == 43
        assert found['digitpad_recordings_total{outcome="kept"}'] == 43
        route = 'method="POST",route="/api/v1/predictions"'
        assert found[f'digitpad_requests_total{{{route},status="201"}}'] == 40
        assert found[f"digitpad_request_seconds_count{{{route}}}"] == 41

        dead = server.workers()[0]
        os.kill(dead, signal.SIGKILL)
        wait_until(lambda: dead not in server.workers() and len(server.workers()) == 2)
        wait_until(server.answers)  # on a busy machine the other worker may still have been loading
        assert metrics(server)['digitpad_predictions_total{digit="7"}'] == 40


def test_routes_are_named_by_their_rule_and_never_by_what_somebody_asks(server: Server) -> None:
    for path in ("/nowhere/1", "/nowhere/2", "/static/favicon.svg", f"{PREDICTIONS}/17", "/docs"):
        server.request("GET", path)
    made = server.request("POST", PREDICTIONS, SEVEN).json()["id"]
    server.request("GET", f"{PREDICTIONS}/{made}")
    found = "\n".join(metrics(server))
    assert 'method="(any)",route="(none)",status="404"' in found
    assert f'method="GET",route="{PREDICTIONS}/{{id}}"' in found
    assert 'route="/static/{filename}"' in found
    assert "nowhere" not in found
    assert made not in found


def test_the_model_the_store_and_the_last_hours_are_told(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        for drawing in (SEVEN, SEVEN, SEVEN, THREE, BLANK):
            server.request("POST", PREDICTIONS, drawing)
        found = metrics(server)
        version = server.request("GET", "/api/v1/model").json()["version"]
        assert found[f'digitpad_model_info{{network="compact",version="{version}"}}'] == 1
        assert (
            found['digitpad_model_accuracy{data="MNIST test set"}'] == found["digitpad_expected_confidence"]
        )
        assert found["digitpad_store_up"] == found["digitpad_database_up"] == 1
        assert "digitpad_outbox_records" not in found  # SQLite has no outbox
        # there from the start: an alert on its increase would not see the first
        assert found['digitpad_recordings_total{outcome="failed"}'] == 0
        assert found["digitpad_recent_predictions"] == 5
        assert found['digitpad_recent_share{digit="7"}'] == 0.75
        assert found['digitpad_recent_share{digit="0"}'] == 0
        assert found["digitpad_recent_confidence"] > 0.9
        # 7 and 3 hold 0.8 more than their tenths
        assert found["digitpad_drift_of_digits"] == pytest.approx(0.8)
        (tmp_path / "records.db").rename(tmp_path / "away.db")
        found = metrics(server)
        assert found["digitpad_store_up"] == found["digitpad_database_up"] == 0
        server.request("POST", PREDICTIONS, SEVEN)
        assert metrics(server)['digitpad_recordings_total{outcome="failed"}'] == 1
        is_not_ready = server.request("GET", "/readyz")
        assert is_not_ready.status == 503
        assert "removed or replaced" in is_not_ready.json()["reasons"][0]


def test_the_last_hours_are_none_of_those_to_come(tmp_path: Path) -> None:
    """A clock that was ahead has left a record with its date."""
    with closing(SQLiteStore(tmp_path / "records.db")) as store:
        store.add([record(id=id_at(datetime.now(UTC) + timedelta(days=2)))])
    with Server(tmp_path) as server:
        assert metrics(server)["digitpad_recent_predictions"] == 0


def test_a_setting_says_who_may_read_them(tmp_path: Path) -> None:
    environment = {"DIGITPAD_OPERATOR_TOKEN": "open sesame", "DIGITPAD_METRICS": "operator"}
    with Server(tmp_path, environment=environment) as server:
        is_problem(server.request("GET", "/metrics"), 401, "not-the-operator")
        right = server.request("GET", "/metrics", headers={"Authorization": "Bearer open sesame"})
        assert right.status == 200
    with Server(tmp_path, environment={"DIGITPAD_METRICS": "off"}) as server:
        is_problem(server.request("GET", "/metrics"), 404, "not-found")


def test_they_are_gone_with_the_server(tmp_path: Path) -> None:
    with Server(tmp_path, environment={"TMPDIR": str(tmp_path)}) as server:
        server.request("POST", PREDICTIONS, SEVEN)
        assert list(tmp_path.glob("digitpad-*/*.db"))
        server.stop()
        assert list(tmp_path.glob("digitpad-*")) == []
        server.start()
        assert metrics(server).get('digitpad_predictions_total{digit="7"}', 0) == 0


def test_a_folder_that_looks_old_is_not_swept_away_while_it_is_used(tmp_path: Path) -> None:
    if shutil.which("systemd-tmpfiles") is None:
        missing("no systemd-tmpfiles on this machine: install the package systemd")
    swept = tmp_path / "tmp"
    rule = tmp_path / "rule.conf"
    rule.write_text(f"d {swept} 0777 - - mM:1s\n")
    (swept / "left-behind").mkdir(parents=True)
    with Server(tmp_path, environment={"TMPDIR": str(swept)}) as server:
        for path in [swept / "left-behind", *swept.glob("digitpad-*/*"), *swept.glob("digitpad-*")]:
            os.utime(path, (0, 0))
        subprocess.run(["systemd-tmpfiles", "--clean", rule], check=True)
        assert not (swept / "left-behind").exists()
        assert server.request("GET", "/metrics").status == 200
