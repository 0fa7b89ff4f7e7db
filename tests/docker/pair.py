"""The original's two containers, started by its commands word for word, and the records in them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from tests.docker.engine import Engine
from tests.docker.ink import SEVEN
from tests.server import wait_until

URL = "http://127.0.0.1:8000"
ARRIVAL = (
    120  # seconds; less than thirty without other work, as the figures show: each look alone takes several
)
NETWORK = "docker network create mnist_test1"
CASSANDRA = (
    "docker run --name mnist_cassandra --net=mnist_test1 --net-alias=mnist_cassandra "
    "-p 9042:9042 -d cassandra:latest"
)
APPLICATION = "docker run --name mn_app --net=mnist_test1 --net-alias=mn_app -d -p 8000:5000 mnist:latest"
UNDO = {
    NETWORK: "docker network rm mnist_test1",
    CASSANDRA: "docker rm -f -v mnist_cassandra",
    APPLICATION: "docker rm -f -v mn_app",
}


@dataclass
class Pair:
    """Draws on the published port, and looks into the table by cqlsh."""

    engine: Engine
    made: list[str] = field(default_factory=list)
    """The id of each prediction that was acknowledged as recorded."""

    def draw(self) -> None:
        """Predict a seven, which must be read and recorded without waiting for Cassandra."""
        status, body, seconds = self.engine.timed_request("POST", f"{URL}/api/v1/predictions", SEVEN)
        assert status == 201, body
        answer = json.loads(body)
        assert (answer["digit"], answer["recorded"]) == (7, True)
        assert seconds < 4  # the driver gives a node 5 s
        self.made.append(answer["id"])

    def reasons(self) -> list[str]:
        """The reasons that /readyz gives while it says that the server can predict and record."""
        status, body = self.engine.request("GET", f"{URL}/readyz")
        assert status in {0, 200}, body
        return list(json.loads(body)["reasons"]) if status else ["nobody answers"]

    def answers(self) -> bool:
        """Whether Cassandra itself answers queries."""
        return self.engine.succeeds("docker exec mnist_cassandra cqlsh -e 'SELECT now() FROM system.local'")

    def in_cassandra(self) -> list[str]:
        """The ids in record_data, as cqlsh prints them."""
        query = "PAGING OFF; SELECT id FROM mnist_key.record_data"
        command = ["docker", "exec", "mnist_cassandra", "cqlsh", "-e", query]
        return re.findall(r"^ ([0-9a-f-]{36})$", self.engine.run(command), re.MULTILINE)

    def arrival(self) -> float:
        """Seconds from Cassandra's first answer until all acknowledged records are in record_data, each once."""
        wait_until(self.answers, lambda: self.engine.logs("mnist_cassandra"), seconds=300)
        started = time.monotonic()

        def all_there() -> bool:
            exists = self.engine.succeeds("docker exec mnist_cassandra cqlsh -e 'DESC mnist_key.record_data'")
            return exists and sorted(self.in_cassandra()) == sorted(self.made)

        wait_until(all_there, lambda: self.engine.logs("mn_app"), seconds=ARRIVAL)
        return time.monotonic() - started


@contextmanager
def started(engine: Engine, *commands: str) -> Iterator[None]:
    """Run these of the original's commands in this order, and undo them at the end."""
    with ExitStack() as cleanup:
        for command in commands:
            cleanup.callback(engine.succeeds, UNDO[command])
            engine.run(command, timeout=1200)
        yield
