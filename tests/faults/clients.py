"""Clients: visitors who draw, correct, remove and look, each a thread with its own seed."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from digitpad import Ink
from digitpad.records.record import LABELS
from tests.faults.history import History, Kind, Operation, Outcome, fingerprint
from tests.handwriting import DIGITS, paced

PREDICTIONS: Final = "/api/v1/predictions"
TIMEOUT: Final = 15.0  # seconds
THINKING: Final = 0.04  # seconds between requests, on average
OUT_OF_REACH: Final = 0.1  # seconds until the next try if nobody listens
KINDS: Final[dict[Kind, int]] = {"predict": 60, "correct": 15, "look": 15, "remove": 10}
"""How often each is wanted."""


class Client(threading.Thread):
    """One visitor, until `stop`. The same seed tries the same things in the same order."""

    def __init__(self, port: int, history: History, seed: str, *, refusals_are_final: bool) -> None:
        """Prepare to talk to the server on `port`.

        :param refusals_are_final: whether “recorded”: false says that the record will never be there
        """
        super().__init__(name=f"client-{seed}", daemon=True)
        self._history = history
        self._random = random.Random(seed)
        self._refusal = Outcome.REFUSED if refusals_are_final else Outcome.UNKNOWN
        self._visitor = UUID(int=self._random.getrandbits(128), version=4)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
        self._records: list[UUID] = []
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Finish the present request and send no more."""
        self._stopping.set()
        self.join(2 * TIMEOUT)

    def run(self) -> None:
        while not self._stopping.wait(self._random.expovariate(1 / THINKING)):
            operation = self._next()
            self._history.note(operation)
            if operation.outcome is Outcome.UNREACHED:
                self._stopping.wait(OUT_OF_REACH)
            if self._random.random() < 0.1:  # otherwise one worker would have this client for ever
                self._connection.close()
        self._connection.close()

    def _next(self) -> Operation:
        kind = self._random.choices(list(KINDS), list(KINDS.values()))[0]
        if kind == "predict" or not self._records:
            return self._predict()
        record = self._random.choice(self._records)
        if kind == "correct":
            return self._correct(record)
        if kind == "remove":
            return self._remove(record)
        return self._look(record)

    def _predict(self) -> Operation:
        strokes = drawn(self._random)
        drawing = fingerprint(Ink.from_strokes(strokes).to_json())
        operation, answer = self._ask(
            "predict", "POST", PREDICTIONS, {"ink": {"strokes": strokes}}, {201, 200}
        )
        if operation.outcome is not Outcome.DONE:
            return replace(operation, drawing=drawing)
        if not answer["recorded"]:
            return replace(operation, drawing=drawing, outcome=self._refusal)
        record = UUID(answer["id"])
        self._records.append(record)
        return replace(operation, drawing=drawing, record=record)

    def _correct(self, record: UUID) -> Operation:
        label = LABELS[self._random.choice(sorted(LABELS))]
        path = f"{PREDICTIONS}/{record}/label"
        operation, answer = self._ask("correct", "PUT", path, {"label": label}, {200})
        return replace(operation, record=record, label=label, seen=answer.get("label"))

    def _remove(self, record: UUID) -> Operation:
        operation, _ = self._ask("remove", "DELETE", f"{PREDICTIONS}/{record}", None, {204})
        if self._random.random() < 0.8:  # a few are requested once more
            self._records.remove(record)
        return replace(operation, record=record)

    def _look(self, record: UUID) -> Operation:
        operation, answer = self._ask("look", "GET", f"{PREDICTIONS}/{record}", None, {200})
        return replace(operation, record=record, seen=answer.get("label"))

    def _ask(
        self, kind: Kind, method: str, path: str, body: object, done: set[int]
    ) -> tuple[Operation, dict[str, Any]]:
        """Send a request; return what follows from the answer, and the answer if it was done."""
        started = time.monotonic()
        answer: dict[str, Any] = {}
        note = ""
        try:
            if self._connection.sock is None:
                self._connection.connect()
        except OSError:
            outcome = Outcome.UNREACHED
        else:
            try:
                status, content = self._exchange(method, path, body)
            except (OSError, http.client.HTTPException):
                outcome = Outcome.UNKNOWN
                self._connection.close()
            else:
                outcome, note = _meaning(status, done), f"status {status}: {content[:200]!r}"
                answer = json.loads(content) if outcome is Outcome.DONE and content else {}
        operation = Operation(
            kind=kind,
            outcome=outcome,
            visitor=self._visitor,
            note=note if outcome is Outcome.ODD else "",
            started=started,
            ended=time.monotonic(),
        )
        return operation, answer

    def _exchange(self, method: str, path: str, body: object) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json", "Cookie": f"digitpad_visitor={self._visitor}"}
        data = None if body is None else json.dumps(body).encode()
        self._connection.request(method, path, data, headers)
        response = self._connection.getresponse()
        return response.status, response.read()


def drawn(chance: random.Random) -> list[list[tuple[float, float]]]:
    """A digit drawn by a trembling hand, so that no two drawings are alike."""

    def near(x: float, y: float) -> tuple[float, float]:
        return round(x + chance.gauss(0, 1.5), 2), round(y + chance.gauss(0, 1.5), 2)

    return [[near(x, y) for x, y in paced(way)] for way in DIGITS[chance.randrange(10)]]


def _meaning(status: int, done: set[int]) -> Outcome:
    if status in done:
        return Outcome.DONE
    if status == 404:
        return Outcome.MISSING
    return Outcome.UNKNOWN if status >= 500 else Outcome.ODD
