"""Another model on SIGHUP, while people draw: no request is lost, and a broken model changes nothing."""

from __future__ import annotations

import json
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from digitpad.model_card import PACKAGED_MODEL
from tests.server import Server, wait_until
from tests.web.asking import PREDICTIONS, SEVEN


def name(model: Path, version: str) -> None:
    card = json.loads((model / "model-card.json").read_text())
    (model / "model-card.json").write_text(json.dumps({**card, "version": version}))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model in a folder of its own."""
    shutil.copytree(PACKAGED_MODEL, tmp_path / "model")
    name(tmp_path / "model", "first")
    return tmp_path / "model"


@pytest.fixture
def server(tmp_path: Path, model: Path) -> Iterator[Server]:
    with Server(tmp_path, environment={"DIGITPAD_MODEL": str(model), "DIGITPAD_RATE_LIMIT": "0"}) as server:
        yield server


class Load:
    """Callers that never rest, each request on a connection of its own."""

    def __init__(self, server: Server, callers: int = 32) -> None:
        self.versions: list[str] = []
        self.failures: list[str] = []
        self._server = server
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(callers)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        while not self._over.is_set():
            try:
                answer = self._server.request("POST", PREDICTIONS, SEVEN)
            except OSError as error:
                self.failures.append(repr(error))
                continue
            if answer.status == 201:
                self.versions.append(answer.json()["model"])
            else:
                self.failures.append(f"{answer.status} {answer.body!r}")

    def lately(self, version: str) -> Callable[[], bool]:
        """Whether the last hundred answers were all of `version`."""
        return lambda: len(self.versions) > 100 and set(self.versions[-100:]) == {version}


def test_another_model_comes_without_a_lost_request(server: Server, model: Path) -> None:
    with Load(server) as load:
        wait_until(load.lately("first"))
        name(model, "second")
        server.process.send_signal(signal.SIGHUP)
        wait_until(load.lately("second"), lambda: server.log.read_text()[-2000:], seconds=90)
        wait_until(lambda: server.log.read_text().count("model second reads from now on") == 2)
    assert load.failures == []


def test_a_broken_model_changes_nothing(server: Server, model: Path) -> None:
    name(model, "second")
    server.process.send_signal(signal.SIGHUP)  # also a worker that is still loading gets it, once it has
    wait_until(lambda: server.log.read_text().count("model second reads from now on") == 2)
    (model / "model_mnist.onnx").write_bytes(b"not a network")
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: server.log.read_text().count("not reloaded, model second reads on") == 2)
    assert "not the file that its model card describes" in server.log.read_text()
    assert server.request("POST", PREDICTIONS, SEVEN).json()["model"] == "second"
