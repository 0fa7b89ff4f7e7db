"""The senders of the load: visitors who each send the next request when it is due, however slow the server is."""

from __future__ import annotations

import http.client
import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid1, uuid4

from bench.serving.contestants import GREY, RGBA, data_url, small_pngs
from digitpad.records import Label
from digitpad.records.record import LABELS
from tests.faults.clients import PREDICTIONS, TIMEOUT, drawn

PACE: Final = 4.0  # requests a second of each visitor: below a visitor's default limit
LIFE: Final = 60  # requests after which a visitor goes, and another comes with a connection of their own
IN_BATCH: Final = 8  # drawings
LISTED: Final = 200  # records on a page, at most: more than one visitor makes


class Wrong(Exception):
    """An answer that should have been different."""


@dataclass
class Ledger:
    """What was answered, and what must therefore be in the store. Filled by several threads."""

    kept: dict[UUID, tuple[UUID, Label | None]] = field(default_factory=dict)
    """The visitor and the correction of each record that was acknowledged and not removed again, by its id."""
    unanswered: set[UUID] = field(default_factory=set)
    """Visitors whose last request had no answer: the store may have more of theirs than was acknowledged."""
    sent: Counter[str] = field(default_factory=Counter)
    """Requests by kind."""
    errors: list[str] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    """Seconds from the moment a request was due to its whole answer, for the latest requests."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def note(self, what: str, seconds: float, error: str) -> None:
        """Add one request; `error` is empty where it was answered as it should be."""
        with self._lock:
            self.sent[what] += 1
            self.latencies.append(seconds)
            if error:
                self.errors.append(f"{what}: {error}")

    def take(self) -> list[float]:
        """The latencies since the last call."""
        with self._lock:
            taken, self.latencies = self.latencies, []
        return taken


class Visitor(threading.Thread):
    """One visitor at a time, each followed by another, from `begin` to `end` by the monotonic clock."""

    def __init__(self, port: int, ledger: Ledger, *, begin: float, every: float, end: float) -> None:
        """Prepare to send a request every `every` seconds to the server on `port`."""
        super().__init__(daemon=True)
        self._port = port
        self._ledger = ledger
        self._due, self._every, self._end = begin, every, end
        self._random = random.Random()
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
        self._come()

    def run(self) -> None:
        names, weights = list(MIXTURE), [weight for weight, _ in MIXTURE.values()]
        while self._due < self._end:
            time.sleep(max(0.0, self._due - time.monotonic()))
            name, error = self._random.choices(names, weights)[0], ""
            try:
                MIXTURE[name][1](self)
            except Wrong as wrong:
                error = str(wrong)
                self._connection.close()
            except (OSError, http.client.HTTPException) as failed:  # its outcome is unknown
                error = str(failed) or repr(failed)
                self._ledger.unanswered.add(self._visitor)
                self._come()
            self._ledger.note(name, time.monotonic() - self._due, error)
            self._due += self._every
            self._left -= 1
            if not self._left:
                self._come()
        self._connection.close()

    def preview(self) -> None:
        ink = {"strokes": drawn(self._random)}
        self._predict({"ink": ink, "record": False, "include": ["canonical"]}, 200)

    def strokes(self) -> None:
        """Press “Predict it”, as the page does."""
        key = {"Idempotency-Key": str(uuid4())}
        self._keep(self._predict({"ink": {"strokes": drawn(self._random)}}, 201, **key))

    def grey(self) -> None:
        png = self._random.choice(GREY)
        self._keep(self._ask("POST", PREDICTIONS, png, 201, **{"Content-Type": "image/png"}))

    def rgba(self) -> None:
        self._keep(self._predict({"image": data_url(self._random.choice(RGBA))}, 201))

    def batch(self) -> None:
        answer = self._ask("POST", f"{PREDICTIONS}/batch", BATCH, 201)
        for each in answer["predictions"]:
            self._keep(each)

    def listing(self) -> None:
        """List all of one's own records, and check that none is missing and none too many."""
        answer = self._ask("GET", f"{PREDICTIONS}?limit={LISTED}", None, 200)
        listed = {UUID(each["id"]) for each in answer["predictions"]}
        if listed != self._own:
            raise Wrong(f"lacks {len(self._own - listed)} records and has {len(listed - self._own)} too many")

    def picture(self) -> None:
        self._ask("GET", f"{PREDICTIONS}/{self._one()}/image.png", None, 200)

    def similar(self) -> None:
        self._ask("GET", f"{PREDICTIONS}/{self._one()}/similar", None, 200)

    def correct(self) -> None:
        record, label = self._one(), self._random.choice(list(LABELS.values()))
        self._ask("PUT", f"{PREDICTIONS}/{record}/label", json.dumps({"label": label}).encode(), 200)
        self._ledger.kept[record] = self._visitor, label

    def remove(self) -> None:
        record = self._one()
        self._own.remove(record)
        del self._ledger.kept[record]
        self._ask("DELETE", f"{PREDICTIONS}/{record}", None, 204)

    def page(self) -> None:
        self._ask("GET", "/", None, 200)

    def refused(self) -> None:
        """Send something that is not a drawing, or ask for something that is not there."""
        method, path, body, content_type, status = self._random.choice(MALFORMED)
        self._ask(method, path, body, status, **{"Content-Type": content_type})

    def broken_off(self) -> None:
        """Disconnect in the middle of a body."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), TIMEOUT) as connection:
            head = f"POST {PREDICTIONS} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9999\r\n\r\n"
            connection.sendall(head.encode() + b'{"ink"')

    def _come(self) -> None:
        self._connection.close()
        self._visitor, self._own, self._left = uuid4(), set[UUID](), LIFE

    def _one(self) -> UUID:
        """A record of one's own, made first if there is none yet."""
        if not self._own:
            self.strokes()
        return self._random.choice(list(self._own))

    def _keep(self, answer: dict[str, Any]) -> None:
        record = UUID(answer["id"])
        self._own.add(record)
        self._ledger.kept[record] = self._visitor, None

    def _predict(self, body: object, status: int, **headers: str) -> Any:
        return self._ask("POST", PREDICTIONS, json.dumps(body).encode(), status, **headers)

    def _ask(self, method: str, path: str, body: bytes | None, status: int, **headers: str) -> Any:
        """Send a request and return the JSON of its answer, None where it has none.

        :raises Wrong: answered with another status
        """
        about = {"Content-Type": "application/json", "Cookie": f"digitpad_visitor={self._visitor}", **headers}
        self._connection.request(method, path, body, about)
        response = self._connection.getresponse()
        content = response.read()
        if response.status != status:
            raise Wrong(f"{method} {path.replace(PREDICTIONS, '…')}: {response.status}, {content[:200]!r}")
        return json.loads(content) if response.headers.get_content_type() == "application/json" else None


