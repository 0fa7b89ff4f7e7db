"""The original's commands, word for word: two containers, a prediction, and cqlsh, which shows it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, Response, expect

from tests.browser.conftest import Watch, launched
from tests.browser.pad import Pad, is_recorded
from tests.docker.engine import Engine
from tests.docker.ink import SEVEN, seven_as_data_url
from tests.docker.pair import APPLICATION, CASSANDRA, NETWORK, URL, Pair, started
from tests.handwriting import DIGITS
from tests.server import wait_until

pytestmark = pytest.mark.docker

CQLSH = "docker exec -it mnist_cassandra cqlsh"
SELECT = "USE mnist_key; select*from record_data;"


@pytest.fixture(scope="module")
def containers(engine: Engine, image: str, figures: dict[str, str]) -> Iterator[Engine]:
    """The original's network and its two containers, started without waiting for each other."""
    begun = time.monotonic()
    with started(engine, NETWORK, CASSANDRA, APPLICATION):
        wait_until(lambda: Pair(engine).reasons() == [], lambda: engine.logs("mn_app"), seconds=240)
        figures["both containers ready"] = f"{time.monotonic() - begun:.1f} s"
        yield engine


def test_docker_ps_shows_the_published_port(containers: Engine) -> None:
    line = next(line for line in containers.run("docker ps").splitlines() if line.endswith("mn_app"))
    assert "mnist:latest" in line
    assert "8000->5000/tcp" in line


def rows_of(containers: Engine, record_id: str) -> list[str]:
    """The lines in which cqlsh on a terminal shows a record, which may be in the outbox for a moment first."""

    def shown() -> list[str]:
        text = re.sub(
            r"\x1b\[[\d;]*m", "", containers.run_on_terminal(CQLSH, f"{SELECT}\nexit\n")
        )  # in colours
        return [line for line in text.splitlines() if record_id in line]

    lines: list[str] = wait_until(shown, seconds=120)
    return lines


def test_a_prediction_is_found_in_cqlsh_with_its_date_once(containers: Engine) -> None:
    status, body = containers.request("POST", f"{URL}/api/v1/predictions", SEVEN)
    assert status == 201, body
    made = json.loads(body)
    assert made["digit"] == 7
    assert made["recorded"] is True
    (line,) = rows_of(containers, made["id"])
    assert made["recorded_at"][:19].replace("T", " ") in line


def test_what_is_drawn_in_a_browser_on_the_published_port_is_found_in_cqlsh(
    containers: Engine, playwright: Playwright, tmp_path: Path
) -> None:
    watch = Watch()
    with launched(playwright, containers.seen_by("chromium", tmp_path)) as browser:
        page = browser.new_page(viewport={"width": 1040, "height": 800})
        watch.over(page, URL)
        page.goto(f"{URL}/")
        pad = Pad(page)
        pad.await_history()
        with page.expect_response(is_a_recording) as answer:
            assert pad.reads(DIGITS[3]) == "3"
        made = answer.value.json()
        expect(pad.drawings).to_have_count(1)
    assert watch.complaints() == []
    (line,) = rows_of(containers, made["id"])
    day, shard, _, record_id, _, digit, *_ = (column.strip() for column in line.split("|"))
    assert (day, record_id, digit) == (made["recorded_at"][:10], made["id"], "3")
    assert 0 <= int(shard) < 8


def is_a_recording(response: Response) -> bool:
    """Whether a response belongs to a recorded prediction, not to a preview."""
    return response.request.method == "POST" and is_recorded(response.request)


def test_the_original_page_call_is_recorded_too(containers: Engine) -> None:
    def ids() -> list[str]:
        listed = containers.run("docker exec mn_app digitpad records list --json")
        return [json.loads(line)["id"] for line in listed.splitlines()]

    before = ids()
    assert containers.request("POST", f"{URL}/predict/", seven_as_data_url()) == (200, "7")
    after = ids()
    assert after[1:] == before
    assert after[0] not in before
