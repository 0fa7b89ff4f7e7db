"""A class: its code lets drawings in, its key alone lets the teacher see, download and erase them."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from base64 import b32encode
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitpad import idx
from digitpad.web.api import classes
from digitpad.web.guards import class_codes
from digitpad.web.guards.class_codes import Class, NoSuchClass
from tests.handwriting import DIGITS
from tests.server import Answer, Server
from tests.web.as_operator import guess
from tests.web.asking import CLASSES, PREDICTIONS, SEVEN, is_problem, new_visitor


class Taught:
    """A class that has begun on `server`, with its teacher's key."""

    def __init__(self, server: Server) -> None:
        self.server = server
        made = server.request("POST", CLASSES)
        assert made.status == 201
        self.code, self.key = made.json()["code"], made.json()["key"]
        self.at = f"{CLASSES}/{self.code}"
        self.teacher = {"Class-Key": self.key}

    def draw(self, asked: int, drawn: int | None = None, headers: dict[str, str] | None = None) -> Answer:
        """Record a drawing of the digit asked for, or of another."""
        ink = {"strokes": DIGITS[asked if drawn is None else drawn]}
        return self.server.request("POST", f"{self.at}/drawings", {"ink": ink, "asked": asked}, headers)

    def wall(self, query: str = "") -> Any:
        answer = self.server.request("GET", f"{self.at}/drawings{query}", headers=self.teacher)
        assert answer.status == 200, answer.body
        return answer.json()

    def lines(self) -> list[Any]:
        """The lines of the export, oldest first."""
        answer = self.server.request("GET", f"{self.at}/export.jsonl", headers=self.teacher)
        assert answer.status == 200, answer.body
        return [json.loads(line) for line in answer.body.splitlines()][::-1]

    def teachers_endpoints(self) -> list[tuple[str, str]]:
        exports = [("GET", f"{self.at}/export.{kind}") for kind in ("jsonl", "csv", "zip")]
        return [("GET", f"{self.at}/drawings"), ("DELETE", f"{self.at}/drawings"), *exports]


@pytest.fixture
def taught(guarded: Server) -> Taught:
    return Taught(guarded)


# ── Who may what ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_code_adds_and_the_key_sees(taught: Taught) -> None:
    added = taught.draw(7)
    assert added.status == 201
    assert (added.json()["digit"], added.json()["label"]) == (7, 7)
    (shown,) = taught.wall()["drawings"]
    assert shown == {
        "id": added.json()["id"],
        "asked": 7,
        "digit": 7,
        "ink": json.loads(json.dumps(SEVEN["ink"])),
    }


def test_the_code_alone_sees_nothing_and_erases_nothing(taught: Taught) -> None:
    taught.draw(7)
    other = Taught(taught.server)
    for method, endpoint in taught.teachers_endpoints():
        for headers in ({}, other.teacher, {"Class-Key": taught.code}, {"Class-Key": "a" * 26}):
            is_problem(taught.server.request(method, endpoint, headers=headers), 403, "not-the-teacher")
        wrong = {**guess(), **taught.teacher}
        is_problem(taught.server.request(method, endpoint, headers=wrong), 401, "not-the-operator")
    assert len(taught.wall()["ids"]) == 1


def test_the_operator_may_what_the_teacher_may(taught: Taught, operator: dict[str, str]) -> None:
    taught.draw(7)
    for method, endpoint in sorted(taught.teachers_endpoints(), reverse=True):
        assert taught.server.request(method, endpoint, headers=operator).status in {200, 204}
    assert taught.wall() == {"drawings": [], "ids": [], "complete": True}


