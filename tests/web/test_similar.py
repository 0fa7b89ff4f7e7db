"""`GET /api/v1/predictions/{id}/similar`: the nearest earlier drawings, and whose."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from digitpad.cli import digitpad
from digitpad.model_card import PACKAGED_MODEL
from tests.handwriting import DIGITS
from tests.server import Server
from tests.test_canonical import drawn
from tests.test_recognizer import png
from tests.web.asking import PREDICTIONS, SEVEN, THREE, is_problem, new_visitor

ONE = {"ink": {"strokes": DIGITS[1]}}


def made(server: Server, drawing: object, visitor: dict[str, str]) -> str:
    return str(server.request("POST", PREDICTIONS, drawing, visitor).json()["id"])


def similar(server: Server, record_id: str, headers: dict[str, str], query: str = "") -> Any:
    answer = server.request("GET", f"{PREDICTIONS}/{record_id}/similar{query}", headers=headers)
    assert answer.status == 200, answer.body
    return answer.json()


def ids(answer: Any) -> list[str]:
    return [each["id"] for each in answer["predictions"]]


def records(server: Server, *arguments: str) -> Result:
    return CliRunner(catch_exceptions=False).invoke(
        digitpad, ["records", "--store", server.store, *arguments]
    )


def test_the_most_like_comes_first_and_nothing_later(server: Server, visitor: dict[str, str]) -> None:
    first, three = made(server, SEVEN, visitor), made(server, THREE, visitor)
    picture = server.request(
        "POST", PREDICTIONS, png(drawn(DIGITS[7])), {**visitor, "Content-Type": "image/png"}
    )
    last = made(server, SEVEN, visitor)
    made(server, SEVEN, visitor)
    answer = similar(server, last, visitor)
    assert ids(answer) == [first, picture.json()["id"], three]
    first_of_all, *_, least = [each["similarity"] for each in answer["predictions"]]
    assert first_of_all > 0.99 > least
    one = server.request("GET", f"{PREDICTIONS}/{first}", headers=visitor).json()
    assert answer["predictions"][0] == {**one, "similarity": first_of_all}
    assert (answer["model"], answer["complete"]) == (one["model"], True)
    assert ids(similar(server, last, visitor, "?limit=1")) == [first]
    assert ids(similar(server, first, visitor)) == []


def test_a_visitor_sees_their_own_and_the_operator_all(guarded: Server, operator: dict[str, str]) -> None:
    mine, other = new_visitor(), new_visitor()
    theirs, my, asked = made(guarded, SEVEN, other), made(guarded, SEVEN, mine), made(guarded, SEVEN, mine)
    assert ids(similar(guarded, asked, mine)) == [my]
    assert {theirs, my} <= {*ids(similar(guarded, asked, operator, "?limit=50"))}


def test_what_is_deleted_is_not_found(server: Server, visitor: dict[str, str]) -> None:
    gone, asked = made(server, SEVEN, visitor), made(server, SEVEN, visitor)
    assert ids(similar(server, asked, visitor)) == [gone]
    assert server.request("DELETE", f"{PREDICTIONS}/{gone}", headers=visitor).status == 204
    assert ids(similar(server, asked, visitor)) == []


@pytest.mark.parametrize("limit", ["0", "51", "-1", "many", "", "1.5"])
def test_a_wrong_limit_is_refused(server: Server, visitor: dict[str, str], limit: str) -> None:
    asked = made(server, SEVEN, visitor)
    answer = server.request("GET", f"{PREDICTIONS}/{asked}/similar?limit={limit}", headers=visitor)
    is_problem(answer, 400, "bad-parameter")


def test_it_is_counted_as_every_endpoint_is_and_not_as_a_prediction(
    server: Server, visitor: dict[str, str]
) -> None:
    def counted(name: str) -> float:
        lines = server.request("GET", "/metrics").body.decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))

    asked = made(server, SEVEN, visitor)
    route = 'digitpad_requests_total{method="GET",route="/api/v1/predictions/{id}/similar"'
    requests, predictions = counted(route), counted("digitpad_predictions_total")
    similar(server, asked, visitor)
    assert counted(route) == requests + 1
    assert counted("digitpad_predictions_total") == predictions


def test_drawings_of_another_model_are_found_once_they_are_indexed(
    tmp_path: Path, visitor: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    shutil.copytree(PACKAGED_MODEL, other)
    card = json.loads((other / "model-card.json").read_text())
    (other / "model-card.json").write_text(json.dumps({**card, "version": "another"}))
    with Server(tmp_path) as server:
        old = [made(server, drawing, visitor) for drawing in (SEVEN, ONE)]
    with Server(tmp_path, environment={"DIGITPAD_MODEL": str(other)}) as server:
        asked = made(server, SEVEN, visitor)
        assert similar(server, asked, visitor) == {"predictions": [], "model": "another", "complete": True}
        assert ids(similar(server, old[1], visitor)) == []
        monkeypatch.setenv("DIGITPAD_MODEL", str(other))
        assert records(server, "index").stderr == "3 of 3 drawings described by model another\n"
        assert ids(similar(server, asked, visitor)) == old
        assert ids(similar(server, old[1], visitor)) == old[:1]


def test_the_command_line_shows_pictures_or_json(server: Server, visitor: dict[str, str]) -> None:
    near, far, asked = (made(server, each, visitor) for each in (SEVEN, THREE, SEVEN))
    mine = ["--visitor", visitor["Cookie"].partition("=")[2]]
    lines = records(server, "similar", asked, "--json", *mine).stdout.splitlines()
    found = [json.loads(line) for line in lines]
    assert [each["id"] for each in found] == [near, far]
    assert found[0]["similarity"] > 0.99
    assert found[0]["drawing"]["strokes"]
    shown = records(server, "similar", asked, *mine).stdout
    assert shown.index(asked) < shown.index(near) < shown.index(far)
    assert shown.count("█") > 30
    assert len(records(server, "similar", asked, "--json", "--limit", "1", *mine).stdout.splitlines()) == 1
    nothing = records(server, "similar", near, *mine)
    assert nothing.exit_code == 0
    assert nothing.stderr.startswith("nothing earlier that model ")


def test_the_command_line_names_what_cannot_be_compared(server: Server, tmp_path: Path) -> None:
    from tests.records.records import record  # noqa: PLC0415
    from tests.test_cli_records import kept  # noqa: PLC0415

    bare = record(drawing=None)
    kept(server.store, bare)
    for record_id, why in ((bare.id, "no drawing that can be compared"), (record().id, "no record ")):
        result = CliRunner().invoke(digitpad, ["records", "--store", server.store, "similar", str(record_id)])
        assert result.exit_code == 1
        assert why in str(result.exception) + result.stderr
