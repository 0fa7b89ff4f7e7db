"""A typed Python client of the HTTP API that can safely send a request again.

>>> from digitpad.client import Client
>>> client = Client("http://127.0.0.1:8000")                                            # doctest: +SKIP
>>> client.predict(Ink.from_strokes([[(80, 70), (200, 66), (124, 232)]])).digit         # doctest: +SKIP
7

If no answer comes, nobody knows whether the drawing was recorded. The client then sends it again with the same
Idempotency-Key, and the server records it once. For HTTP the standard library suffices: one request at a time over a
connection of its own is what urllib does well.
"""

from __future__ import annotations

import http.client
import random
import re
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Any, Final, TypeVar
from urllib.parse import urljoin
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request, UnknownHandler
from uuid import UUID, uuid4

import msgspec

from digitpad.answers import Batch, Failed, Include, Listing, Prediction, Problem, Similar
from digitpad.errors import NOT_JSON, DigitpadError, SettingError
from digitpad.ink import Ink
from digitpad.model_card import ModelCard
from digitpad.records.record import Label
from digitpad.settings import without_password

__all__ = [
    "Client",
    "Failed",
    "Incomplete",
    "NoAnswer",
    "NotDigitpad",
    "Prediction",
    "Problem",
    "Refused",
    "Similar",
]

# without parts that would be dropped, such as a query or a password, and with names that can be looked up (RFC 1035)
URL: Final = re.compile(
    r"https?://(\[(?P<ipv6>[\da-f:.]+)\]|[\w-]{1,63}(\.[\w-]{1,63})*\.?)(:\d+)?(/[!\"$->@-~]*)?",
    re.IGNORECASE,
)
API: Final = "/api/v1"
PNG: Final = b"\x89PNG"
AGAIN: Final = frozenset({429, 502, 503, 504})  # statuses after which another try may succeed
LOST: Final = frozenset({502, 504})  # from a gateway: the server may have carried out the request
FIRST_PAUSE: Final = 0.2  # seconds; each further pause is twice as long
LONGEST_PAUSE: Final = 60.0  # seconds; told to wait longer, the client gives up
T = TypeVar("T")


class Refused(DigitpadError):
    """The server answered with a problem.

    `retry_after`: seconds to wait before asking again, 0 where the server does not say.
    """

    def __init__(self, problem: Problem, retry_after: float = 0.0) -> None:
        super().__init__(f"{problem.status} {problem.code}: {problem.detail}")
        self.problem = problem
        self.retry_after = retry_after


class NoAnswer(DigitpadError):
    """No answer came, even after all retries."""

    code = "no-answer"


class NotDigitpad(DigitpadError):
    """Something else answers at that address, such as a redirect or a login page."""

    code = "not-digitpad"


class Incomplete(DigitpadError):
    """A listing ended without some predictions, because the server cannot reach its database."""

    code = "incomplete"


@dataclass(frozen=True, slots=True)
class _Answer:
    asked: str  # the URL
    status: int
    body: bytes
    location: str  # where it redirects to, or what it created
    retry_after: float