def test_a_drawing_is_taken_back_by_its_id_and_through_its_own_class_alone(
    taught: Taught, visitor: dict[str, str]
) -> None:
    drawn = taught.draw(7).json()["id"]
    other = Taught(taught.server)
    mine = taught.server.request("POST", PREDICTIONS, SEVEN, visitor).json()["id"]
    for endpoint in (
        f"{other.at}/drawings/{drawn}",
        f"{taught.at}/drawings/{mine}",
        f"{taught.at}/drawings/{uuid4()}",
    ):
        is_problem(taught.server.request("DELETE", endpoint, headers=visitor), 404, "not-found")
    assert taught.server.request("DELETE", f"{taught.at}/drawings/{drawn}").status == 204
    assert taught.wall()["ids"] == []
    assert taught.server.request("GET", f"{PREDICTIONS}/{mine}", headers=visitor).status == 200


def test_ids_of_drawings_cannot_be_guessed(taught: Taught) -> None:
    """A worker's time-based UUIDs share the node; here only the date may be alike."""
    low = [UUID(taught.draw(7).json()["id"]).int & (1 << 62) - 1 for _ in range(6)]
    for one, other in pairwise(low):
        assert 10 < (one ^ other).bit_count() < 52


def test_what_a_class_draws_is_nobodys_own_and_the_other_way_round(
    taught: Taught, visitor: dict[str, str], operator: dict[str, str]
) -> None:
    drawn = taught.draw(7, headers=visitor).json()["id"]
    assert taught.server.request("GET", PREDICTIONS, headers=visitor).json()["predictions"] == []
    is_problem(taught.server.request("GET", f"{PREDICTIONS}/{drawn}", headers=visitor), 404, "not-found")
    found = taught.server.request("GET", f"{PREDICTIONS}/{drawn}", headers=operator)
    assert found.json()["label"] == 7
    # The class's own id in a cookie opens nothing: it is of another version than a visitor's.
    forged = {"Cookie": f"digitpad_visitor={Class(taught.code).id}"}
    assert taught.server.request("GET", PREDICTIONS, headers=forged).json()["predictions"] == []
    assert taught.server.request("DELETE", PREDICTIONS, headers=forged).status == 204
    assert taught.wall()["ids"] == [drawn]


def test_a_record_holds_no_code_and_the_log_no_key(taught: Taught) -> None:
    taught.draw(7)
    taught.wall()
    assert taught.key not in taught.server.log.read_text()
    (line,) = taught.lines()
    assert UUID(line["visitor"]).version == 5
    assert taught.code not in json.dumps(line)


def test_keys_cannot_be_tried_without_end_and_the_teacher_goes_on(tmp_path: Path) -> None:
    with Server(tmp_path, options=("--workers", "1")) as server:
        taught = Taught(server)
        assert taught.wall()["ids"] == []  # from here on the worker knows this key
        statuses = set[int]()
        for _ in range(3 * classes.KEYS_A_MINUTE.amount):  # some minute gets enough, even on a slow machine
            answer = server.request(
                "GET", f"{taught.at}/drawings", headers={"Class-Key": class_codes.new_key()}
            )
            statuses.add(answer.status)
            if answer.status == 429:
                break
        assert statuses == {403, 429}
        assert taught.wall()["ids"] == []
        assert taught.draw(3).status == 201


def test_who_begins_classes_without_end_keeps_no_teacher_out(tmp_path: Path) -> None:
    with Server(tmp_path, options=("--workers", "1")) as server:
        taught = Taught(server)  # the worker does not know its key yet
        for _ in range(3 * classes.BEGUN_A_MINUTE.amount):
            answer = server.request("POST", CLASSES)
            if answer.status == 429:
                break
        is_problem(answer, 429, "too-many-requests")
        assert taught.wall()["ids"] == []


# ── Codes ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_address_on_the_wall_leads_to_the_class_however_much_of_it_is_typed(taught: Taught) -> None:
    wall = taught.server.request("GET", f"/collect/{taught.code}/wall").body.decode()
    place = re.search(r"<b>[^/]*(/[^<]*)<wbr>", wall)
    assert place
    for typed in (place[1], f"{place[1]}{taught.code}", f"{place[1]}{taught.code}/"):
        assert taught.server.unfollowed("GET", typed, None, {}).status == 200


