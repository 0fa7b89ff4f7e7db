"""Servers as processes: starts them, pauses them while others are measured, and measures what they take."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench import load

SOURCE: Final = Path(__file__).resolve().parents[2] / "src"
START_TIMEOUT: Final = 120.0  # seconds
UNLIMITED: Final = ("--rate-limit", "0")  # for a load from few visitors
TICK: Final = 1 / os.sysconf("SC_CLK_TCK")  # seconds


@dataclass
class Process:
    """A server, with all the processes that it starts."""

    command: list[str]
    port: int
    folder: Path
    """Its working folder, which also holds its log."""
    environment: Mapping[str, str] = field(default_factory=dict)

    def start(self, first: bytes) -> float:
        """Start it, and return the seconds until the request `first` had a successful answer.

        :raises RuntimeError: it ended, or did not answer
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / "server.log"
        with log.open("ab") as out:
            began = time.perf_counter()
            self._popen = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env={**os.environ, **self.environment},
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        while time.perf_counter() < began + START_TIMEOUT and self._popen.poll() is None:
            if load.answers(self.port, first):
                return time.perf_counter() - began
            time.sleep(0.005)
        self.stop()
        raise RuntimeError(f"{self.command[0]} did not start:\n{log.read_text()[-3000:]}")

    def stop(self) -> None:
        """Stop it and all that it started."""
        self.resume()
        family = [pid for pid, _ in self._processes()]
        self._popen.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(15)
        for pid in family:  # those that have not ended with it
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._popen.wait()

    def pause(self) -> None:
        """Suspend it, so that it takes no time from others."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it continue."""
        self._signal(signal.SIGCONT)

    def seconds(self) -> float:
        """Processor time of all its processes so far."""
        return sum(int(fields[11]) + int(fields[12]) for _, fields in self._processes()) * TICK

    def memory(self) -> tuple[float, float]:
        """The memory of all its processes in MB: shared pages counted once (PSS), and each time (RSS)."""
        return self._sum("Pss:"), self._sum("Rss:")

    def own_memory(self) -> float:
        """The PSS without mapped files, in MB: its share of a library changes as others begin or cease to use it."""
        return self._sum("Pss_Anon:", "Pss_Shmem:")

    def count(self) -> int:
        """How many processes it has."""
        return len(self._processes())

    def threads(self) -> int:
        """How many threads they have together."""
        return sum(int(fields[17]) for _, fields in self._processes())

    def handles(self) -> int:
        """How many file descriptors they have open together."""
        return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid, _ in self._processes())

    def _sum(self, *names: str) -> float:
        """MB of what the kernel calls `names`, over all its processes."""
        total = 0
        for pid, _ in self._processes():
            with suppress(OSError):
                text = Path(f"/proc/{pid}/smaps_rollup").read_text()
                total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith(names))
        return total / 1024

    def _signal(self, number: int) -> None:
        for pid, _ in self._processes():
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _processes(self) -> list[tuple[int, list[str]]]:
        """The process and its descendants, with the fields of their `stat` from the third on."""
        there: dict[int, list[str]] = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # it has just ended
                there[int(stat.parent.name)] = stat.read_text().rpartition(")")[2].split()
        # A parent may have a higher number than its child, so the children of each are looked for in turn.
        found = [self._popen.pid] if self._popen.pid in there else []
        for parent in found:
            found += [pid for pid, fields in there.items() if int(fields[1]) == parent]
        return [(pid, there[pid]) for pid in found]


def ours(port: int, store: str, folder: Path, *options: str) -> Process:
    """This server as started by default, with its files in `folder`."""
    command = [sys.executable, "-m", "digitpad", "serve", "--port", str(port), "--store", store]
    environment = {
        "DIGITPAD_STATE": str(folder / "state"),
        "DIGITPAD_OUTBOX": str(folder / "outbox.db"),
        "PYTHONPATH": str(SOURCE),
    }
    return Process([*command, *options], port, folder, environment)
