"""A real server: `digitpad serve` in its own process, on a free port, with its own store."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class _Staying(urllib.request.HTTPRedirectHandler):
    """Does not follow redirects."""

    def redirect_request(self, *_: object) -> None:
        return None


@dataclass
class Server:
    """Start it with `with Server(folder) as server:`, then use `server.url`."""

    folder: Path
    store: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()

    def __enter__(self) -> Self:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.store = self.store or f"sqlite:///{self.folder / 'records.db'}"
        self.log = self.folder / "server.log"
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        command = [sys.executable, "-m", "digitpad", "serve", "--port", str(self.port), "--store", self.store]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *self.options],
                env={**os.environ, "DIGITPAD_STATE": str(self.folder / "state"), **self.environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self.answers, self._why, seconds=60)

    def stop(self) -> int:
        """Stop it as an operator would and return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def kill(self) -> None:
        """Kill it and its workers with no chance to finish anything."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)

    def is_ready(self) -> bool:
        """Whether it reports that it can predict and record."""
        try:
            return self.request("GET", "/readyz").status == 200
        except OSError:
            return False

    def workers(self) -> list[int]:
        """The ids of the processes that answer requests at present (Linux)."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        *,
        follow: bool = True,
    ) -> Answer:
        """Send `body`, bytes as they are and anything else as JSON."""
        headers = dict(headers or {})
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        if data is not None and not isinstance(body, bytes):
            headers.setdefault("Content-Type", "application/json")
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        opener = urllib.request.build_opener(*([] if follow else [_Staying]))
        try:
            with opener.open(request, timeout=30) as response:
                return Answer(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())

    def unfollowed(self, method: str, path: str, body: object, headers: Mapping[str, str]) -> Answer:
        """Send a request without following a redirect."""
        return self.request(method, path, body, headers, follow=False)

    def answers(self) -> bool:
        """Whether it answers; just after its start, or the death of a worker, it may not."""
        assert self.process.poll() is None, self._why()
        try:
            return self.request("GET", "/healthz").status == 200
        except OSError:
            return False

    def _why(self) -> str:
        return f"the server did not start:\n{self.log.read_text()}"


def environ() -> dict[str, str]:
    """The environment of a process that imports the sources and the tests."""
    root = Path(__file__).parents[1]
    return {**os.environ, "PYTHONPATH": f"{root / 'src'}:{root}"}


def free_port() -> int:
    """A port that nobody listens on, below those that outgoing connections take for themselves.

    A server that is killed and restarted finds it free even if many have tried to connect meanwhile.
    """
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def wait_until(condition: Any, why: Any = lambda: "it did not happen in time", *, seconds: float = 30) -> Any:
    """Call `condition` until it returns something true, and return that."""
    end = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < end, why()
        time.sleep(0.02)
    return result