def test_a_code_may_be_typed_as_it_is_read_aloud(taught: Taught) -> None:
    for typed in (
        taught.code.lower(),
        taught.code.replace("-", ""),
        taught.code.replace("0", "o").replace("1", "l"),
    ):
        answer = taught.server.request("POST", f"{CLASSES}/{typed}/drawings", {**SEVEN, "asked": 7})
        assert answer.status == 201
    assert len(taught.wall()["ids"]) == 3


@pytest.mark.parametrize("code", ["K7P-M2X-QD5", "K7P", "K7P-M2X-QDUU", "%C3%A4", "..%5C", "0" * 400])
def test_a_code_that_is_none_is_no_class(guarded: Server, code: str) -> None:
    for method, endpoint in (
        ("POST", "drawings"),
        ("GET", "drawings"),
        ("DELETE", "drawings"),
        ("GET", "export.csv"),
    ):
        body = {**SEVEN, "asked": 7} if method == "POST" else None
        is_problem(guarded.request(method, f"{CLASSES}/{code}/{endpoint}", body), 404, "no-such-class")


@given(st.binary(min_size=16, max_size=16), st.integers(0, 8), st.sampled_from(class_codes.LETTERS))
def test_one_mistyped_sign_is_found(drawn: bytes, at: int, sign: str) -> None:
    signs = b32encode(drawn).decode().translate(str.maketrans("ILOU234567", "0123456789"))[:8]
    code = next(signs + check for check in class_codes.LETTERS if is_code(signs + check))
    mistyped = code[:at] + sign + code[at + 1 :]
    assert is_code(mistyped) is (mistyped == code)


def is_code(text: str) -> bool:
    try:
        class_codes.named(text)
    except NoSuchClass:
        return False
    return True


def test_a_key_gives_the_same_code_everywhere() -> None:
    key = class_codes.new_key()
    assert class_codes.is_key(key)
    made = class_codes.class_of(key)
    assert made == class_codes.class_of(key) == class_codes.named(made.code)
    assert made.id.version == 5
    # These values must never change: after an upgrade, existing classes must find their drawings.
    assert class_codes.class_of("a" * 26).code == "690-WPJ-JH2"
    assert str(class_codes.class_of("a" * 26).id) == "97441843-4252-50b0-a5d0-c03bd517c925"


# ── What comes in, and what goes out ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"ink": {"strokes": [[[0, 0]]]}}, "bad-request-body"),
        ({**SEVEN, "asked": 10}, "bad-request-body"),
        ({**SEVEN, "asked": "7"}, "bad-request-body"),
        ({**SEVEN, "asked": None}, "bad-request-body"),
        ({**SEVEN, "asked": 7, "name": "Anna"}, "bad-request-body"),
        ({"ink": {"strokes": [[[0, 0]]] * 1001}, "asked": 7}, "bad-ink"),
        ({"ink": {"strokes": [[[1e7, 0]]]}, "asked": 7}, "bad-ink"),
        ({"image": "data:image/png;base64,", "asked": 7}, "bad-request-body"),
    ],
)
def test_bodies_are_checked(taught: Taught, body: object, code: str) -> None:
    is_problem(taught.server.request("POST", f"{taught.at}/drawings", body), 422, code)
    assert taught.wall()["ids"] == []


def test_what_was_asked_counts_whatever_was_read(taught: Taught) -> None:
    assert taught.draw(1, drawn=7).json()["label"] == 1
    (shown,) = taught.wall()["drawings"]
    assert (shown["asked"], shown["digit"]) == (1, 7)


