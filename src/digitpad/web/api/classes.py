"""The endpoints of a class: drawings come in with the digit asked for; the teacher sees, exports and removes them.

A class's drawings are ordinary records with the class in place of the visitor, so both stores, the outbox, copies,
purges and erasing treat them like any others. Who in the class drew one is not kept.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from flask import Blueprint, Response, request
from limits import RateLimitItemPerMinute

from digitpad import answers
from digitpad.errors import BadInk, StoreError, StoreUnavailable
from digitpad.ink import Ink
from digitpad.records import Record, timeuuid
from digitpad.web.endpoints import SEVEN, V1, endpoint, header, query
from digitpad.web.exchange import answering, bodies, exporting
from digitpad.web.exchange.answering import as_json
from digitpad.web.exchange.bodies import BadBody, InkBody
from digitpad.web.exchange.requested import BadParameter, NotFound, id_of_request
from digitpad.web.guards import class_codes, guesses, visitors
from digitpad.web.guards.class_codes import Class, NoSuchClass, NotTheTeacher
from digitpad.web.guards.security import ForeignOrigin
from digitpad.web.guards.visitors import NotTheOperator
from digitpad.web.recording import idempotency
from digitpad.web.recording.idempotency import BadIdempotencyKey, IdempotencyKeyReused
from digitpad.web.recording.predicting import predictor

blueprint = Blueprint("classes", __name__)
CLASS: Final = f"{V1}/classes/<code>"
WALL: Final = 40  # drawings that a wall shows
BEGUN_A_MINUTE: Final = RateLimitItemPerMinute(120, namespace="classes begun")
"""How many classes an address may begin: each costs some 80 ms."""
KEYS_A_MINUTE: Final = RateLimitItemPerMinute(120, namespace="class keys")
"""How many keys an address may try, at the same cost; a teacher's own key costs it once per worker. Counted
separately: somebody who keeps beginning classes must not lock out a teacher at the same address."""
PROVEN: Final = 1_000  # correct keys that a worker remembers
_KEY: Final = header(
    "Class-Key", {"type": "string", "maxLength": 64}, "the class's key; or the operator's token, as elsewhere"
)
_TAUGHT: Final[dict[str, Any]] = {
    "refuses": (NoSuchClass, NotTheTeacher, NotTheOperator, StoreError),
    "parameters": (_KEY,),
    "operator": True,
}
"""What the teacher's endpoints have in common."""


class AskedBody(msgspec.Struct, forbid_unknown_fields=True):
    """A drawing, and the digit that somebody was asked to draw."""

    ink: InkBody
    asked: Literal[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]


@blueprint.post(f"{V1}/classes")
@endpoint("Begin a class", gives={201: answers.ClassBegun}, refuses=(ForeignOrigin,))
def begin() -> Response:
    """Nothing is kept of it: who loses the key has lost it for good, save for the operator."""
    key = class_codes.new_key()
    return as_json(answers.ClassBegun(code=_class_of(key, BEGUN_A_MINUTE).code, key=key), 201)


@blueprint.post(f"{CLASS}/drawings")
@endpoint(
    "Add a drawing to a class",
    takes={"application/json": AskedBody},
    gives={201: answers.Prediction},
    refuses=(
        *(BadBody, BadInk, NoSuchClass, ForeignOrigin),
        *(BadIdempotencyKey, IdempotencyKeyReused, NotFound, StoreError),
    ),
    parameters=(idempotency.PARAMETER,),
    example={**SEVEN, "asked": 7},
)
def add(code: str) -> Response:
    """Recorded with what was read, and what was asked for as its label. Whoever knows the code may add.

    404 also where an Idempotency-Key is repeated and what it had recorded was removed since.
    """
    here, to = predictor(), class_codes.named(code)
    body = bodies.body_of(request)
    wanted = bodies.decode(body, AskedBody)
    drawing = Ink.from_strokes(wanted.ink.strokes)
    (prediction,) = here.read([drawing])
    claim = idempotency.claim_of(body)
    (record,) = here.records([drawing], [prediction], to.id, claim)
    if claim is None:
        record = replace(record, id=_unguessable(record.id))
    record = replace(record, label=wanted.asked, labelled_at=record.recorded_at)
    kept = here.keep([record], claim)
    if kept is None:
        raise StoreUnavailable("it could not be recorded just now: send it again")
    if kept[0] is None:
        raise NotFound("what this Idempotency-Key recorded has been removed since")
    return as_json(answering.of_record(kept[0]), 201)


