"""One run: every server is started several times, then all are measured in turn, round after round."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench import load
from bench.serving.contestants import Contestant
from bench.serving.processes import Process
from tests.server import free_port

CONNECTIONS: Final = 8
CROWD: Final = 200  # connections
STARTS: Final = 3

Make = Callable[[int, Path], Process]
Step = Callable[[str], None]


@dataclass
class Server:
    """What was measured of a server as a whole; each list has one figure per start."""

    first_answers: list[float] = field(default_factory=list)
    """Seconds from the start of its process."""
    pss: float = 0
    """MB after the rounds, all its processes together."""
    rss: float = 0
    processes: int = 0


@dataclass
class Measured:
    """What was measured of a contestant; each list has one figure per round."""

    contestant: Contestant
    rates: list[float] = field(default_factory=list)
    """Requests served a second over 8 connections."""
    cpu: list[float] = field(default_factory=list)
    """Milliseconds of processor time per request, over all processes of the server."""
    p50: list[float] = field(default_factory=list)
    """Milliseconds over 8 connections."""
    p99: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)
    """Median milliseconds over one connection."""
    crowded: list[float] = field(default_factory=list)
    """Requests served a second over 200 connections."""
    refused: int = 0
    """Requests not served, of all those over 200 connections."""
    asked: int = 0


@contextmanager
def running(
    makers: dict[str, tuple[Make, bytes]], folder: Path, step: Step
) -> Iterator[tuple[dict[str, Process], dict[str, Server]]]:
    """Start each server several times and leave it paused the last time; stop all at the end.

    :param makers: by name, how a server is made, and a request for it
    """
    processes: dict[str, Process] = {}
    found = {name: Server() for name in makers}
    try:
        for start in range(STARTS):
            for name, (make, request) in makers.items():
                step(f"start of {name}")
                process = make(free_port(), folder / name / str(start))
                processes[name] = process
                found[name].first_answers.append(process.start(request))
                if start + 1 < STARTS:
                    process.stop()
                    del processes[name]
                else:
                    process.pause()
        yield processes, found
    finally:
        for process in processes.values():
            process.stop()


def measure(measured: Measured, process: Process, seconds: float) -> None:
    """One contestant's turn in a round."""
    port, requests = process.port, measured.contestant.requests
    process.resume()
    for _ in range(3):
        try:
            load.run(port, requests, seconds=seconds / 4, connections=CONNECTIONS)  # to be awake again
            break
        except RuntimeError:  # TensorFlow's threads can miss each other and wait for good (docs/training.md)
            process.pause()
            process.resume()
    before = process.seconds()
    found = load.run(port, requests, seconds=seconds, connections=CONNECTIONS)
    used = process.seconds() - before
    measured.rates.append(found.rate)
    measured.cpu.append(used / len(found.latencies) * 1000)
    measured.p50.append(found.p50)
    measured.p99.append(found.p99)
    measured.alone.append(load.run(port, requests, seconds=seconds / 2, connections=1).p50)
    crowd = load.run(port, requests, seconds=seconds, connections=CROWD)
    measured.crowded.append(crowd.rate)
    measured.refused += crowd.refused
    measured.asked += crowd.refused + len(crowd.latencies)
    process.pause()
