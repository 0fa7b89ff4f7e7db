"""The image alone: who runs in it, what it keeps, how it starts and stops."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from digitpad import __version__
from tests.docker.engine import REPOSITORY, Engine
from tests.docker.ink import SEVEN
from tests.server import wait_until

pytestmark = pytest.mark.docker

NAME = "digitpad_alone"
URL = "http://127.0.0.1:8000"
# As strict as a host can be: only the volume and /tmp are writable.
RUN = (
    f"docker run --name {NAME} -d -p 8000:5000 --read-only --tmpfs /tmp --cap-drop ALL "
    f"--security-opt no-new-privileges -v {NAME}:/data -e DIGITPAD_STORE=sqlite:////data/records.db mnist:latest"
)


@pytest.fixture
def alone(engine: Engine, image: str) -> Iterator[Engine]:
    """A container that records into SQLite on a volume."""
    try:
        engine.run(RUN)
        wait_until_ready(engine)
        yield engine
    finally:
        engine.succeeds(f"docker rm -f -v {NAME}")
        engine.succeeds(f"docker volume rm {NAME}")


def wait_until_ready(engine: Engine) -> None:
    wait_until(lambda: engine.request("GET", f"{URL}/readyz")[0] == 200, lambda: engine.logs(NAME))


def test_nobody_in_it_is_root(alone: Engine) -> None:
    assert alone.run(f"docker exec {NAME} id -u") == "10001\n"


def test_it_has_no_compiler_and_no_tensorflow(alone: Engine) -> None:
    assert not alone.succeeds(f"docker exec {NAME} sh -c 'command -v gcc cc make'")
    assert not alone.succeeds(f"docker exec {NAME} python -c 'import tensorflow'")


def test_it_becomes_healthy(alone: Engine) -> None:
    wait_until(
        lambda: alone.inspect(NAME, ".State.Health.Status") == "healthy", lambda: alone.logs(NAME), seconds=90
    )


def test_it_predicts_and_keeps_the_record_on_its_volume(alone: Engine) -> None:
    status, body = alone.request("POST", f"{URL}/api/v1/predictions", SEVEN)
    assert status == 201, body
    alone.run(f"docker restart {NAME}")
    wait_until_ready(alone)
    (record,) = alone.run(f"docker exec {NAME} digitpad records list --json").splitlines()
    assert json.loads(record)["id"] == json.loads(body)["id"]


def test_a_key_is_still_known_after_a_restart(alone: Engine) -> None:
    once = {"Cookie": f"digitpad_visitor={uuid4()}", "Idempotency-Key": "once"}
    first = json.loads(alone.request("POST", f"{URL}/api/v1/predictions", SEVEN, once)[1])
    alone.run(f"docker restart {NAME}")
    wait_until_ready(alone)
    assert json.loads(alone.request("POST", f"{URL}/api/v1/predictions", SEVEN, once)[1])["id"] == first["id"]
    assert len(alone.run(f"docker exec {NAME} digitpad records list --json").splitlines()) == 1


def test_it_says_what_it_is(engine: Engine, image: str) -> None:
    labels = engine.inspect(image, ".Config.Labels")
    assert labels["org.opencontainers.image.title"] == "digitpad"
    assert labels["org.opencontainers.image.version"] == __version__
    assert labels["org.opencontainers.image.revision"] == "unknown"  # built as the README says


def test_it_is_small(engine: Engine, image: str) -> None:
    assert engine.inspect(image, ".Size") < 350e6


def test_a_change_of_the_code_installs_nothing_but_the_code(
    engine: Engine, image: str, figures: dict[str, str], tmp_path: Path
) -> None:
    for name in (
        "Dockerfile",
        ".dockerignore",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "requirements",
        "src",
    ):
        source = REPOSITORY / name
        copied = shutil.copytree if source.is_dir() else shutil.copy
        copied(source, tmp_path / name)
    code = tmp_path / "src/digitpad/__init__.py"
    code.write_text(code.read_text() + "# changed\n")
    started = time.monotonic()
    engine.run(f"docker build -t mnist:changed {tmp_path}", timeout=300)
    figures["built again after a change of the code"] = f"{time.monotonic() - started:.1f} s"
    try:
        before, after = (engine.inspect(each, ".RootFS.Layers") for each in (image, "mnist:changed"))
        assert [one == other for one, other in zip(before, after, strict=True)].count(False) == 1
    finally:
        engine.run("docker rmi mnist:changed")


def test_what_waits_is_kept_when_it_stops(engine: Engine, image: str, figures: dict[str, str]) -> None:
    """Even while its threads look for a Cassandra that does not exist."""
    try:
        engine.run(f"docker run --name {NAME} -d -p 8000:5000 {image}")  # Cassandra never comes
        wait_until_ready(engine)
        made = json.loads(engine.request("POST", f"{URL}/api/v1/predictions", SEVEN)[1])
        assert made["recorded"] is True
        begun = time.monotonic()
        engine.run(f"docker stop {NAME}")
        figures["stopped by docker stop, without Cassandra"] = f"{time.monotonic() - begun:.1f} s"
        # Docker kills what has not ended after ten seconds; that would be 137.
        assert engine.inspect(NAME, ".State.ExitCode") == 0, engine.logs(NAME)
        engine.run(f"docker start {NAME}")
        wait_until_ready(engine)
        assert "1 records wait" in engine.request("GET", f"{URL}/readyz")[1]
    finally:
        engine.succeeds(f"docker rm -f -v {NAME}")


def test_it_stops_by_itself_when_told_to(engine: Engine, image: str, figures: dict[str, str]) -> None:
    """How soon it starts and stops is printed, not judged, as other tests run at the same time."""
    try:
        begun = time.monotonic()
        engine.run(RUN)
        wait_until_ready(engine)
        figures["first answer after docker run"] = f"{time.monotonic() - begun:.1f} s"
        begun = time.monotonic()
        engine.run(f"docker stop {NAME}")
        figures["stopped by docker stop"] = f"{time.monotonic() - begun:.1f} s"
        # Docker kills what has not ended after ten seconds; that would be 137.
        assert engine.inspect(NAME, ".State.ExitCode") == 0, engine.logs(NAME)
    finally:
        engine.succeeds(f"docker rm -f -v {NAME}")
        engine.succeeds(f"docker volume rm {NAME}")
