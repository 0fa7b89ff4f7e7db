"""Three Cassandra nodes, two replicas and a proxy on a real swarm, each killed while visitors draw.

    python -m tests.docker.stack --report docs/stack-run.md      about five minutes, 4 GB of memory

The users' deploy/swarm/stack.yaml, with what one machine needs: no placement, smaller heaps, the proxy published on one
port without TLS. The replicas record into outboxes on volumes of their own, so that killing one with a non-empty
outbox is the harder case; DIGITPAD_ACK=store, the file's own, has none.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import yaml

from tests.docker.engine import REPOSITORY, Engine, running_engine
from tests.server import wait_until

STACK = REPOSITORY / "deploy" / "swarm" / "stack.yaml"
URL = "http://127.0.0.1:8000"
VISITORS = 4
NODES = ("cassandra1", "cassandra2", "cassandra3")


class Run:
    """The stack on one engine, and what was told to visitors."""

    def __init__(self, engine: Engine, heap: str) -> None:
        self.engine = engine
        self.heap = heap
        self.acknowledged: list[str] = []
        self.rows: list[tuple[str, int, int, float]] = []
        self.waited = 0
        """Records in the killed replica's outbox."""

    def definition(self, revision: int = 1) -> str:
        """The users' file for one machine."""
        stack: dict[str, Any] = yaml.safe_load(STACK.read_text())
        for name, service in stack["services"].items():
            service["deploy"].pop("placement", None)
            service["deploy"]["resources"] = {"limits": {"memory": "1g"}}
            if name in NODES:
                service["image"] = "cassandra:latest"
                service["environment"] |= {"MAX_HEAP_SIZE": self.heap, "HEAP_NEWSIZE": "64M"}
        app, proxy = stack["services"]["app"], stack["services"]["proxy"]
        app["image"] = "mnist:latest"
        app["environment"] |= {"DIGITPAD_ACK": "local", "DIGITPAD_RATE_LIMIT": "0", "REVISION": str(revision)}
        app["tmpfs"] = ["/tmp"]
        app["volumes"] = ["outbox:/data"]
        stack["volumes"]["outbox"] = {"name": "outbox-{{.Task.Slot}}"}
        proxy["image"] = "caddy:2"
        proxy["environment"] = {"SITE": ":80"}
        proxy["ports"] = [{"target": 80, "published": 8000, "mode": "host"}]
        stack["configs"]["caddyfile"]["file"] = str(STACK.parent / "Caddyfile")
        return yaml.safe_dump(stack)

    def deploy(self, revision: int = 1) -> None:
        """Start it, or update what differs."""
        command = "docker stack deploy --resolve-image never -c - mnist"
        self.engine.run(command, stdin=self.definition(revision).encode(), timeout=300)

    def containers(self, service: str) -> list[str]:
        """The ids of a service's running containers."""
        label = f"label=com.docker.swarm.service.name=mnist_{service}"
        return self.engine.run(["docker", "ps", "-q", "--filter", label]).split()

    def cqlsh(self, query: str) -> str:
        """Ask any node that answers."""
        for node in NODES:
            for container in self.containers(node):
                command = ["docker", "exec", container, "cqlsh", "-e", query]
                if self.engine.succeeds([*command[:-1], "SELECT now() FROM system.local"]):
                    return self.engine.run(command)
        return ""

    def members(self) -> int:
        """How many nodes are up and joined, as one of them sees it."""
        for node in NODES:
            for container in self.containers(node):
                with suppress(AssertionError):
                    status = self.engine.run(["docker", "exec", container, "nodetool", "status"])
                    return len(re.findall("^UN ", status, re.MULTILINE))
        return 0

    def wait_for_all_nodes(self) -> None:
        """Return when each node is up and joined."""
        wait_until(lambda: self.members() == len(NODES), lambda: self.engine.run("docker ps -a"), seconds=240)

    def proxy_answers(self) -> bool:
        """Whether the page is there, by way of the proxy."""
        return self.engine.request("GET", f"{URL}/healthz")[0] == 200

    def during(self, what: str, act: Callable[[], None], seconds: float = 15) -> None:
        """Let visitors draw, `act` after 3 seconds, and note what they were told."""
        print(what, "…", file=sys.stderr, flush=True)
        command = [
            *self.engine.inside,
            sys.executable,
            "-m",
            "tests.docker.drawing",
            URL,
            str(seconds),
            str(VISITORS),
        ]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, cwd=REPOSITORY, env=self.engine.environment
        ) as drawing:
            time.sleep(3)
            act()
            told = json.loads(drawing.communicate()[0])
        self.acknowledged += told["ids"]
        self.rows.append((what, len(told["ids"]), len(told["failed"]), told["longest"]))
        print(self.rows[-1], told["failed"][:2], file=sys.stderr, flush=True)

    def kill(self, service: str) -> None:
        """Kill one of a service's containers; the swarm starts another."""
        self.engine.run(["docker", "kill", self.containers(service)[0]])

    def kill_replica_with_a_full_outbox(self) -> None:
        """Kill two of three nodes, so that records wait, then a replica."""
        self.engine.run(["docker", "kill", *(self.containers(node)[0] for node in NODES[1:])])
        replica = self.containers("app")[0]
        look = ["docker", "exec", replica, "digitpad", "doctor", "--only", "outbox"]

        def waits() -> int:
            found = re.search(r"([\d,]+) wait", self.engine.run(look))
            return int(found[1].replace(",", "")) if found else 0

        self.waited = wait_until(waits)
        self.engine.run(["docker", "kill", replica])

    def update(self) -> None:
        """Replace each replica by a new one, and wait until that is done."""
        self.deploy(revision=2)
        state = "{{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}"
        command = ["docker", "service", "inspect", "--format", state, "mnist_app"]
        wait_until(lambda: self.engine.run(command).strip() == "completed", seconds=90)

    def missing(self) -> set[str]:
        """What was acknowledged and is not in record_data."""
        found = self.cqlsh("PAGING OFF; CONSISTENCY QUORUM; SELECT id FROM mnist_key.record_data")
        return set(self.acknowledged) - set(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", found))

    def report(self, arrived: float, lost: int) -> str:
        """What happened, in Markdown."""
        rows = "\n".join(
            f"| {what} | {made} | {failed} | {longest:.1f} s |" for what, made, failed, longest in self.rows
        )
        return f"""| while visitors draw | acknowledged | failed after retries | longest wait |
|---|---:|---:|---:|
{rows}

All {len(self.acknowledged)} acknowledged records were looked for in `record_data`:
{lost} lost, the last found after {arrived:.0f} s. In the killed replica's outbox waited {self.waited}.
"""


@contextmanager
def swarm(engine: Engine) -> Iterator[None]:
    """A swarm of one machine."""
    engine.run("docker swarm init --advertise-addr 127.0.0.1 --default-addr-pool 10.200.0.0/16")
    try:
        yield
    finally:
        engine.succeeds("docker stack rm mnist")
        engine.succeeds("docker swarm leave --force")
        wait_until(
            lambda: not engine.run("docker ps -aq --filter label=com.docker.stack.namespace=mnist"),
            seconds=60,
        )
        for volume in engine.run("docker volume ls -q").split():
            if volume.startswith(("mnist_", "outbox-")):
                engine.succeeds(f"docker volume rm {volume}")


def main() -> int:
    """Run it; 0 where nothing failed and nothing was lost."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--report", type=Path, help="a file for the figures")
    parser.add_argument("--heap", default="320M", help="of each Cassandra node")
    options = parser.parse_args()
    with running_engine() as engine:
        engine.run("docker build -t mnist:latest .", timeout=1200)
        with swarm(engine):
            run = Run(engine, options.heap)
            run.deploy()
            wait_until(run.proxy_answers, seconds=120)
            wait_until(
                lambda: run.members() == len(NODES), lambda: engine.run("docker service ls"), seconds=240
            )
            run.during("nothing happens", lambda: None, seconds=8)
            run.during("a Cassandra node is killed", lambda: run.kill("cassandra2"))
            run.wait_for_all_nodes()
            run.during(
                "a replica with a non-empty outbox is killed", run.kill_replica_with_a_full_outbox, seconds=25
            )
            run.wait_for_all_nodes()
            run.during("the proxy is killed", lambda: run.kill("proxy"))
            run.during("the replicas are updated one by one", run.update, seconds=45)
            started = time.monotonic()
            lost = run.missing()
            while lost and time.monotonic() - started < 60:
                lost = run.missing()
            text = run.report(time.monotonic() - started, len(lost))
    print(text)
    if options.report:
        options.report.write_text(text)
    return int(bool(lost) or any(failed for _, _, failed, _ in run.rows))


if __name__ == "__main__":
    sys.exit(main())
