"""The server ends when it is told to, whatever it is doing."""

from __future__ import annotations

from pathlib import Path

from tests.server import Server, wait_until
from tests.web.asking import PREDICTIONS, SEVEN


def test_it_ends_when_it_is_told_to_as_soon_as_it_answers(tmp_path: Path) -> None:
    """Its other worker may still be loading. One that does not react is killed, and that is logged."""
    for attempt in range(12):
        with Server(tmp_path) as server:
            assert server.stop() == 0, server.log.read_text()
        assert "refused to gracefully stop" not in server.log.read_text(), attempt


def test_workers_end_when_the_server_that_started_them_is_killed(tmp_path: Path) -> None:
    """Else they would keep its port, and a server could not be started again."""
    with Server(tmp_path, options=("--workers", "3")) as server:
        made = server.request("POST", PREDICTIONS, SEVEN)
        workers = wait_until(lambda: len(server.workers()) == 3 and server.workers())
        server.process.kill()
        server.process.wait(30)
        wait_until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
        server.start()
        assert made.status == server.request("POST", PREDICTIONS, SEVEN).status == 201
        assert server.process.poll() is None
