"""The training image is built on the serving one and trains a model, which the serving image then serves."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

import pytest

from tests.docker.engine import CACHE, Engine
from tests.docker.ink import SEVEN
from tests.docker.pair import URL
from tests.needs import missing
from tests.server import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.train]

ROOM = 8e9  # bytes on the disk: the image takes 2 GB, and as much again during the build
TRAIN = (
    "docker run --rm -v mnist_models:/data mnist:train train --quick --only 200 --epochs 1 --out /data/mine"
)
SERVE = "docker run --name mn_app -d -p 8000:5000 -v mnist_models:/data -e DIGITPAD_MODEL=/data/mine"


@pytest.fixture(scope="module")
def train_image(engine: Engine, image: str, figures: dict[str, str]) -> str:
    """Built as the documentation says."""
    if shutil.disk_usage(CACHE).free < ROOM:
        missing(f"{ROOM / 1e9:.0f} GB of disk are needed to build the image that trains")
    engine.run("docker build -t mnist:train -f deploy/train.Dockerfile .", timeout=1800)
    figures["size of mnist:train"] = f"{engine.inspect('mnist:train', '.Size') / 1e6:.0f} MB"
    return "mnist:train"


@pytest.fixture
def models(engine: Engine) -> Iterator[None]:
    """A volume for models, removed at the end together with the container that served them."""
    yield
    engine.succeeds("docker rm -f -v mn_app")
    engine.succeeds("docker volume rm mnist_models")


def test_it_says_what_it_can_do(engine: Engine, train_image: str) -> None:
    assert "Train a network on MNIST" in engine.run(f"docker run --rm {train_image}")
    assert engine.run(f"docker run --rm --entrypoint id {train_image} -u") == "10001\n"


def test_what_it_trains_is_served(engine: Engine, train_image: str, models: None) -> None:
    assert "on MNIST's test set" in engine.run(TRAIN, timeout=900)
    engine.run(f"{SERVE} -e DIGITPAD_STORE=sqlite:////data/records.db mnist:latest")
    wait_until(lambda: engine.request("GET", f"{URL}/readyz")[0] == 200, lambda: engine.logs("mn_app"))
    status, body = engine.request("POST", f"{URL}/api/v1/predictions", SEVEN)
    assert status == 201, body
    trained = json.loads(engine.run("docker exec mn_app cat /data/mine/model-card.json"))["version"]
    assert json.loads(body)["model"] == trained
