"""A container engine: the machine's own if one answers, else a disposable one (start-engine)."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import pty
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
REPOSITORY = HERE.parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "digitpad" / "docker"
RUN = CACHE / "run"
BASE_IMAGES = ("python:3.11-slim", "cassandra:latest")
OURS = {
    "container": {"mnist_cassandra", "mn_app", "digitpad_alone", "sqlite_app", "keeps_the_address"},
    "volume": {"digitpad_alone", "sqlite_app", "mnist_cassandra_data", "mnist_models"},
    "network": {"mnist_test1"},
}
"""Names that the tests give, the original's among them, and remove."""
LISTED = {"container": "{{.Names}}", "volume": "{{.Name}}", "network": "{{.Name}}"}
PROGRAMS = ("docker", "dockerd", "containerd", "iptables", "slirp4netns", "debootstrap", "mvn", "java")
PACKAGES = "docker.io iptables slirp4netns debootstrap maven default-jre-headless"
NO_ENGINE = f"no container engine answers that has {' and '.join(BASE_IMAGES)}"
# urllib in a separate process, as published ports may be in another network namespace than ours.
REQUEST = """
import json, sys, time, urllib.error, urllib.request
method, url, headers = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
request = urllib.request.Request(url, sys.stdin.buffer.read() or None, headers, method=method)
begun = time.monotonic()
try:
    answer = urllib.request.urlopen(request, timeout=30)
    status, text = answer.status, answer.read().decode()
except urllib.error.HTTPError as error:
    status, text = error.status, error.read().decode()
except OSError as error:
    status, text = 0, f"{error}\\n"
print(status, time.monotonic() - begun, text, sep="\\n", end="")
"""


class NoEngine(Exception):
    """No engine answers, and none can be started here."""


