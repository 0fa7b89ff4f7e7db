"""Three Cassandra nodes, two replicas and a proxy on a real swarm, each killed while visitors draw.

    python -m tests.docker.stack --report docs/reports/stack.md      about ten minutes, 4 GB of memory

The users' deploy/swarm/stack.yaml, with what one machine needs: no placement, smaller heaps, the proxy published on one
port without TLS. First the replicas record into outboxes on volumes of their own (DIGITPAD_ACK=local), so that one
with a non-empty outbox can be killed; then into Cassandra itself (DIGITPAD_ACK=store, the file's own setting).
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import yaml

from tests.docker.drawing import Told
from tests.docker.engine import REPOSITORY, Engine, running_engine
from tests.server import wait_until

STACK = REPOSITORY / "deploy" / "swarm" / "stack.yaml"
URL = "http://127.0.0.1:8000"
VISITORS = 4
NODES = ("cassandra1", "cassandra2", "cassandra3")
Ack = Literal["local", "store"]
HEADING = {
    "local": "Replicas with an outbox on a volume of their own (`DIGITPAD_ACK=local`)",
    "store": "Replicas that keep nothing (`DIGITPAD_ACK=store`)",
}


@dataclass
class Scene:
    """An event, and what visitors were told meanwhile."""

    what: str
    told: Told
    may_go_unrecorded: bool


class Run:
    """The stack on one engine, and what visitors were told."""

    def __init__(self, engine: Engine, heap: str) -> None:
        self.engine = engine
        self.heap = heap
        self.ack: Ack = "local"
        self.revision = 1
        self.scenes: dict[Ack, list[Scene]] = {"local": [], "store": []}
        self.waited = 0
        """Records in the killed replica's outbox."""

    def definition(self) -> str:
        """The users' stack file, adapted to one machine."""
        stack: dict[str, Any] = yaml.safe_load(STACK.read_text())
        for name, service in stack["services"].items():
            service["deploy"].pop("placement", None)
            service["deploy"]["resources"] = {"limits": {"memory": "1g"}}
            if name in NODES:
                service["image"] = "cassandra:latest"
                service["environment"] |= {"MAX_HEAP_SIZE": self.heap, "HEAP_NEWSIZE": "64M"}
        app, proxy = stack["services"]["app"], stack["services"]["proxy"]
        app["image"] = "mnist:latest"
        app["environment"] |= {"DIGITPAD_RATE_LIMIT": "0", "REVISION": str(self.revision)}
        if self.ack == "local":
            app["environment"]["DIGITPAD_ACK"] = "local"
            app["tmpfs"] = ["/tmp"]
            app["volumes"] = ["outbox:/data"]
            stack["volumes"]["outbox"] = {"name": "outbox-{{.Task.Slot}}"}
        proxy["image"] = "caddy:2"
        proxy["environment"] = {"SITE": ":80"}
        proxy["ports"] = [{"target": 80, "published": 8000, "mode": "host"}]
        stack["configs"]["caddyfile"]["file"] = str(STACK.parent / "Caddyfile")
        return yaml.safe_dump(stack)

    def deploy(self) -> None:
        """Start the stack, or update what differs."""
        command = "docker stack deploy --resolve-image never -c - mnist"
        self.engine.run(command, stdin=self.definition().encode(), timeout=300)

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
        """Return when each node is up and joined, and both replicas run."""
        wait_until(lambda: self.members() == len(NODES), lambda: self.engine.run("docker ps -a"), seconds=300)
        wait_until(
            lambda: len(self.containers("app")) == 2, lambda: self.engine.run("docker ps -a"), seconds=60
        )

    def proxy_answers(self) -> bool:
        """Whether the page answers through the proxy."""
        return self.engine.request("GET", f"{URL}/healthz")[0] == 200

    def during(
        self, what: str, act: Callable[[], None], seconds: float = 15, *, may_go_unrecorded: bool = False
    ) -> None:
        """Let visitors draw, call `act` after 3 seconds, and note what they were told."""
        print(f"{self.ack}: {what} …", file=sys.stderr, flush=True)
        drawing = [sys.executable, "-m", "tests.docker.drawing", URL, str(seconds), str(VISITORS)]
        with subprocess.Popen(
            [*self.engine.inside, *drawing],
            stdout=subprocess.PIPE,
            cwd=REPOSITORY,
            env=self.engine.environment,
        ) as process:
            time.sleep(3)
            act()
            told = Told(**json.loads(process.communicate()[0]))
        self.scenes[self.ack].append(Scene(what, told, may_go_unrecorded))
        print(
            f"  {len(told.ids)} acknowledged, {told.unrecorded} not recorded, {len(told.failed)} failed "
            f"{told.failed[:2]}, {told.longest:.1f} s at most",
            file=sys.stderr,
            flush=True,
        )

    def kill(self, *services: str) -> None:
        """Kill one container of each of these services; the swarm starts another."""
        self.engine.run(["docker", "kill", *(self.containers(service)[0] for service in services)])

    def waiting(self, replica: str) -> int:
        """How many records wait in a replica's outbox."""
        said = self.engine.run(["docker", "exec", replica, "digitpad", "doctor", "--only", "outbox"])
        found = re.search(r"([\d,]+) wait", said)
        return int(found[1].replace(",", "")) if found else 0

    def kill_replica_with_a_full_outbox(self) -> None:
        """Kill two of three nodes, so that records wait, then a replica."""
        self.kill(*NODES[1:])
        replica = self.containers("app")[0]
        self.waited = wait_until(lambda: self.waiting(replica))
        self.engine.run(["docker", "kill", replica])

    def update(self, ack: Ack | None = None) -> None:
        """Replace each replica by a new one, and wait until this is done."""
        self.revision += 1
        self.ack = ack or self.ack
        state = "{{if .UpdateStatus}}{{.UpdateStatus.StartedAt}} {{.UpdateStatus.State}}{{end}}"
        command = ["docker", "service", "inspect", "--format", state, "mnist_app"]
        before = self.engine.run(command)
        self.deploy()

        def done() -> bool:
            now = self.engine.run(command)
            return now != before and now.strip().endswith(" completed")

        wait_until(done, lambda: self.engine.run("docker service ps --no-trunc mnist_app"), seconds=120)

    def each_part_is_killed(self) -> None:
        """One part after another, each back before the next goes."""
        self.during("nothing happens", lambda: None, seconds=8)
        self.during("a Cassandra node is killed", lambda: self.kill("cassandra2"))
        self.wait_for_all_nodes()
        if self.ack == "local":
            self.during(
                "a replica with a non-empty outbox is killed, two nodes being away",
                self.kill_replica_with_a_full_outbox,
                seconds=25,
            )
        else:
            self.during("a replica is killed", lambda: self.kill("app"))
            self.wait_for_all_nodes()
            self.during(
                "two nodes are killed", lambda: self.kill(*NODES[1:]), seconds=20, may_go_unrecorded=True
            )
        self.wait_for_all_nodes()
        self.during("the proxy is killed", lambda: self.kill("proxy"))
        self.during("the replicas are updated one by one", self.update, seconds=60)

    def acknowledged(self) -> set[str]:
        """The ids of all records that were acknowledged to visitors."""
        return {each for scenes in self.scenes.values() for scene in scenes for each in scene.told.ids}

    def missing(self) -> set[str]:
        """The ids that were acknowledged and are not in record_data."""
        found = self.cqlsh("PAGING OFF; CONSISTENCY QUORUM; SELECT id FROM mnist_key.record_data")
        return self.acknowledged() - set(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", found))

    def arrival(self) -> tuple[float, int]:
        """Seconds until all acknowledged records are in record_data, and how many are not after a minute."""
        started = time.monotonic()
        while (lost := self.missing()) and time.monotonic() - started < 60:
            time.sleep(0.5)
        return time.monotonic() - started, len(lost)

    def broken(self) -> list[str]:
        """Scenes in which a promise was not kept."""
        return [
            scene.what
            for scenes in self.scenes.values()
            for scene in scenes
            if scene.told.failed
            or not scene.told.ids
            or (scene.told.unrecorded and not scene.may_go_unrecorded)
        ]


def table(scenes: list[Scene]) -> str:
    """The scenes as a Markdown table."""
    rows = "\n".join(
        f"| {each.what} | {len(each.told.ids)} | {each.told.unrecorded} | {len(each.told.failed)} "
        f"| {each.told.longest:.1f} s |"
        for each in scenes
    )
    return (
        "| while visitors draw | acknowledged | answered as not recorded | failed after retries | longest wait |\n"
        f"|---|---:|---:|---:|---:|\n{rows}"
    )


def report(run: Run, found: dict[Ack, tuple[float, int]]) -> str:
    """The whole run, in Markdown."""
    parts = [
        "# Three nodes, two replicas and a proxy under faults",
        f"`python -m tests.docker.stack` on {datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, Docker "
        f"{run.engine.run('docker version -f {{.Server.Version}}').strip()} as a swarm of one machine, heaps of "
        f"{run.heap}, {VISITORS} visitors. What it runs and how: [deploy.md](../deploy.md).",
    ]
    for ack, scenes in run.scenes.items():
        seconds, lost = found[ack]
        total = sum(len(each.told.ids) for each in scenes)
        parts += [
            f"## {HEADING[ack]}",
            table(scenes),
            f"Of {total} acknowledged records {lost} were not in `record_data`; the last was found there "
            f"{seconds:.0f} s after the last scene."
            + (f" In the killed replica's outbox waited {run.waited}." if ack == "local" else ""),
        ]
    return "\n\n".join(parts) + "\n"


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
    """Run it; return 0 if nothing failed and nothing was lost."""
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
            run.wait_for_all_nodes()
            run.each_part_is_killed()
            found: dict[Ack, tuple[float, int]] = {"local": run.arrival()}
            wait_until(lambda: not any(map(run.waiting, run.containers("app"))), seconds=60)
            run.update("store")  # only once no outbox has anything left
            run.each_part_is_killed()
            found["store"] = run.arrival()
            text = report(run, found)
    print(text)
    if options.report:
        options.report.parent.mkdir(exist_ok=True)
        options.report.write_text(text)
    return int(bool(run.broken()) or any(lost for _, lost in found.values()))


if __name__ == "__main__":
    sys.exit(main())
