"""The API's description is right: it covers every endpoint, and its examples work."""

from __future__ import annotations

import html
import os
import re
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from digitpad.settings import Settings
from digitpad.web import create_app
from digitpad.web.endpoints import ENDPOINTS
from tests.handwriting import DIGITS
from tests.server import Server
from tests.test_canonical import drawn
from tests.test_recognizer import png
from tests.web.as_operator import TOKEN
from tests.web.asking import CLASSES, PREDICTIONS, SEVEN, new_visitor

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def test_every_endpoint_is_described(tmp_path: Path) -> None:
    app = create_app(Settings(store=f"sqlite:///{tmp_path / 'records.db'}"))
    undescribed = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and app.view_functions[rule.endpoint] not in ENDPOINTS
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
    assert len(lines) == len(ENDPOINTS)
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


def test_whatever_is_sent_the_answer_is_as_described(
    tmp_path: Path, pytestconfig: pytest.Config, sent: dict[str, str]
) -> None:
    """Real HTTP, two workers, valid and invalid bodies and parameters: no 500, no undescribed status or shape.

    The number of requests is printed at the end; --cases 1500 makes some 90,000.
    """
    cases: int = pytestconfig.getoption("cases")
    with Server(tmp_path, environment={"DIGITPAD_RATE_LIMIT": "0"}) as server:
        tried = sum(
            _try(operation, cases, lambda case: case.call_and_validate(checks=CHECKS))
            for operation in _operations(server)
        )
        _is_well(server)
    sent["by nobody in particular, with ids and codes made up"] = f"{tried:,}"
    assert tried > 13 * cases


def test_whoever_may_gets_answers_as_described_too(
    tmp_path: Path, pytestconfig: pytest.Config, sent: dict[str, str]
) -> None:
    """A visitor with records and a class's key, and the operator: endpoints work that give others 404 and 401."""
    cases = max(10, pytestconfig.getoption("cases") // 3)  # fewer would miss the answers of success
    environment = {"DIGITPAD_RATE_LIMIT": "0", "DIGITPAD_OPERATOR_TOKEN": TOKEN, "DIGITPAD_PROXIES": "1"}
    with Server(tmp_path, environment=environment) as server:
        visitor, begun = new_visitor(), server.request("POST", CLASSES).json()
        callers = {
            "a visitor": {**visitor, "Class-Key": begun["key"]},
            "the operator": {"Authorization": f"Bearer {TOKEN}"},
        }
        statuses: dict[str, set[int]] = {}

        def made(path: str) -> str:
            if "{code}" not in path:
                return str(server.request("POST", PREDICTIONS, SEVEN, visitor).json()["id"])
            drawing = {**SEVEN, "asked": 7}
            return str(server.request("POST", f"{CLASSES}/{begun['code']}/drawings", drawing).json()["id"])

        for caller, headers in callers.items():

            def send(case: schemathesis.Case[Any]) -> None:
                there = {"code": begun["code"], "id": made(case.path) if "{id}" in case.path else ""}
                given = {name: there[name] for name in case.path_parameters if name in there}
                case.path_parameters = {**case.path_parameters, **given}
                # Endpoints that limit tries per address are called from another address.
                elsewhere = {"X-Forwarded-For": "192.0.2.1"} if case.operation.label in COUNTED else {}
                answer = case.call_and_validate(checks=CHECKS, headers={**headers, **elsewhere})  # noqa: B023
                statuses.setdefault(case.operation.label, set()).add(answer.status_code)

            operations = _operations(server)
            tried = sum(_try(operation, cases, send) for operation in operations)
            sent[f"by {caller}, with ids and codes that are there"] = f"{tried:,}"
        _is_well(server)
    assert set(statuses) == {operation.label for operation in operations}
    leading = [label for label in statuses if "{id}" in label or "{code}" in label or "/operator" in label]
    assert len(leading) > 20
    shut = {label for label in leading if all(status >= 400 for status in statuses[label])}
    assert shut <= FORMS, {label: statuses[label] for label in shut}


COUNTED = {"POST /operator/login", f"POST {CLASSES}"}
FORMS = {
    "POST /operator/login",
    "POST /operator/predictions/{id}/label",
    "POST /operator/predictions/{id}/remove",
}
"""The operator's, whose fields the description does not have: nothing made from it fills them in."""


def _operations(server: Server) -> list[APIOperation[Any, Any, Any, Any]]:
    described = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    operations = [found.ok() for found in described.get_all_operations() if isinstance(found, Ok)]
    assert (
        len(operations) == len(ENDPOINTS) - 1
    )  # schemathesis leaves out the address of the description itself
    return operations


def _try(
    operation: APIOperation[Any, Any, Any, Any], cases: int, send: Callable[[schemathesis.Case[Any]], object]
) -> int:
    """Send valid and invalid cases, and return how many."""
    return sum(
        _try_kind(operation.as_strategy(generation_mode=mode), cases, send)
        for mode in schemathesis.GenerationMode
    )


def _try_kind(
    kinds: SearchStrategy[schemathesis.Case[Any]],
    cases: int,
    send: Callable[[schemathesis.Case[Any]], object],
) -> int:
    tried = 0

    @settings(
        max_examples=cases,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(kinds)
    def answered_as_described(case: schemathesis.Case[Any]) -> None:
        nonlocal tried
        tried += 1
        send(case)

    with suppress(Unsatisfiable):  # an endpoint without body or parameters has no invalid cases
        answered_as_described()
    return tried


def _is_well(server: Server) -> None:
    assert server.request("GET", "/healthz").status == 200
    assert "Traceback" not in server.log.read_text()
