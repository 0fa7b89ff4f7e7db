"""The server ends when it is told to, whatever it is doing."""

from __future__ import annotations

from pathlib import Path

from tests.server import Server


def test_it_ends_when_it_is_told_to_as_soon_as_it_answers(tmp_path: Path) -> None:
    """Its other worker may still be loading. One that does not react is killed, and that is logged."""
    for attempt in range(12):
        with Server(tmp_path) as server:
            assert server.stop() == 0, server.log.read_text()
        assert "refused to gracefully stop" not in server.log.read_text(), attempt
