"""`docker compose up` with TLS and Prometheus, `down`, and `up` again."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker.engine import REPOSITORY, Engine
from tests.docker.ink import SEVEN
from tests.needs import missing
from tests.server import wait_until

pytestmark = pytest.mark.docker

URL = "http://127.0.0.1:8000"
# Ports that are more likely to be free than 80 and 443.
ENV = """
COMPOSE_PROFILES=tls
PUBLISH=127.0.0.1:8000
PUBLISH_HTTP=127.0.0.1:8080
PUBLISH_HTTPS=127.0.0.1:8443
DIGITPAD_PROXIES=1
CASSANDRA_HEAP=384M
"""
OLDEST = (2, 24)  # the first Compose that knows env_file with required: false
OVER_TLS = """
import json, ssl, sys, urllib.request
context = ssl._create_unverified_context()  # Caddy's own authority vouches for localhost
json_body = {"Content-Type": "application/json"}
request = urllib.request.Request("https://localhost:8443/api/v1/predictions", sys.stdin.buffer.read(), json_body)
answer = urllib.request.urlopen(request, context=context, timeout=10)
print(json.dumps([answer.status, answer.headers["Set-Cookie"], answer.headers["Strict-Transport-Security"]]))
"""


class Compose:
    """A project in a folder of its own."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        # Its own name: the user's `docker compose up` of the same file has volumes with records.
        self._command = [
            "docker",
            "compose",
            "--project-directory",
            str(folder),
            "--project-name",
            "digitpad-test",
        ]

    def __call__(self, *arguments: str) -> str:
        return self.engine.run([*self._command, *arguments], timeout=600)

    def recorded(self) -> str:
        """The table of records; empty until the application has made it."""
        cqlsh = ["exec", "cassandra", "cqlsh", "-e"]
        if not self.engine.succeeds([*self._command, *cqlsh, "DESC mnist_key.record_data"]):
            return ""
        return self(*cqlsh, "SELECT id FROM mnist_key.record_data")

    def state(self, service: str) -> str:
        """The id of a service's container."""
        return self("ps", "--quiet", service).strip()


def require_compose(engine: Engine) -> None:
    """Skip, or on CI fail, if the engine's client has no Compose, or no images for it."""
    said = engine.run(["sh", "-c", "docker compose version --short 2>&1 || true"])
    version = re.match(r"v?(\d+)\.(\d+)\.", said)
    if version is None or tuple(map(int, version.groups())) < OLDEST:
        missing(f"`docker compose` {OLDEST[0]}.{OLDEST[1]} or newer is not there, but: {said.strip()[:80]}")
    defaults = re.findall(r"image: \$\{\w+:-([^}]+)\}", (REPOSITORY / "compose.yaml").read_text())
    for image in (each for each in defaults if "grafana" not in each):
        if not engine.has_image(image):
            missing(f"the engine has no image {image}, and cannot pull it")


@pytest.fixture(scope="module")
def compose(engine: Engine, image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compose]:
    require_compose(engine)
    folder = tmp_path_factory.mktemp("compose")
    shutil.copy(REPOSITORY / "compose.yaml", folder)
    shutil.copytree(REPOSITORY / "deploy", folder / "deploy")
    (folder / ".env").write_text(ENV)
    compose = Compose(engine, folder)
    try:
        compose("up", "--detach", "--wait", "--no-build")
        yield compose
    finally:
        compose("--profile", "*", "down", "--volumes", "--timeout", "5")


def draw(compose: Compose) -> str:
    status, body = compose.engine.request("POST", f"{URL}/api/v1/predictions", SEVEN)
    assert status == 201, body
    return str(json.loads(body)["id"])


def test_what_is_drawn_is_in_cassandra_and_stays_there_when_all_is_made_anew(compose: Compose) -> None:
    made = draw(compose)
    wait_until(lambda: made in compose.recorded(), seconds=120)
    compose("down")
    compose("up", "--detach", "--wait", "--no-build")
    assert made in compose.recorded()


def test_it_is_shown_over_tls_as_behind_a_proxy(compose: Compose) -> None:
    status, cookie, strict = json.loads(
        compose.engine.run([sys.executable, "-c", OVER_TLS], stdin=json.dumps(SEVEN).encode())
    )
    assert status == 201
    assert "Secure" in cookie
    assert "max-age" in strict


@pytest.mark.parametrize("service", ["app", "cassandra", "caddy"])
def test_no_container_may_more_than_it_needs(service: str, compose: Compose) -> None:
    container = compose.state(service)
    host = compose.engine.inspect(container, ".HostConfig")
    assert host["CapDrop"] == ["ALL"]
    assert host["Memory"] > 0
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    assert compose.engine.inspect(container, ".State.Health.Status") == "healthy"
    if service != "caddy":  # it listens on port 443
        assert compose("exec", service, "id", "-u").strip() != "0"
    if service != "cassandra":
        assert host["ReadonlyRootfs"] is True


def test_prometheus_watches_it(compose: Compose) -> None:
    compose("up", "--detach", "--wait", "--no-build", "prometheus")
    assert compose.engine.inspect(compose.state("prometheus"), ".State.Health.Status") == "healthy"

    def seen() -> bool:
        query = "http://127.0.0.1:9090/api/v1/query?query=digitpad_store_up"
        answer = json.loads(compose("exec", "prometheus", "wget", "-q", "-O", "-", query))
        return bool(answer["data"]["result"])

    wait_until(seen, seconds=90)
