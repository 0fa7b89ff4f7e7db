"""A load generator: so many connections, each sending its next request when its answer has come."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from statistics import median, quantiles


@dataclass
class Load:
    """What came of it."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    """Seconds from sending a request to having its whole answer."""
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    @property
    def p50(self) -> float:
        """The median latency in milliseconds."""
        return median(self.latencies) * 1000

    @property
    def p99(self) -> float:
        """What one request in a hundred exceeds, in milliseconds."""
        return quantiles(self.latencies, n=100)[98] * 1000


def request(path: str, body: bytes, content_type: str, *, cookie: str = "") -> bytes:
    """One POST as it goes over the wire."""
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
    head += f"Cookie: {cookie}\r\n" if cookie else ""
    return head.encode() + b"\r\n" + body


def run(port: int, requests: list[bytes], *, seconds: float, connections: int = 8) -> Load:
    """Send `requests` in turn over keep-alive connections for `seconds`, after a warm-up of a fifth of that."""
    asyncio.run(_run(port, requests, seconds / 5, connections))
    return asyncio.run(_run(port, requests, seconds, connections))


async def _run(port: int, requests: list[bytes], seconds: float, connections: int) -> Load:
    load = Load(seconds)
    end = time.perf_counter() + seconds
    await asyncio.gather(*(_caller(port, requests, number, end, load) for number in range(connections)))
    return load


async def _caller(port: int, requests: list[bytes], number: int, end: float, load: Load) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (started := time.perf_counter()) < end:
        writer.write(requests[number % len(requests)])
        number += 1
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        await reader.readexactly(length)
        load.latencies.append(time.perf_counter() - started)
        status = int(head[9:12])
        load.statuses[status] = load.statuses.get(status, 0) + 1
    writer.close()
