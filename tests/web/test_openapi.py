"""What is said of the API is so: the description covers every door, and its examples work."""

from __future__ import annotations

import html
import os
import re
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from digitpad.settings import Settings
from digitpad.web import create_app
from digitpad.web.doors import DOORS
from tests.handwriting import DIGITS
from tests.server import Server
from tests.test_canonical import drawn
from tests.test_recognizer import png
from tests.web.as_operator import TOKEN
from tests.web.asking import CLASSES, PREDICTIONS, SEVEN

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def test_every_door_is_described(tmp_path: Path) -> None:
    app = create_app(Settings(store=f"sqlite:///{tmp_path / 'records.db'}"))
    undescribed = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and app.view_functions[rule.endpoint] not in DOORS
    ]
    assert undescribed == []


def test_the_description_is_openapi_3_1_and_publishes_the_limits(server: Server) -> None:
    document = server.request("GET", "/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    assert document["info"]["x-limits"]["batch drawings"] == 256
    strokes = document["components"]["schemas"]["InkBody"]["properties"]["strokes"]
    assert strokes["maxItems"] == document["info"]["x-limits"]["strokes"] == 1000
    schemathesis.openapi.from_dict(document).validate()


def test_the_page_of_the_api_needs_nothing_but_the_server(server: Server) -> None:
    answer = server.request("GET", "/docs")
    page = answer.body.decode()
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "<script" not in page
    assert "style=" not in page
    assert re.findall(r'(?:src|href)="(?:https?:)?//', page) == []


def test_every_curl_line_works(guarded: Server, tmp_path: Path) -> None:
    visitor = {"Cookie": "digitpad_visitor=0b5c2a3e-1111-4222-8333-444444444444"}
    jar = f"127.0.0.1\tFALSE\t/\tFALSE\t0\tdigitpad_visitor\t{visitor['Cookie'].partition('=')[2]}\n"
    (tmp_path / "seven.png").write_bytes(png(drawn(DIGITS[7])))
    page = guarded.request("GET", "/docs").body.decode()
    lines = [html.unescape(line) for line in re.findall(r'class="curl">(.*?)</code>', page)]
    assert len(lines) == len(DOORS)
    begun = guarded.request("POST", CLASSES).json()
    for line in lines:
        (tmp_path / "visitor.txt").write_text(jar)  # one of them makes another visitor
        if "$CODE" in line:
            asked = {**SEVEN, "asked": 7}
            made = guarded.request("POST", f"{CLASSES}/{begun['code']}/drawings", asked).json()["id"]
        else:
            made = guarded.request("POST", PREDICTIONS, SEVEN, visitor).json()["id"]
        done = subprocess.run(
            ["sh", "-c", line.replace("curl ", "curl --silent --show-error --fail-with-body ", 1)],
            cwd=tmp_path,
            env={**os.environ, "ID": made, "TOKEN": TOKEN, "CODE": begun["code"], "KEY": begun["key"]},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


def test_whatever_is_sent_the_answer_is_as_described(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """Real HTTP, two workers, bodies and parameters right and wrong: no 500, no undescribed status or shape.

    Some 600 requests; with --cases 1500 some 20,000.
    """
    cases: int = pytestconfig.getoption("cases")
    with Server(tmp_path, environment={"DIGITPAD_RATE_LIMIT": "0"}) as server:
        tried = _try_all(server, cases)
        assert server.request("GET", "/healthz").status == 200
        assert "Traceback" not in server.log.read_text()
    print(f"{tried:,} requests")
    assert tried > 13 * cases


def _try_all(server: Server, cases: int) -> int:
    described = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    operations = [found.ok() for found in described.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) == len(DOORS) - 1  # schemathesis leaves out the address of the description itself
    return sum(
        _try(operation.as_strategy(generation_mode=mode), cases)
        for operation in operations
        for mode in schemathesis.GenerationMode
    )


def _try(kinds: SearchStrategy[schemathesis.Case[Any]], cases: int) -> int:
    """Send cases, and say how many."""
    sent = 0

    @settings(
        max_examples=cases,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(kinds)
    def answered_as_described(case: schemathesis.Case[Any]) -> None:
        nonlocal sent
        sent += 1
        case.call_and_validate(checks=CHECKS)

    with suppress(Unsatisfiable):  # a door without a body or parameters has nothing to get wrong
        answered_as_described()
    return sent
