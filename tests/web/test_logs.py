"""What the log says about a request."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.disk import fill, small_disk
from tests.server import Server
from tests.web.asking import PREDICTIONS, SEVEN


def test_a_request_has_an_id_in_its_answer_and_in_the_log(server: Server) -> None:
    given = server.request("GET", "/healthz", headers={"X-Request-Id": "trace-17.b_2"})
    assert given.headers["X-Request-Id"] == "trace-17.b_2"
    made = server.request("POST", PREDICTIONS, SEVEN).headers["X-Request-Id"]
    assert len(made) == 32
    log = server.log.read_text()
    assert "id=trace-17.b_2\n" in log
    assert f"id={made}\n" in log


@pytest.mark.parametrize("given", ["x" * 65, "a b", "a;b", '"', ""])
def test_an_id_of_another_form_is_not_taken_over(server: Server, given: str) -> None:
    made = server.request("GET", "/healthz", headers={"X-Request-Id": given}).headers["X-Request-Id"]
    assert made != given
    assert len(made) == 32


def test_a_refused_request_has_one_too(server: Server) -> None:
    answer = server.request("POST", PREDICTIONS, SEVEN, {"Origin": "https://elsewhere.example"})
    assert answer.status == 403
    assert len(answer.headers["X-Request-Id"]) == 32


def test_where_the_log_finds_no_room_it_starts_and_answers(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, megabytes=1):
        (tmp_path / "server.log").symlink_to(disk / "server.log")
        (disk / "server.log").touch()
        fill(disk)
        with Server(tmp_path) as server:
            assert server.request("POST", PREDICTIONS, SEVEN).status == 201
        assert (disk / "server.log").read_bytes() == b""


def test_every_line_is_json_where_the_setting_says_so(tmp_path: Path) -> None:
    with Server(tmp_path, environment={"DIGITPAD_LOG_FORMAT": "json"}) as server:
        server.request("GET", "/nowhere%0Aforged", headers={"X-Request-Id": "17"})
        (tmp_path / "records.db").unlink()
        server.request("POST", PREDICTIONS, SEVEN, {"X-Request-Id": "18"})
        server.stop()
        lines = [json.loads(line) for line in server.log.read_text().splitlines()]
        server.start()
    assert lines[0]["message"] == f"digitpad: open {server.url}/"
    asked = next(line for line in lines if line.get("request_id") == "17")
    assert asked["status"] == 404
    assert asked["level"] == "info"
    assert asked["time"].endswith("Z")
    wrong = next(line for line in lines if line.get("request_id") == "18" and line["level"] == "error")
    assert "not recorded" in wrong["message"]