@dataclass(frozen=True)
class Engine:
    """Runs commands with the engine's environment, in the network that has its published ports."""

    environment: Mapping[str, str]
    inside: tuple[str, ...] = ()

    def run(self, command: str | Sequence[str], *, stdin: bytes = b"", timeout: float = 120) -> str:
        """Run any command, parsed as by a shell; return its output, fail with its error output."""
        done = subprocess.run(
            self._full(command),
            input=stdin,
            capture_output=True,
            env=self.environment,
            cwd=REPOSITORY,
            timeout=timeout,
            check=False,
        )
        output = done.stdout.decode()
        assert done.returncode == 0, f"{command}: status {done.returncode}\n{output}\n{done.stderr.decode()}"
        return output

    def succeeds(self, command: str | Sequence[str]) -> bool:
        """Whether a command succeeds."""
        try:
            self.run(command)
        except AssertionError:
            return False
        return True

    def run_on_terminal(self, command: str, typed: str) -> str:
        """Run a command on a terminal, as `docker exec -it` needs one, and return all that appears there."""
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            ["timeout", "60", *self._full(command)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=self.environment,
        ) as process:
            os.close(theirs)
            os.write(ours, typed.encode())
            shown = b"".join(_until_closed(ours))
            os.close(ours)
        text = shown.decode()
        assert process.returncode == 0, f"{command}: status {process.returncode}\n{text}"
        return text

    def request(
        self, method: str, url: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Send an HTTP request: text as it is, anything else as JSON.

        :returns: status (0 if nobody answers) and body
        """
        status, text, _ = self.timed_request(method, url, body, headers)
        return status, text

    def timed_request(
        self, method: str, url: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str, float]:
        """Send it, and also return the seconds until the answer, without the start of the asking process."""
        headers = dict(headers or {})
        if body is not None and not isinstance(body, str):
            headers.setdefault("Content-Type", "application/json")
            body = json.dumps(body)
        command = [sys.executable, "-c", REQUEST, method, url, json.dumps(headers)]
        status, seconds, text = self.run(command, stdin=(body or "").encode()).split("\n", 2)
        return int(status), text, float(seconds)

    def seen_by(self, program: str, folder: Path) -> Path | None:
        """A script in `folder` that starts a program in the network of the published ports; None if that is ours."""
        if not self.inside:
            return None
        script = folder / program
        script.write_text(f'#!/bin/sh\nexec {shlex.join(self.inside)} {shutil.which(program)} "$@"\n')
        script.chmod(0o755)
        return script

    def has_image(self, name: str) -> bool:
        """Whether the engine has an image, or can pull it."""
        return self.succeeds(["docker", "image", "inspect", name]) or self.succeeds(["docker", "pull", name])

    def logs(self, container: str) -> str:
        """All output of a container."""
        return self.run(["sh", "-c", f"docker logs {container} 2>&1"])

    def inspect(self, what: str, template: str) -> Any:
        """The output of `docker inspect` for a container or image, by a template."""
        return json.loads(self.run(["docker", "inspect", "--format", f"{{{{json {template}}}}}", what]))

    def _full(self, command: str | Sequence[str]) -> list[str]:
        return [*self.inside, *(shlex.split(command) if isinstance(command, str) else command)]


def _until_closed(terminal: int) -> Iterator[bytes]:
    try:
        while chunk := os.read(terminal, 65_536):
            yield chunk
    except OSError as error:
        if error.errno != errno.EIO:  # Linux's way of saying that nobody has the other end open
            raise


@contextmanager
def running_engine() -> Iterator[Engine]:
    """Yield an engine that has the base images; a second run on this machine waits for the first.

    :raises NoEngine: with what to do about it
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the original's commands name their containers
        left_behind = RUN / "tests.pid"  # by a run that was killed
        started_by_hand = (
            _docker("--host", f"unix://{RUN / 'docker.sock'}", "version") and not left_behind.exists()
        )
        if not started_by_hand and _users_engine_serves():
            users = Engine(os.environ)
            _check_users(users)
            yield users
            return
        _check_machine()
        try:
            _script("start-engine")
        except subprocess.CalledProcessError as error:
            raise NoEngine(f"{NO_ENGINE}, and none can be started here: start yours") from error
        try:
            was_killed = left_behind.exists()
            if not started_by_hand:
                left_behind.write_text(str(os.getpid()))
            _script("make-images")
            _script("get-compose")
            pid = (RUN / "inside.pid").read_text().strip()
            engine = Engine(
                {
                    **os.environ,
                    "DOCKER_HOST": f"unix://{RUN / 'docker.sock'}",
                    "DOCKER_CONFIG": str(RUN / "client"),
                },
                inside=("nsenter", f"--net=/proc/{pid}/ns/net"),
            )
            if was_killed:  # its containers still run, and hold names, ports and networks
                for container in engine.run("docker ps --all --quiet").split():
                    engine.run(f"docker rm --force {container}")
                engine.run("docker network prune --force")
            yield engine
        finally:
            if not started_by_hand:
                _script("stop-engine")


def _users_engine_serves() -> bool:
    """Whether the user has an engine, and it has the base images or can pull them."""
    return _docker("version") and all(
        _docker("image", "inspect", image) or _docker("pull", image) for image in BASE_IMAGES
    )


def _check_users(engine: Engine) -> None:
    """Protect the user's own containers: after the README they have these very names, and hold records."""
    address = engine.run("docker context inspect --format {{.Endpoints.docker.Host}}").strip()
    if not address.startswith("unix://"):
        raise NoEngine(
            f"the engine at {address} is not on this machine: its ports cannot be reached at 127.0.0.1"
        )
    theirs = [
        f"{kind} {name}"
        for kind, ours in OURS.items()
        for name in engine.run(
            f"docker {kind} ls {'-a' * (kind == 'container')} --format {LISTED[kind]}"
        ).split()
        if name in ours
    ]
    if theirs:
        raise NoEngine(f"your engine has what the tests would replace and remove: {', '.join(theirs)}")


def _docker(*arguments: str) -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", *arguments], capture_output=True, check=False).returncode == 0


def _check_machine() -> None:
    if os.geteuid() != 0:
        raise NoEngine(f"{NO_ENGINE}, and only root can start one: start yours")
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = [program for program in PROGRAMS if shutil.which(program, path=path) is None]
    if missing:
        raise NoEngine(
            f"{NO_ENGINE}, and {', '.join(missing)} is missing: start yours, or "
            f"apt-get install --no-install-recommends {PACKAGES}"
        )


def _script(name: str) -> None:
    subprocess.run([HERE / name], check=True, stdout=sys.stderr)