BATCH: Final = json.dumps({"drawings": [{"image": data_url(png)} for png in small_pngs(IN_BATCH)]}).encode()
MALFORMED: Final = [
    ("POST", PREDICTIONS, b'{"ink": {"strokes"', "application/json", 422),
    ("POST", PREDICTIONS, b'{"ink": {"strokes": [[["a", 1]]]}}', "application/json", 422),
    ("POST", PREDICTIONS, GREY[0][: len(GREY[0]) // 2], "image/png", 422),
    ("POST", PREDICTIONS, b"\0" * 50_000, "image/jpeg", 422),
    ("POST", PREDICTIONS, b"7", "text/plain", 415),
    ("GET", f"{PREDICTIONS}?limit=0", None, "text/plain", 400),
    ("GET", f"{PREDICTIONS}/{uuid1()}", None, "text/plain", 404),
]
"""Method, path, body, its type, and the status with which it must be refused."""
MIXTURE: Final[dict[str, tuple[int, Callable[[Visitor], None]]]] = {
    "preview": (40, Visitor.preview),
    "strokes": (18, Visitor.strokes),
    "grey PNG": (8, Visitor.grey),
    "RGBA PNG": (6, Visitor.rgba),
    "batch": (1, Visitor.batch),
    "listing": (6, Visitor.listing),
    "picture": (5, Visitor.picture),
    "similar": (1, Visitor.similar),
    "correction": (5, Visitor.correct),
    "deletion": (3, Visitor.remove),
    "page": (3, Visitor.page),
    "refused": (3, Visitor.refused),
    "broken off": (1, Visitor.broken_off),
}
"""How often each is sent, in a hundred requests."""
