"""Keeps slow clients from delaying others, and answers 503 if there are too many requests.

The server reads a body in the thread that asks for it, and waits there without a timeout; it streams responses in the
same way. So a request is first received with its body, then takes one of the few places for work, and leaves it before
a response is streamed. Each stage has a room of bounded size; a request that finds it full gets 503 at once.

A worker holds at most LARGE bodies of 4 MiB and READING + WAITING of 64 KiB: about 85 MB.
"""

from __future__ import annotations

import io
import logging
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, Final

import msgspec
from flask import Flask, Response

from digitpad.errors import BodyTooSlow, Busy, DigitpadError
from digitpad.settings import READING, WAITING
from digitpad.web import meters
from digitpad.web.exchange import problems
from digitpad.web.exchange.bodies import MAX_BODY

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LARGE: Final = 16  # bodies larger than SMALL at a time
SMALL: Final = 64 * 1024  # bytes; the page's drawings are smaller
STREAMS: Final = 8  # streamed responses, which are exports, at a time
UNTIMED: Final = 16  # bodies at a time that may take any time to arrive
LONGEST: Final = 60  # seconds that any other may take
PATIENCE: Final = 2  # seconds that it may take even if half of the room is taken
SENT_OFF: Final = 0.1  # seconds from sending a last response to closing its connection
DISCARDED: Final = 4 * MAX_BODY  # bytes read of a too large body; beyond that, the connection is closed
log = logging.getLogger(__name__)


class Room:
    """Holds at most `size` at a time."""

    def __init__(self, size: int, what: str) -> None:
        self.size, self.inside = size, 0
        self._what = what
        self._lock = threading.Lock()

    def enter(self) -> None:
        """Go in.

        :raises Busy: it is full
        """
        with self._lock:
            if self.inside >= self.size:
                raise Busy(f"too many {self._what} at a time: try again in {Busy.retry_after} s")
            self.inside += 1

    def leave(self, *_: object) -> None:
        """Make room for another."""
        with self._lock:
            self.inside -= 1


def init_app(app: Flask, *, places: int) -> None:
    """Work on at most `places` requests at a time. Call this after all parts but those that touch every response."""
    app.wsgi_app = _Overload(app.wsgi_app, places)  # type: ignore[method-assign]
    streams = Room(STREAMS, "exports")

    def bounded(response: Response) -> Response:
        if not response.is_streamed:
            return response
        try:
            streams.enter()
        except Busy as busy:
            response.close()
            meters.TURNED_AWAY.labels(busy.code).inc()
            return problems.answer_to(busy)
        response.direct_passthrough = False  # or call_on_close would have no effect
        response.call_on_close(streams.leave)
        return response

    app.after_request(bounded)


class _Overload:
    """Receives each body, then lets the application work on it."""

    def __init__(self, app: WSGIApplication, places: int) -> None:
        self._app = app
        self._arriving = Room(READING, "bodies")
        self._large = Room(LARGE, "large bodies")
        self._waiting = Room(WAITING + places, "requests")
        self._places: SimpleQueue[None] = SimpleQueue()  # a semaphore in C: ten times faster than Python's
        for _ in range(places):
            self._places.put(None)
        self._readers: ThreadPoolExecutor | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        length = _length(environ)
        large = self._large if length > SMALL else None
        try:
            if large:
                large.enter()
            try:
                if length:
                    environ["wsgi.input"] = io.BytesIO(self._taken_in(environ["wsgi.input"], length))
                return self._worked_on(environ, start_response)
            finally:
                if large:
                    large.leave()
        except (Busy, BodyTooSlow) as error:
            return _turned_away(error, start_response)

    def _worked_on(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].endswith("/healthz"):  # a high load is no reason for a restart
            return self._app(environ, start_response)
        self._waiting.enter()
        try:
            self._places.get()
            try:
                return self._app(environ, start_response)
            finally:
                self._places.put(None)
        finally:
            self._waiting.leave()

    def _taken_in(self, stream: IO[bytes], length: int) -> bytes:
        """Read the body; nothing beyond the limit is kept.

        A read that has begun only ends early if its connection closes. If more than UNTIMED bodies are arriving,
        another thread reads, so that this one can wait with a timeout. That costs 50 µs, so it is not done before.
        """
        self._arriving.enter()
        if self._arriving.inside <= UNTIMED:
            try:
                return _read(stream, length)
            finally:
                self._arriving.leave()
        if self._readers is None:  # not before the worker has been forked
            self._readers = ThreadPoolExecutor(READING, "body")
        body: Future[bytes] = self._readers.submit(_read, stream, length)
        body.add_done_callback(self._arriving.leave)
        for _ in range(LONGEST // PATIENCE):
            try:
                return body.result(PATIENCE)
            except TimeoutError:
                if self._arriving.inside > READING // 2:
                    break
        raise BodyTooSlow(f"the body must arrive within {LONGEST} s, and in {PATIENCE} s where many send")


def _length(environ: WSGIEnvironment) -> int:
    """How many bytes follow: MAX_BODY + 1 if a chunked body does not say."""
    if "HTTP_TRANSFER_ENCODING" in environ:
        return MAX_BODY + 1
    said = environ.get("CONTENT_LENGTH") or "0"
    return int(said) if said.isdecimal() else 0


def _read(stream: IO[bytes], length: int) -> bytes:
    if length > DISCARDED:
        return b""  # the application refuses it by its length
    body = stream.read(min(length, MAX_BODY + 1))
    left = DISCARDED - len(body) if len(body) > MAX_BODY else 0
    # The rest is read and discarded: a client whose connection closes while it sends would not read the answer.
    while left > 0 and (more := stream.read(min(left, SMALL))):
        left -= len(more)
    return body


def _turned_away(error: DigitpadError, start_response: StartResponse) -> Iterable[bytes]:
    problem = problems.as_problem(error)
    meters.TURNED_AWAY.labels(problem.code).inc()
    log.warning("turned away: %s", error)
    body = msgspec.json.encode(problem)
    headers = [("Content-Type", problems.PROBLEM), ("Cache-Control", "no-store")]
    if isinstance(error, Busy):
        headers += [("Retry-After", str(error.retry_after)), ("Content-Length", str(len(body)))]
        start_response(f"{problem.status} {problem.title}", headers)
        return [body]
    # One byte more than is sent: the server then closes the connection. Otherwise it would keep it, and the thread that
    # reads, for the rest of the body.
    headers += [("Connection", "close"), ("Content-Length", str(len(body) + 1))]
    start_response(f"{problem.status} {problem.title}", headers)
    return _sent_off(body)


def _sent_off(body: bytes) -> Iterator[bytes]:
    yield body
    time.sleep(SENT_OFF)
