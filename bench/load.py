"""A load generator: several connections, each sending its next request once the last is answered."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from statistics import median, quantiles
from typing import Final

PATIENCE: Final = 30.0  # seconds to wait for the last answers: the original takes 13 for 200
REST: Final = 0.05  # seconds that a refused caller waits


@dataclass
class Load:
    """The result of a run."""

    seconds: float = 0.0
    """How long it took."""
    latencies: list[float] = field(default_factory=list)
    """Seconds from sending a request to having its whole answer, for those that were served."""
    statuses: dict[int, int] = field(default_factory=dict)
    broken: int = 0
    """Connections that were refused, or ended without a whole answer."""

    @property
    def refused(self) -> int:
        """Requests that were not served: refused, broken off, or answered with an error."""
        return self.broken + sum(count for status, count in self.statuses.items() if status >= 400)

    @property
    def rate(self) -> float:
        """Requests served a second."""
        return len(self.latencies) / self.seconds

    @property
    def p50(self) -> float:
        """The median latency in milliseconds."""
        return median(self.latencies) * 1000

    @property
    def p99(self) -> float:
        """The latency that one request in a hundred exceeds, in milliseconds."""
        return quantiles(self.latencies, n=100)[98] * 1000 if len(self.latencies) > 1 else self.p50


def request(path: str, body: bytes, content_type: str, *, cookie: str = "") -> bytes:
    """One POST as it goes over the wire."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\n"
    head += f"Content-Length: {len(body)}\r\n" + (f"Cookie: {cookie}\r\n" if cookie else "")
    return head.encode() + b"\r\n" + body


def run(port: int, requests: list[bytes], *, seconds: float, connections: int = 8) -> Load:
    """Send `requests` in turn over keep-alive connections for `seconds`.

    :raises RuntimeError: nothing at all was served
    """
    load = asyncio.run(_run(port, requests, seconds, connections))
    if not load.latencies:
        raise RuntimeError(f"nothing was served: {load.statuses}, {load.broken} connections broken")
    return load


async def _run(port: int, requests: list[bytes], seconds: float, connections: int) -> Load:
    load, began = Load(), time.perf_counter()
    end = began + seconds
    callers = [asyncio.create_task(_call(port, requests, number, end, load)) for number in range(connections)]
    done, waiting = await asyncio.wait(callers, timeout=seconds + PATIENCE)
    load.seconds = time.perf_counter() - began
    load.broken += len(waiting)
    for caller in waiting:
        caller.cancel()
    for caller in done:
        caller.result()  # raises our own errors, not the server's
    return load


async def _call(port: int, requests: list[bytes], number: int, end: float, load: Load) -> None:
    """One caller, who connects again when the connection is lost."""
    loop = asyncio.get_running_loop()
    while time.perf_counter() < end:
        lost = loop.create_future()
        try:
            transport, _ = await loop.create_connection(
                partial(_Caller, requests, number, end, load, lost), "127.0.0.1", port
            )
        except OSError:
            load.broken += 1
        else:
            await lost
            transport.close()
        if time.perf_counter() < end:
            await asyncio.sleep(REST)


class _Caller(asyncio.Protocol):
    """One connection. Written without streams, which take as long as a fast server does."""

    def __init__(
        self, requests: list[bytes], number: int, end: float, load: Load, lost: asyncio.Future[None]
    ) -> None:
        self._requests = requests
        self._number = number
        self._end = end
        self._load = load
        self._lost = lost
        self._received = b""
        self._waits = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def _send(self) -> None:
        self._waits = True
        self._sent = time.perf_counter()
        self._transport.write(self._requests[self._number % len(self._requests)])
        self._number += 1

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, there, body = self._received.partition(b"\r\n\r\n")
        if not there or not _is_whole(head := head.lower(), body):
            return
        now, status = time.perf_counter(), int(head[9:12])
        self._received, self._waits = b"", False
        self._load.statuses[status] = self._load.statuses.get(status, 0) + 1
        if status < 400:
            self._load.latencies.append(now - self._sent)
        if now >= self._end or status >= 400 or b"\r\nconnection: close" in head:
            self._end_it()
        else:
            self._send()

    def connection_lost(self, error: Exception | None) -> None:
        self._load.broken += self._waits
        self._waits = False
        self._end_it()

    def _end_it(self) -> None:
        if not self._lost.done():
            self._lost.set_result(None)


def _is_whole(head: bytes, body: bytes) -> bool:
    """Whether `body` is all of the answer that begins with `head`, in lower case."""
    _, said, length = head.partition(b"\r\ncontent-length:")
    if said:
        return len(body) >= int(length.split(b"\r\n", 1)[0])
    return body.endswith(b"0\r\n\r\n")  # chunked


def answers(port: int, request: bytes) -> bool:
    """Whether `request` gets a successful answer now."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(request)
        return connection.recv(16)[9:10] == b"2"
    return False
