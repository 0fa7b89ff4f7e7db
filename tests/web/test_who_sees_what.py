"""Who may see what: every endpoint is tried with another visitor's id, and as the operator."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from digitpad import operator_token
from digitpad.cli.token import token
from digitpad.errors import SettingError
from digitpad.settings import Settings
from digitpad.web import create_app
from digitpad.web.api import openapi
from tests.server import Server
from tests.web.as_operator import TOKEN, guess
from tests.web.asking import BATCH, PREDICTIONS, SEVEN, THREE, is_problem, new_visitor

ENDPOINTS_OF_ONE = {
    ("GET", PREDICTIONS + "/{id}"): None,
    ("GET", PREDICTIONS + "/{id}/image.png"): None,
    ("GET", PREDICTIONS + "/{id}/ink.json"): None,
    ("GET", PREDICTIONS + "/{id}/similar"): None,
    ("PUT", PREDICTIONS + "/{id}/label"): {"label": 1},
    ("DELETE", PREDICTIONS + "/{id}"): None,
}
OPERATORS = {  # tried in test_operator_endpoints.py
    ("GET", "/operator/predictions/{id}"),
    ("GET", "/operator/predictions/{id}/drawing.png"),
    ("POST", "/operator/predictions/{id}/label"),
    ("POST", "/operator/predictions/{id}/remove"),
}
CLASSES = {("DELETE", "/api/v1/classes/{code}/drawings/{id}")}  # tried in test_classes.py


def test_the_endpoints_tried_here_are_all_that_lead_to_a_record(tmp_path: Path) -> None:
    app = create_app(Settings(store=f"sqlite:///{tmp_path / 'records.db'}"))
    found = {(place.method, place.path) for place in openapi.places(app) if "{id}" in place.path}
    assert found == set(ENDPOINTS_OF_ONE) | OPERATORS | CLASSES


@pytest.mark.parametrize(("method", "path"), ENDPOINTS_OF_ONE)
def test_another_visitor_finds_nothing(
    guarded: Server, visitor: dict[str, str], method: str, path: str
) -> None:
    made = guarded.request("POST", PREDICTIONS, SEVEN, visitor).json()
    endpoint, body = path.format(id=made["id"]), ENDPOINTS_OF_ONE[method, path]
    for stranger in (new_visitor(), {}, {"Cookie": f"digitpad_visitor={made['id']}"}):
        is_problem(guarded.request(method, endpoint, body, stranger), 404, "not-found")
    assert guarded.request("GET", f"{PREDICTIONS}/{made['id']}", headers=visitor).json() == made


@pytest.mark.parametrize(("method", "path"), ENDPOINTS_OF_ONE)
def test_the_operator_finds_everything(
    guarded: Server, visitor: dict[str, str], operator: dict[str, str], method: str, path: str
) -> None:
    made = guarded.request("POST", PREDICTIONS, SEVEN, visitor).json()["id"]
    body = ENDPOINTS_OF_ONE[method, path]
    assert guarded.request(method, path.format(id=made), body, operator).status in {200, 204}


@pytest.mark.parametrize(("method", "path"), ENDPOINTS_OF_ONE)
def test_a_wrong_token_is_refused_even_at_an_endpoint_of_ones_own(
    guarded: Server, visitor: dict[str, str], method: str, path: str
) -> None:
    made = guarded.request("POST", PREDICTIONS, SEVEN, visitor).json()["id"]
    wrong = {**visitor, **guess()}
    is_problem(
        guarded.request(method, path.format(id=made), ENDPOINTS_OF_ONE[method, path], wrong),
        401,
        "not-the-operator",
    )


def test_lists_hold_ones_own_only_and_all_for_the_operator(guarded: Server, operator: dict[str, str]) -> None:
    one, other = new_visitor(), new_visitor()
    mine = guarded.request("POST", PREDICTIONS, SEVEN, one).json()["id"]
    theirs = guarded.request("POST", BATCH, {"drawings": [THREE]}, other).json()["predictions"][0]["id"]

    def listed(headers: dict[str, str]) -> list[str]:
        page = guarded.request("GET", PREDICTIONS, headers=headers).json()
        return [each["id"] for each in page["predictions"]]

    assert listed(one) == [mine]
    assert listed(other) == [theirs]
    assert listed(new_visitor()) == []
    assert {mine, theirs} <= set(listed(operator))


def test_each_takes_along_and_removes_their_own_only(guarded: Server) -> None:
    one, other = new_visitor(), new_visitor()
    mine = guarded.request("POST", PREDICTIONS, SEVEN, one).json()
    guarded.request("POST", PREDICTIONS, THREE, other)
    (line,) = guarded.request("GET", PREDICTIONS + "/export", headers=one).body.splitlines()
    found, ink = json.loads(line), json.loads(json.dumps(SEVEN["ink"]))
    assert (found["id"], found["drawing"]) == (mine["id"], ink)
    assert guarded.request("GET", f"{PREDICTIONS}/{mine['id']}/ink.json", headers=one).json() == ink
    assert guarded.request("DELETE", PREDICTIONS, headers={}).status == 204
    assert guarded.request("DELETE", PREDICTIONS, headers=one).status == 204
    assert guarded.request("GET", PREDICTIONS + "/export", headers=one).body == b""
    assert guarded.request("GET", PREDICTIONS + "/export", headers=other).body.count(b"\n") == 1


def test_whoever_is_next_becomes_a_new_visitor_and_leaves_what_was_there(guarded: Server) -> None:
    one = new_visitor()
    guarded.request("POST", PREDICTIONS, SEVEN, one)
    answer = guarded.request("POST", "/api/v1/visitor", headers=one)
    assert answer.status == 204
    (cookie,) = [each.partition(";")[0] for each in answer.headers.get_all("Set-Cookie") or []]
    assert cookie != one["Cookie"]
    assert guarded.request("GET", PREDICTIONS, headers={"Cookie": cookie}).json()["predictions"] == []
    assert len(guarded.request("GET", PREDICTIONS, headers=one).json()["predictions"]) == 1
    foreign = {**one, "Origin": "https://elsewhere.example"}
    is_problem(guarded.request("POST", "/api/v1/visitor", headers=foreign), 403, "foreign-origin")


def test_a_hash_of_the_token_is_enough_and_is_no_token(tmp_path: Path) -> None:
    kept = operator_token.hashed(TOKEN)
    with Server(tmp_path, environment={"DIGITPAD_OPERATOR_TOKEN": kept}) as server:
        right = server.request("GET", PREDICTIONS, headers={"Authorization": f"Bearer {TOKEN}"})
        assert right.status == 200
        is_problem(
            server.request("GET", PREDICTIONS, headers={"Authorization": f"Bearer {kept}"}),
            401,
            "not-the-operator",
        )


def test_the_token_is_hashed_as_soon_as_it_is_read_and_never_logged(
    guarded: Server, operator: dict[str, str]
) -> None:
    settings = Settings.load(environ={"DIGITPAD_OPERATOR_TOKEN": TOKEN})
    assert TOKEN not in repr(settings)
    assert TOKEN not in str(settings.to_environment())
    guarded.request("GET", PREDICTIONS, headers=operator)
    guarded.request("GET", PREDICTIONS, headers=guess("Bearer another secret"))
    log = guarded.log.read_text()
    assert "GET '/api/v1/predictions'" in log
    assert TOKEN not in log
    assert "another secret" not in log


def test_the_command_makes_a_token_and_its_setting() -> None:
    shown = CliRunner().invoke(token).output
    made, setting = re.fullmatch(
        r"token    (\S{43})\nsetting  DIGITPAD_OPERATOR_TOKEN=(\S+)\n", shown
    ).groups()  # type: ignore[union-attr]
    assert setting == "sha256:" + hashlib.sha256(made.encode()).hexdigest()
    assert operator_token.matches(made, setting)
    assert operator_token.hashed(setting) == setting
    own = CliRunner().invoke(token, ["--hash"], input=f"{TOKEN}\n").output
    assert own == f"setting  DIGITPAD_OPERATOR_TOKEN={operator_token.hashed(TOKEN)}\n"


def test_a_token_that_no_header_carries_is_refused_at_once() -> None:
    for own in ("pässwort", "p\udce4sswort", "two\nlines", " "):
        with pytest.raises(SettingError, match="signs of ASCII"):
            Settings(operator_token=own)
    latin = CliRunner().invoke(token, ["--hash"], input="pässwort\n".encode("latin-1"))
    assert isinstance(latin.exception, SettingError)


def test_blanks_around_a_token_in_the_setting_do_not_count() -> (
    None
):  # a file with Windows' line ends leaves \r
    assert Settings(operator_token=f" {TOKEN}\r").operator_token == operator_token.hashed(TOKEN)


def test_half_a_hash_is_a_mistake_and_not_a_token() -> None:
    with pytest.raises(SettingError, match="64 hexadecimal digits"):
        Settings(operator_token="sha256:abc")
