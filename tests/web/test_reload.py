"""SIGHUP loads another model while people draw: no request is lost, and a broken model changes nothing."""

from __future__ import annotations

import json
import math
import re
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from digitpad.engines import ONNX, OUTPUTS
from digitpad.errors import ModelError
from digitpad.model_card import PACKAGED_MODEL, checksum
from digitpad.settings import Settings
from digitpad.web import reloading
from tests.server import Server, wait_until
from tests.web.asking import PREDICTIONS, SEVEN


def name(model: Path, version: str) -> None:
    card = json.loads((model / "model-card.json").read_text())
    (model / "model-card.json").write_text(json.dumps({**card, "version": version}))


def put(model: Path, network: onnx.ModelProto) -> None:
    """Put another network into a model's folder, with its checksum in the card, as for an intended change."""
    onnx.save(network, model / ONNX)
    card = json.loads((model / "model-card.json").read_text())
    card["sha256"][ONNX] = checksum(model / ONNX)
    (model / "model-card.json").write_text(json.dumps(card))


def network(
    *, forms: str | int = "n", side: int = 28, digits: int = 10, weight: float = 0.01, lacking: str = ""
) -> onnx.ModelProto:
    """A complete network of a single layer; with the defaults it fits."""
    widths = {name: width for name, width in zip(OUTPUTS, (digits, 1, 8), strict=True) if name != lacking}
    nodes = [helper.make_node("Flatten", ["form"], ["flat"], axis=1)]
    nodes += [helper.make_node("MatMul", ["flat", f"{name}_weights"], [name]) for name in widths]
    graph = helper.make_graph(
        nodes,
        "one layer",
        [helper.make_tensor_value_info("form", TensorProto.FLOAT, [forms, side, side, 1])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [forms, widths[name]]) for name in widths],
        [
            numpy_helper.from_array(
                np.full((side * side, widths[name]), weight, np.float32), f"{name}_weights"
            )
            for name in widths
        ],
    )
    made = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 15)])
    onnx.checker.check_model(made)
    return made


UNFIT: dict[str, onnx.ModelProto] = {
    "expected input (n, 28, 28, 1), found ('n', 14, 14, 1)": network(side=14),
    "it cannot read forms of shape (n, 28, 28)": network(forms=1),
    "expected ten chances a form, got an array of shape (2, 9)": network(digits=9),
    "expected ten chances a form, got an array of shape (2, 10)": network(weight=math.nan),
    "expected the outputs logits, digit, features": network(lacking="features"),
}
"""Networks that are whole and not ours, by what is said of each."""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model in its own folder."""
    shutil.copytree(PACKAGED_MODEL, tmp_path / "model")
    name(tmp_path / "model", "first")
    return tmp_path / "model"


@pytest.fixture
def server(tmp_path: Path, model: Path) -> Iterator[Server]:
    with Server(tmp_path, environment={"DIGITPAD_MODEL": str(model), "DIGITPAD_RATE_LIMIT": "0"}) as server:
        yield server


class Load:
    """Callers that never pause, with a new connection for each request."""

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
        wait_until(load.lately("first"), seconds=90)
        name(model, "second")
        server.process.send_signal(signal.SIGHUP)
        wait_until(load.lately("second"), lambda: server.log.read_text()[-2000:], seconds=90)
        wait_until(lambda: server.log.read_text().count("model second reads from now on") == 2, seconds=90)
    assert load.failures == []


def test_a_broken_model_changes_nothing(server: Server, model: Path) -> None:
    name(model, "second")
    server.process.send_signal(signal.SIGHUP)  # a worker that is still loading gets it afterwards
    wait_until(lambda: server.log.read_text().count("model second reads from now on") == 2)
    (model / "model_mnist.onnx").write_bytes(b"not a network")
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: server.log.read_text().count("not reloaded, model second reads on") == 2)
    assert "not the file that its model card describes" in server.log.read_text()
    assert server.request("POST", PREDICTIONS, SEVEN).json()["model"] == "second"


def test_a_model_that_does_not_fit_is_refused_and_the_old_one_reads_on(server: Server, model: Path) -> None:
    """Its files match its card; the check is whether it can read."""
    name(model, "second")
    put(model, network())
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: server.log.read_text().count("model second reads from now on") == 2)
    name(model, "third")
    for said, unfit in UNFIT.items():
        put(model, unfit)
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: server.log.read_text().count(said) == 2, server.log.read_text)  # noqa: B023
        refused = [line for line in server.log.read_text().splitlines() if said in line]
        assert all("not reloaded, model second reads on" in line for line in refused)
        answer = server.request("POST", PREDICTIONS, SEVEN)
        assert (answer.status, answer.json()["model"]) == (201, "second")


@pytest.mark.parametrize("said", UNFIT)
def test_with_a_model_that_does_not_fit_it_does_not_start(model: Path, said: str) -> None:
    put(model, UNFIT[said])
    with pytest.raises(ModelError, match=re.escape(said)):
        reloading.load(Settings(model=str(model)))
