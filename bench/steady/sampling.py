"""Samples, from outside and each minute, what the server takes and how it answers."""

from __future__ import annotations

import re
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from bench.load import Load
from bench.serving.processes import TICK, Process
from bench.steady.visitors import Ledger


@dataclass(frozen=True)
class Sample:
    """One minute, or whatever the time between samples is; states are those at its end."""

    hours: float
    """Since the load began."""
    rate: float
    """Requests answered a second."""
    p50: float
    """Milliseconds from the moment at which a request was due to its answer."""
    p99: float
    processor: float
    """Milliseconds of the server's processor time per request."""
    memory: float
    """MB of all the server's processes, shared pages counted once (PSS), mapped files left out."""
    handles: int
    """Open file descriptors of all of them."""
    threads: int
    outbox: int
    """Records that wait for Cassandra."""
    database: float
    """MB of the files in which records are kept."""
    log: float
    """MB of their write-ahead logs."""
    others: float
    """Cores kept busy by everything else on the machine, not counting the senders of the load."""


class Sampler:
    """Takes one sample after another."""

    def __init__(self, server: Process, ledger: Ledger) -> None:
        """Begin now."""
        self._server = server
        self._ledger = ledger
        self._begun = time.monotonic()
        self._last = self._clocks()

    def sample(self) -> Sample:
        """What happened since the last one.

        :raises OSError: the server does not answer
        """
        before, self._last = self._last, self._clocks()
        seconds, server, ours, busy = (now - then for now, then in zip(self._last, before, strict=True))
        # If nothing at all was answered, somebody has waited all this time.
        load = Load(seconds=seconds, latencies=self._ledger.take() or [seconds])
        return Sample(
            hours=(self._last[0] - self._begun) / 3600,
            rate=load.rate,
            p50=load.p50,
            p99=load.p99,
            processor=server / len(load.latencies) * 1000,
            memory=self._server.own_memory(),
            handles=self._server.handles(),
            threads=self._server.threads(),
            outbox=outbox(self._server.port),
            database=_size(self._server.folder, "*.db"),
            log=_size(self._server.folder, "*.db-wal"),
            others=max(0.0, busy - server - ours) / seconds,
        )

    def _clocks(self) -> tuple[float, float, float, float]:
        """Seconds: of the clock, and of processor time of the server, of this process, and of the whole machine."""
        user, nice, system, _, _, irq, soft = map(int, Path("/proc/stat").read_text().split()[1:8])
        busy = (user + nice + system + irq + soft) * TICK
        return time.monotonic(), self._server.seconds(), time.process_time(), busy


def outbox(port: int) -> int:
    """How many records wait for Cassandra, according to the server's own metric; 0 if there is no outbox."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        found = re.search(rb"^digitpad_outbox_records (\S+)", answer.read(), re.MULTILINE)
    return int(float(found[1])) if found else 0


def _size(folder: Path, names: str) -> float:
    return sum(file.stat().st_size for file in folder.glob(names)) / 1e6