@blueprint.get(f"{CLASS}/drawings")
@endpoint(
    "Show a class's latest drawings",
    gives={200: answers.Wall},
    refuses=(NoSuchClass, NotTheTeacher, NotTheOperator, BadParameter, StoreError),
    parameters=(
        _KEY,
        query(
            "after",
            {"type": "string", "format": "uuid"},
            "the newest that you have: only newer ones come with ink",
        ),
    ),
    operator=True,
)
def wall(code: str) -> Response:
    """The newest 40, newest first, for who asks every few seconds: `ids` says which are there still."""
    of, store, after = _taught(code), predictor().store, id_of_request("after", "drawing")
    records = store.newest(WALL, visitor=of.id)
    known = b"" if after is None else timeuuid.sort_key(after)
    newer = [record for record in records if timeuuid.sort_key(record.id) > known]
    return as_json(
        answers.Wall(
            drawings=[_shown(record, store.drawing(record.id)) for record in newer],
            ids=[str(record.id) for record in records],
            complete=records.complete,
        )
    )


@blueprint.delete(f"{CLASS}/drawings/<uuid:record_id>")
@endpoint(
    "Take a drawing out of a class",
    gives={204: None},
    refuses=(NoSuchClass, NotFound, ForeignOrigin, StoreError),
)
def take_back(code: str, record_id: UUID) -> Response:
    """For whoever knows its id, which nobody can guess: who drew it, and the teacher."""
    of, store = class_codes.named(code), predictor().store
    record = store.get(record_id)
    if record is None or record.visitor != of.id:
        raise NotFound(f"there is no drawing {record_id} in this class")
    store.remove(record_id)
    return Response(status=204)


@blueprint.get(f"{CLASS}/export.jsonl")
@endpoint("Take a class's drawings along as JSON lines", gives={200: "application/x-ndjson"}, **_TAUGHT)
def jsonl(code: str) -> Response:
    """All of them with their labels, newest first; `digitpad records import` reads it."""
    return exporting.jsonl(*_all(code))


@blueprint.get(f"{CLASS}/export.csv")
@endpoint("Take a class's drawings along as a table", gives={200: "text/csv"}, **_TAUGHT)
def table(code: str) -> Response:
    """The same as CSV; lists and ink are JSON within their cell."""
    return exporting.table(*_all(code))


@blueprint.get(f"{CLASS}/export.zip")
@endpoint("Take a class's drawings along in MNIST's format", gives={200: "application/zip"}, **_TAUGHT)
def idx(code: str) -> Response:
    """Two idx files in a zip: drawings as the network reads them, and what was asked for."""
    return exporting.idx(*_all(code), predictor().recognizer)


@blueprint.delete(f"{CLASS}/drawings")
@endpoint(
    "Erase all of a class's drawings",
    gives={204: None},
    **{**_TAUGHT, "refuses": (*_TAUGHT["refuses"], ForeignOrigin)},
)
def erase(code: str) -> Response:
    """For good. The class goes on: what is drawn from then on is kept."""
    for _ in predictor().store.erase(_taught(code).id):
        pass
    return Response(status=204)


def _all(code: str) -> tuple[Iterator[Record], str]:
    """All of the class's records, and a name for their file."""
    of = _taught(code)
    return exporting.all_of(predictor().store, of.id), of.code


def _taught(code: str) -> Class:
    """The class, for its teacher or the operator.

    :raises NotTheTeacher: the key is not this class's
    :raises TooManyRequests: this address has tried too many keys just now
    """
    of = class_codes.named(code)
    if not visitors.is_operator():
        _prove(request.headers.get("Class-Key", "").strip(), of)
    return of


@lru_cache(maxsize=PROVEN)  # remembers what passed, not what was refused
def _prove(key: str, of: Class) -> None:
    if not class_codes.is_key(key) or _class_of(key, KEYS_A_MINUTE) != of:
        raise NotTheTeacher("this needs the class's key: it is in the teacher's link")


def _class_of(key: str, limit: RateLimitItemPerMinute) -> Class:
    """The class of a key. Each call is counted, since nobody may cause so much work without limit.

    :raises TooManyRequests: this address has had as much as `limit` allows
    """
    guesses.count(limit)
    return class_codes.class_of(key)


def _unguessable(record_id: UUID) -> UUID:
    """The same time with random other bits: whoever knows the id of a class's drawing may remove it."""
    return timeuuid.with_rest(record_id.time, secrets.randbits(62))


def _shown(record: Record, drawing: bytes | None) -> answers.ClassDrawing:
    asked = record.label if isinstance(record.label, int) else None
    ink = msgspec.json.decode(drawing) if drawing and record.source == "ink" else {"strokes": []}
    return answers.ClassDrawing(id=str(record.id), asked=asked, digit=record.digit, ink=ink)