class Client:
    """Asks one server, as one visitor. Safe to share between threads.

    Every request may raise `Refused`, `NoAnswer` or `NotDigitpad`.
    """

    def __init__(
        self,
        url: str,
        *,
        visitor: UUID | None = None,
        token: str = "",
        timeout: float = 15.0,
        retries: int = 5,
    ) -> None:
        """Prepare the client; nothing is sent yet.

        :param url: where the page is, such as http://127.0.0.1:8000
        :param visitor: your id, a random UUID; None: a new one. Keep it to find your predictions again
        :param token: the operator's token
        :param timeout: seconds to wait for an answer
        :param retries: how often to ask again if no answer comes or the server says to come back later
        :raises SettingError: the url is not the address of a server, or the token cannot be sent
        """
        if not (address := URL.fullmatch(url)) or not _is_ipv6(address["ipv6"] or "::1"):
            shown = without_password(url)
            raise SettingError(f"“{shown}” is no address of a server: write it as in http://127.0.0.1:8000")
        if not (token.isascii() and token.isprintable()):
            raise SettingError("the token has a line break or other characters that no token has")
        self.visitor = visitor or uuid4()
        self._api = url.rstrip("/") + API
        self._headers = {"Cookie": f"digitpad_visitor={self.visitor}"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._timeout = timeout
        self._retries = retries
        self._opener = _opener()

    def predict(
        self, drawing: Ink | bytes, *, record: bool = True, include: Sequence[Include] = ()
    ) -> Prediction:
        """Have a drawing read.

        :param drawing: ink, or the bytes of a PNG or JPEG
        :param record: False for a preview that leaves no trace
        :param include: what else the answer should contain
        :raises Refused: the server cannot read it
        :raises NoAnswer: it may have been recorded; sending the drawing in another call makes another record
        """
        body = {**_as_json(drawing), "record": record, "include": list(include)}
        return self._ask("POST", "/predictions", Prediction, body)

    def predict_many(
        self, drawings: Sequence[Ink | bytes], *, record: bool = True
    ) -> list[Prediction | Failed]:
        """Have up to 256 drawings read at once; one that could not be read is a `Failed` in its place."""
        body = {"drawings": [_as_json(drawing) for drawing in drawings], "record": record}
        batch = self._ask("POST", "/predictions/batch", Batch, body)
        return [_item(item) for item in batch.predictions]

    def predictions(self, *, page: int = 200) -> Iterator[Prediction]:
        """Your predictions, newest first; with the operator's token, everybody's.

        :raises Incomplete: after the last, if there may be others that the server cannot reach just now
        """
        before, complete = "", True
        while True:
            listing = self._ask("GET", f"/predictions?limit={page}{before}", Listing)
            yield from listing.predictions
            complete = complete and listing.complete
            if listing.next is None:
                break
            before = f"&before={listing.next}"
        if not complete:
            raise Incomplete(f"{self._api}: the database is away: only what the server's host has is listed")

    def prediction(self, prediction_id: str) -> Prediction:
        """One prediction."""
        return self._ask("GET", f"/predictions/{UUID(prediction_id)}", Prediction)

    def similar(self, prediction_id: str, *, limit: int = 5) -> Similar:
        """The earlier predictions whose drawings are most like this one's: up to 50, the nearest first."""
        return self._ask("GET", f"/predictions/{UUID(prediction_id)}/similar?limit={limit}", Similar)

    def image(self, prediction_id: str) -> bytes:
        """The drawing of one prediction, as a PNG."""
        answer = self._send("GET", f"/predictions/{UUID(prediction_id)}/image.png")
        if not answer.body.startswith(PNG):
            raise _foreign(answer)
        return answer.body

    def label(self, prediction_id: str, label: Label) -> Prediction:
        """Correct one prediction."""
        return self._ask("PUT", f"/predictions/{UUID(prediction_id)}/label", Prediction, {"label": label})

    def remove(self, prediction_id: str) -> None:
        """Remove one prediction with its drawing."""
        answer = self._send("DELETE", f"/predictions/{UUID(prediction_id)}")
        if answer.status not in (204, 404):  # 404: an earlier try has removed it
            raise _foreign(answer)

    def model(self) -> ModelCard:
        """The card of the model in use."""
        return self._ask("GET", "/model", ModelCard)

    def _ask(self, method: str, path: str, kind: type[T], body: object = None) -> T:
        answer = self._send(method, path, body)
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except NOT_JSON as error:
            raise _foreign(answer) from error

    def _send(self, method: str, path: str, body: object = None) -> _Answer:
        """Send a request until it has a final answer."""
        headers = dict(self._headers)
        data = None
        if body is not None:
            data = msgspec.json.encode(body)
            headers["Content-Type"] = "application/json"
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid4())
        lost = False
        for left in range(self._retries, -1, -1):
            try:
                answer = self._once(method, path, data, headers)
            except (OSError, http.client.HTTPException) as error:
                if not left:
                    raise NoAnswer(f"{self._api}: no answer: {error}") from error
                lost, pause = True, 0.0
            else:
                if answer.status not in AGAIN or not left or answer.retry_after > LONGEST_PAUSE:
                    return _good(answer, gone=lost and method == "DELETE")
                lost, pause = lost or answer.status in LOST, answer.retry_after
            _wait(self._retries - left, pause)
        raise AssertionError("unreachable")

    def _once(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> _Answer:
        # urllib modifies a request: sent through a proxy, the same one would go in plain text the third time.
        request = Request(self._api + path, data, headers, method=method)  # noqa: S310
        with self._opener.open(request, timeout=self._timeout) as response:
            if response.status < 300 and response.length is None and not response.chunked:
                # It was cut off in its headers, which urllib takes for their end. Chunked answers show it themselves.
                raise http.client.IncompleteRead(b"")
            after = response.headers.get("Retry-After", "")
            return _Answer(
                request.full_url,
                response.status,
                response.read(),
                response.headers.get("Location", ""),
                float(after) if after.isdecimal() else 0.0,
            )


def _is_ipv6(host: str) -> bool:
    try:
        IPv6Address(host)
    except ValueError:
        return False
    return True


def _opener() -> OpenerDirector:
    """An opener that passes on every answer as it came.

    urllib's own opener follows redirects: it sends token and cookie to any host, and GET in place of POST.
    """
    opener = OpenerDirector()
    for handler in (ProxyHandler, UnknownHandler, HTTPHandler, HTTPSHandler):
        opener.add_handler(handler())
    return opener


def _good(answer: _Answer, *, gone: bool) -> _Answer:
    """Return an answer that is not a problem.

    :param gone: whether “not found” means success, as for a removal whose first answer was lost
    """
    if answer.status < 300:
        return answer
    if answer.status < 400:
        if not answer.location:
            raise _foreign(answer)
        endpoint = answer.asked[answer.asked.rindex(API) :]  # the same after a whole server has moved
        there = urljoin(answer.asked, answer.location).removesuffix(endpoint)
        raise NotDigitpad(f"{answer.asked}: the address redirects to {there}: give that one")
    try:
        problem = msgspec.json.decode(answer.body, type=Problem)
    except NOT_JSON:  # not from digitpad: from something in between
        problem = Problem(title="", status=answer.status, detail=repr(answer.body[:80]), code="unknown")
    if gone and problem.code == "not-found":
        return answer
    raise Refused(problem, answer.retry_after)


def _foreign(answer: _Answer) -> NotDigitpad:
    return NotDigitpad(f"{answer.asked}: no answer of digitpad's: {answer.status} with {answer.body[:80]!r}")


def _wait(times: int, at_least: float) -> None:
    """Pause longer each time, by a random amount, so that clients do not come back in step."""
    pause = min(FIRST_PAUSE * 2**times, LONGEST_PAUSE)
    time.sleep(max(pause * random.uniform(0.5, 1.0), at_least))  # noqa: S311


def _item(item: dict[str, Any]) -> Prediction | Failed:
    if "error" in item:
        return msgspec.convert(item, Failed)
    return msgspec.convert(item, Prediction)


def _as_json(drawing: Ink | bytes) -> dict[str, Any]:
    if isinstance(drawing, Ink):
        return {"ink": msgspec.Raw(drawing.to_json())}
    return {"image": b64encode(drawing).decode()}
