"""The endpoints, over real HTTP against a running server with two workers."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import pytest

from digitpad import Ink, Recognizer, canonical, picture
from digitpad.records.sqlite.store import SQLiteStore
from tests.handwriting import DIGITS
from tests.server import Server
from tests.test_canonical import drawn, likeness
from tests.test_photograph import as_if_clean, cut_out_of_stains
from tests.test_recognizer import png
from tests.web.as_operator import guess
from tests.web.asking import PREDICTIONS, SEVEN, is_problem


@pytest.mark.parametrize("digit", DIGITS)
def test_every_endpoint_gives_the_same_answer(
    server: Server, recognizer: Recognizer, visitor: dict[str, str], digit: int
) -> None:
    picture = png(drawn(DIGITS[digit]))
    url = b"data:image/png;base64," + base64.b64encode(picture)
    answers = [
        server.request("POST", PREDICTIONS, {"image": url.decode()}, visitor),
        server.request("POST", PREDICTIONS, {"image": base64.b64encode(picture).decode()}, visitor),
        server.request("POST", PREDICTIONS, picture, {**visitor, "Content-Type": "image/png"}),
    ]
    expected = recognizer.predict(picture)
    for answer in answers:
        assert answer.status == 201
        assert answer.json()["digit"] == expected.digit == digit
        assert answer.json()["probabilities"] == pytest.approx(expected.probabilities)
    original = server.request(
        "POST", "/predict/", url, {**visitor, "Content-Type": "application/x-www-form-urlencoded"}
    )
    assert (original.status, original.body) == (200, str(digit).encode())
    assert original.headers["Content-Type"].startswith("text/plain")

    strokes = server.request("POST", PREDICTIONS, {"ink": {"strokes": DIGITS[digit]}}, visitor).json()
    assert strokes["probabilities"] == pytest.approx(
        recognizer.predict(Ink.from_strokes(DIGITS[digit])).probabilities
    )


def test_a_prediction_is_recorded_with_its_date_and_its_drawing(
    server: Server, visitor: dict[str, str]
) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    answer = server.request("POST", PREDICTIONS, SEVEN, visitor)
    made = answer.json()
    assert before <= datetime.fromisoformat(made["recorded_at"]) <= datetime.now(UTC)
    assert made["recorded"] is True
    assert set(made) >= {
        "id",
        "digit",
        "confidence",
        "p_digit",
        "probabilities",
        "model",
        "recorded_at",
        "recorded",
    }
    assert answer.headers["Location"] == f"{PREDICTIONS}/{made['id']}"

    assert server.request("GET", f"{PREDICTIONS}/{made['id']}", headers=visitor).json() == made
    assert server.request("GET", PREDICTIONS, headers=visitor).json() == {
        "predictions": [made],
        "next": None,
        "complete": True,
    }
    image = server.request("GET", f"{PREDICTIONS}/{made['id']}/image.png", headers=visitor)
    assert image.headers["Content-Type"] == "image/png"
    assert image.body.startswith(b"\x89PNG")


def test_a_refused_drawing_is_recorded_too(server: Server, visitor: dict[str, str]) -> None:
    answer = server.request("POST", PREDICTIONS, {"ink": {"strokes": []}}, visitor)
    assert answer.status == 201
    assert answer.json()["digit"] is None
    assert answer.json()["p_digit"] == 0
    blank = b"data:image/png;base64," + base64.b64encode(png(drawn([])))
    assert server.request("POST", "/predict/", blank, visitor).body == b"?"
    assert len(server.request("GET", PREDICTIONS, headers=visitor).json()["predictions"]) == 2


def test_a_preview_leaves_no_trace(server: Server, visitor: dict[str, str]) -> None:
    answer = server.request(
        "POST", PREDICTIONS, {**SEVEN, "record": False, "include": ["canonical"]}, visitor
    )
    assert answer.status == 200
    assert (answer.json()["id"], answer.json()["recorded"], answer.json()["digit"]) == (None, False, 7)
    form = answer.json()["canonical"]
    assert len(form) == 28
    assert {len(row) for row in form} == {28}
    assert max(map(max, form)) == 1
    assert server.request("GET", PREDICTIONS, headers=visitor).json()["predictions"] == []


def test_a_prediction_explains_itself(server: Server, visitor: dict[str, str]) -> None:
    wanted = ["canonical", "saliency", "maps", "second_maps", "features", "found"]
    asked = {**SEVEN, "record": False, "include": wanted}
    answer = server.request("POST", PREDICTIONS, asked, visitor).json()
    form, saliency = np.array(answer["canonical"]), np.array(answer["saliency"])
    assert saliency.shape == (28, 28)
    assert saliency.max() == 1
    assert not saliency[form == 0].any()
    for name in ("maps", "second_maps"):
        maps = np.array(answer[name])
        assert maps.ndim == 3
        assert 0 <= maps.min() < maps.max() == 1
    assert len(answer["second_maps"]) > len(answer["maps"])
    assert any(answer["features"])
    assert answer["found"] is None, "strokes are found already"


def test_a_picture_shows_what_was_found_in_it(server: Server, visitor: dict[str, str]) -> None:
    paper = np.full((300, 600), 230, np.uint8)
    paper[60:240, 420:440] = 20
    url = f"data:image/png;base64,{base64.b64encode(png(paper)).decode()}"
    asked = {"image": url, "record": False, "include": ["found"]}
    found = server.request("POST", PREDICTIONS, asked, visitor).json()["found"]
    assert found["box"] == pytest.approx([0.7, 0.2, 440 / 600, 0.8])
    ink = picture.from_bytes(base64.b64decode(found["image"].partition(",")[2]))
    assert ink.shape == (140, 280)
    assert (ink[70, 200], ink[70, 20]) == (255, 0)
    asked["image"] = f"data:image/png;base64,{base64.b64encode(png(paper[:, :300])).decode()}"
    assert server.request("POST", PREDICTIONS, asked, visitor).json()["found"] is None


def test_the_ink_that_is_shown_is_that_which_was_read(server: Server, visitor: dict[str, str]) -> None:
    stained = cut_out_of_stains(5, pen=54, darkest=120)  # read by the ink that the other way finds
    url = f"data:image/png;base64,{base64.b64encode(png(stained)).decode()}"
    asked = {"image": url, "record": False, "include": ["canonical", "found"]}
    answer = server.request("POST", PREDICTIONS, asked, visitor).json()
    assert answer["digit"] == 5
    ink = picture.from_bytes(base64.b64decode(answer["found"]["image"].partition(",")[2]))
    form = as_if_clean(ink)
    assert likeness(form, np.array(answer["canonical"], np.float32)) > 0.9
    assert likeness(form, canonical.from_grey(stained)) < 0.8


def test_fifty_in_the_same_second_are_fifty_records(server: Server, visitor: dict[str, str]) -> None:
    with ThreadPoolExecutor(25) as pool:
        answers = list(pool.map(lambda _: server.request("POST", PREDICTIONS, SEVEN, visitor), range(50)))
    assert {answer.status for answer in answers} == {201}
    ids = {answer.json()["id"] for answer in answers}
    assert len(ids) == 50
    store = SQLiteStore.from_url(server.store)
    try:
        kept = [str(record.id) for record in store.scan()]
    finally:
        store.close()
    assert sorted(record_id for record_id in kept if record_id in ids) == sorted(ids)


def test_pages_follow_one_another(server: Server, visitor: dict[str, str]) -> None:
    ids = [server.request("POST", PREDICTIONS, SEVEN, visitor).json()["id"] for _ in range(5)]
    page = server.request("GET", f"{PREDICTIONS}?limit=3", headers=visitor).json()
    rest = server.request("GET", f"{PREDICTIONS}?limit=3&before={page['next']}", headers=visitor).json()
    assert [p["id"] for p in page["predictions"] + rest["predictions"]] == ids[::-1]
    assert rest["next"] is None


def test_a_caller_without_a_cookie_gets_one_that_works(server: Server) -> None:
    answer = server.request("POST", PREDICTIONS, SEVEN)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    mine = server.request("GET", PREDICTIONS, headers={"Cookie": cookie.partition(";")[0]}).json()
    assert [p["id"] for p in mine["predictions"]] == [answer.json()["id"]]


def test_another_visitor_finds_nothing(server: Server, visitor: dict[str, str]) -> None:
    path = f"{PREDICTIONS}/{server.request('POST', PREDICTIONS, SEVEN, visitor).json()['id']}"
    other = {"Cookie": f"digitpad_visitor={uuid4()}"}
    assert server.request("GET", PREDICTIONS, headers=other).json()["predictions"] == []
    for method, endpoint, body in (
        ("GET", path, None),
        ("GET", f"{path}/image.png", None),
        ("DELETE", path, None),
        ("PUT", f"{path}/label", {"label": 1}),
    ):
        is_problem(server.request(method, endpoint, body, other), 404, "not-found")
    assert server.request("GET", path, headers=visitor).json()["label"] is None


def test_a_correction_is_kept_and_a_removal_removes(server: Server, visitor: dict[str, str]) -> None:
    path = f"{PREDICTIONS}/{server.request('POST', PREDICTIONS, SEVEN, visitor).json()['id']}"
    assert server.request("PUT", f"{path}/label", {"label": 1}, visitor).json()["label"] == 1
    assert (
        server.request("PUT", f"{path}/label", {"label": "not-a-digit"}, visitor).json()["label"]
        == "not-a-digit"
    )
    is_problem(server.request("PUT", f"{path}/label", {"label": 10}, visitor), 422, "bad-request-body")
    assert server.request("DELETE", path, headers=visitor).status == 204
    is_problem(server.request("GET", path, headers=visitor), 404, "not-found")
    is_problem(server.request("DELETE", path, headers=visitor), 404, "not-found")


def test_a_correction_wins_also_after_the_clock_was_set_back(server: Server, visitor: dict[str, str]) -> None:
    record = server.request("POST", PREDICTIONS, SEVEN, visitor).json()["id"]
    with closing(SQLiteStore.from_url(server.store)) as store:
        store.label(UUID(record), 3, datetime.now(UTC) + timedelta(hours=1))
    path = f"{PREDICTIONS}/{record}/label"
    assert server.request("PUT", path, {"label": 5}, visitor).json()["label"] == 5


def test_the_operator_sees_all(guarded: Server, visitor: dict[str, str]) -> None:
    made = guarded.request("POST", PREDICTIONS, SEVEN, visitor).json()["id"]
    operator = {"Authorization": "Bearer open sesame"}
    assert made in [
        p["id"] for p in guarded.request("GET", PREDICTIONS, headers=operator).json()["predictions"]
    ]
    for token in ("Bearer wrong", "Bearer", "bearer  "):
        answer = guarded.request("GET", PREDICTIONS, headers=guess(token))
        is_problem(answer, 401, "not-the-operator")


@pytest.mark.parametrize("token", ["Basic b3Blbjpz", "Basic open sesame", "open sesame", "Digest username=a"])
def test_what_is_not_a_bearer_token_is_not_for_us(
    guarded: Server, visitor: dict[str, str], token: str
) -> None:
    """A proxy with its own password passes that on with each request of its visitors."""
    made = guarded.request("POST", PREDICTIONS, SEVEN, {**visitor, "Authorization": token})
    assert made.status == 201
    for headers, seen in (({**visitor, **guess(token)}, [made.json()["id"]]), (guess(token), [])):
        page = guarded.request("GET", PREDICTIONS, headers=headers).json()
        assert [each["id"] for each in page["predictions"]] == seen
    is_problem(guarded.request("GET", "/operator", headers=guess(token)), 401, "not-the-operator")


def test_without_a_token_set_nobody_is_the_operator(server: Server) -> None:
    for token in ("Bearer", "Bearer ", "Bearer x"):
        answer = server.request("GET", PREDICTIONS, headers={"Authorization": token})
        is_problem(answer, 401, "not-the-operator")


def test_the_model_says_what_it_is(server: Server, recognizer: Recognizer) -> None:
    card = server.request("GET", "/api/v1/model").json()
    assert card["version"] == recognizer.card.version
    assert card["accuracy"]["MNIST test set"] >= 0.994
    assert card["limits"]


def test_health_and_readiness(server: Server) -> None:
    assert server.request("GET", "/healthz").json() == {"status": "ok"}
    assert server.request("GET", "/readyz").json() == {"ready": True, "reasons": []}


def test_records_outlive_a_killed_server(tmp_path: Path, visitor: dict[str, str]) -> None:
    with Server(tmp_path) as server:
        ids = [server.request("POST", PREDICTIONS, SEVEN, visitor).json()["id"] for _ in range(3)]
        server.kill()
        server.start()
        kept = server.request("GET", PREDICTIONS, headers=visitor).json()["predictions"]
        assert [p["id"] for p in kept] == ids[::-1]


def test_it_stops_cleanly_and_logs_a_line_a_request(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        server.request("POST", PREDICTIONS, SEVEN)
        assert server.stop() == 0
        log = server.log.read_text()
        assert f"digitpad: open {server.url}/" in log
        assert "records go to sqlite:///" in log
        assert "POST '/api/v1/predictions' 201" in log
        server.start()


def test_a_picture_that_the_caller_has_is_not_sent_again(server: Server, visitor: dict[str, str]) -> None:
    made = server.request("POST", PREDICTIONS, SEVEN, visitor).json()["id"]
    path = f"{PREDICTIONS}/{made}/image.png"
    tag = server.request("GET", path, headers=visitor).headers["ETag"]
    for have in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = server.request("GET", path, headers={**visitor, "If-None-Match": have})
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    assert server.request("GET", path, headers={**visitor, "If-None-Match": '"other"'}).status == 200
    is_problem(server.request("GET", path, headers={"If-None-Match": tag}), 404, "not-found")
