"""The dashboard and the alerts query a real Prometheus, which scrapes a real server."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.needs import missing
from tests.server import Server, free_port, wait_until
from tests.web.asking import PREDICTIONS, SEVEN

DEPLOY = Path(__file__).parents[2] / "deploy"
PANELS = json.loads((DEPLOY / "grafana-dashboard.json").read_text())["panels"]
_OPERATING = (DEPLOY.parent / "docs" / "operating.md").read_text()
RULES = re.findall(r"```yaml\n(groups:.*?)```", _OPERATING, re.DOTALL)[0]
ALERTS = [rule for group in yaml.safe_load(RULES)["groups"] for rule in group["rules"]]
QUERIES = [(panel["title"], target["expr"]) for panel in PANELS for target in panel["targets"]]


def require_prometheus() -> None:
    if shutil.which("prometheus") is None:
        missing("no Prometheus on this machine: install the package prometheus")


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Prometheus that has scraped a server for a few seconds."""
    require_prometheus()
    folder = tmp_path_factory.mktemp("prometheus")
    with Server(folder) as server:
        config = (DEPLOY / "prometheus.yml").read_text()
        # Prometheus waits for an answer until the next scrape; without one the server counts as down.
        config = config.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}").replace("15s", "2s")
        (folder / "prometheus.yml").write_text(config)
        url = f"http://127.0.0.1:{free_port()}"
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={url.removeprefix('http://')}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until(lambda: _scrapes(url, server) >= 3, seconds=60)
            yield url
        finally:
            process.terminate()
            process.wait(30)


def _scrapes(url: str, server: Server) -> int:
    """Record a drawing, and return how often Prometheus has scraped its counter."""
    server.request("POST", PREDICTIONS, SEVEN)
    try:
        found = ask(url, 'count_over_time(digitpad_predictions_total{digit="7"}[5m])')
    except OSError:
        return 0
    return int(found[0]["value"][1]) if found else 0


def ask(url: str, query: str) -> list[Any]:
    with urllib.request.urlopen(f"{url}/api/v1/query?{urllib.parse.urlencode({'query': query})}") as answer:
        found: list[Any] = json.load(answer)["data"]["result"]
    return found


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_is_silent_where_all_is_well(prometheus: str, rule: dict[str, Any]) -> None:
    assert ask(prometheus, rule["expr"]) == []
    metric = re.search(r"(up|digitpad_\w+)", rule["expr"])
    assert metric
    # SQLite has no outbox, and nothing has failed so far.
    absent = metric[0] in {"digitpad_outbox_age_seconds", "digitpad_recordings_total"}
    assert absent or ask(prometheus, metric[0])


def test_prometheus_takes_the_alerts_as_they_stand(prometheus: str, tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(RULES)
    done = subprocess.run(
        ["promtool", "check", "rules", tmp_path / "rules.yml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("file", ["prometheus.yml", "compose/prometheus.yml"])
def test_the_line_with_the_token_holds_once_it_counts(file: str, tmp_path: Path) -> None:
    require_prometheus()
    (tmp_path / "token").write_text("open sesame")
    config = (DEPLOY / file).read_text()
    with_token = config.replace("# authorization:", "authorization:")
    assert config != with_token
    (tmp_path / "config.yml").write_text(
        with_token.replace("/etc/prometheus/digitpad-token", str(tmp_path / "token"))
    )
    done = subprocess.run(
        ["promtool", "check", "config", tmp_path / "config.yml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("panel", "query"), QUERIES)
def test_a_query_of_the_dashboard_finds_something(prometheus: str, panel: str, query: str) -> None:
    found = ask(prometheus, query)
    assert found, f"{panel}: {query}"
    assert all(sample["value"][1] != "NaN" for sample in found)