def test_a_drawing_that_is_sent_again_is_recorded_once(taught: Taught, visitor: dict[str, str]) -> None:
    headers = {**visitor, "Idempotency-Key": "once"}
    first, again = taught.draw(7, headers=headers), taught.draw(7, headers=headers)
    assert first.status == again.status == 201
    assert first.json() == again.json()
    is_problem(taught.draw(3, headers=headers), 422, "idempotency-key-reused")
    is_problem(taught.draw(7, headers={"Idempotency-Key": "nobody's"}), 400, "bad-idempotency-key")
    assert len(taught.wall()["ids"]) == 1
    taught.server.request("DELETE", f"{taught.at}/drawings/{first.json()['id']}")
    is_problem(taught.draw(7, headers=headers), 404, "not-found")
    assert taught.wall()["ids"] == []


def test_another_site_may_not_write(taught: Taught) -> None:
    drawn = taught.draw(7).json()["id"]
    foreign = {"Origin": "https://elsewhere.example", **taught.teacher}
    is_problem(taught.draw(7, headers=foreign), 403, "foreign-origin")
    for endpoint in (CLASSES, f"{taught.at}/drawings", f"{taught.at}/drawings/{drawn}"):
        method = "POST" if endpoint == CLASSES else "DELETE"
        is_problem(taught.server.request(method, endpoint, headers=foreign), 403, "foreign-origin")
    assert taught.wall()["ids"] == [drawn]


def test_the_wall_brings_what_is_new_and_says_what_is_gone(taught: Taught) -> None:
    made = [taught.draw(digit).json()["id"] for digit in (1, 2, 3)]
    assert [each["asked"] for each in taught.wall()["drawings"]] == [3, 2, 1]
    taught.server.request("DELETE", f"{taught.at}/drawings/{made[0]}")
    later = taught.wall(f"?after={made[1]}")
    assert [each["asked"] for each in later["drawings"]] == [3]
    assert later["ids"] == [made[2], made[1]]
    for after in ("x", uuid4()):
        endpoint = f"{taught.at}/drawings?after={after}"
        is_problem(taught.server.request("GET", endpoint, headers=taught.teacher), 400, "bad-parameter")


def test_a_wall_holds_forty_and_the_export_all(taught: Taught) -> None:
    for number in range(42):
        assert taught.draw(number % 10, headers=new_visitor()).status == 201
    assert [each["asked"] for each in taught.wall()["drawings"]] == [
        number % 10 for number in range(41, 1, -1)
    ]
    assert [line["label"] for line in taught.lines()] == [number % 10 for number in range(42)]


def test_an_export_carries_drawings_and_labels_in_each_form(taught: Taught, tmp_path: Path) -> None:
    taught.draw(7)
    taught.draw(1, drawn=4)
    Taught(taught.server).draw(9)
    lines = taught.lines()
    assert [(line["label"], line["digit"]) for line in lines] == [(7, 7), (1, 4)]
    assert lines[0]["drawing"] == json.loads(json.dumps(SEVEN["ink"]))
    answer = taught.server.request("GET", f"{taught.at}/export.csv", headers=taught.teacher)
    assert f'filename="{taught.code}.csv"' in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    assert [row["label"] for row in rows] == ["1", "7"]
    packed = taught.server.request("GET", f"{taught.at}/export.zip", headers=taught.teacher).body
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        images, labels = (idx.read(Path(archive.extract(name, tmp_path))) for name in archive.namelist())
    assert images.shape == (2, 28, 28)
    assert images.any(axis=(1, 2)).all()
    assert np.array_equal(labels, [1, 7])


def test_erasing_takes_all_and_the_class_goes_on(taught: Taught) -> None:
    other = Taught(taught.server)
    other.draw(5)
    for digit in (7, 3):
        taught.draw(digit)
    assert taught.server.request("DELETE", f"{taught.at}/drawings", headers=taught.teacher).status == 204
    assert taught.wall()["ids"] == []
    assert taught.lines() == []
    assert len(other.wall()["ids"]) == 1
    assert taught.draw(7).status == 201
