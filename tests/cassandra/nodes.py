"""Real Cassandra nodes on this machine, without containers: started, killed, paused and brought back.

Cassandra comes from Maven Central (66 MB, once) and runs on Java 17: one node is ready after about 5 s and
takes 0.9 GB, three after about 20 s.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, Self

from cassandra import OperationTimedOut
from cassandra.cluster import Cluster, ExecutionProfile, NoHostAvailable
from cassandra.policies import WhiteListRoundRobinPolicy

from digitpad import folders
from tests.server import free_port

HERE: Final = Path(__file__).parent
READY: Final = "Starting listening for CQL clients"
START_TIMEOUT: Final = 180.0  # seconds; a busy machine with two cores has needed 60 for three nodes
PATIENCE: Final = (
    30.0  # seconds for a connection, twice as many for an answer; it is too busy for the driver's 2 to 10
)


def missing() -> str | None:
    """Say what this machine lacks to run Cassandra, or None."""
    lacking = [name for name in ("java", "mvn") if shutil.which(name) is None]
    return f"Cassandra needs {' and '.join(lacking)}: install Java 17 and Maven" if lacking else None


def jars() -> Path:
    """Return the folder with Cassandra's jars; Maven fetches them if they are missing."""
    pom = HERE / "pom.xml"
    versions = re.findall(r"<version>(\d+\.\d+\.\d+)</version>", pom.read_text())
    folder = folders.cache() / f"cassandra-{versions[0]}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as unfinished:
            lib = Path(unfinished) / "lib"
            command = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies"]
            subprocess.run([*command, f"-DoutputDirectory={lib}"], check=True)
            try:
                lib.rename(folder)
            except OSError:
                if not folder.exists():  # otherwise another process has fetched them meanwhile
                    raise
    return folder


class Nodes:
    """`count` nodes of one cluster, numbered from 1, on 127.0.0.1, 127.0.0.2 and so on."""

    def __init__(
        self,
        folder: Path,
        count: int = 1,
        *,
        port: int | None = None,
        heap: str = "512m",
        network: str = "127.0.0",
        sync: Literal["periodic", "batch"] = "periodic",
        yaml: str = "",
        driver: Mapping[str, Any] | None = None,
        reached_by: str = "",
    ) -> None:
        """Prepare nodes that keep their files in `folder`; `start` starts them.

        :param port: for CQL; a free one where it is None, so that several clusters can run side by side
        :param heap: of each node, as Java writes it
        :param network: prefix of the nodes' addresses
        :param sync: when a node acknowledges a write: with `periodic`, Cassandra's default, before it is sure to
            survive kill -9 (the commit log is marked every 100 ms and synced every 10 s), with `batch` after
        :param yaml: additional lines for cassandra.yaml
        :param driver: what a driver needs to connect
        :param reached_by: prefix of the addresses that the nodes announce to drivers, if not their own
        """
        self.folder = folder.absolute()
        self.count = count
        self.network = network
        self.port = port or free_port()
        self._environ = {
            **os.environ,
            "LIB": str(jars()),
            "HEAP": heap,
            "NETWORK": network,
            "SYNC": sync,
            "YAML": yaml,
            "REACHED_BY": reached_by,
            "CQL_PORT": str(self.port),
            "STORAGE_PORT": str(free_port()),
        }
        self._driver = driver or {}
        self._reached_by = reached_by or network
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._log_starts: dict[int, int] = {}

    @property
    def hosts(self) -> list[str]:
        """The nodes' addresses."""
        return [self.host(n) for n in self._numbers]

    def host(self, n: int) -> str:
        """The address of node `n`."""
        return f"{self.network}.{n}"

    def url(self, keyspace: str = "mnist_key") -> str:
        """The DIGITPAD_STORE that keeps records here."""
        return self._url(self.network, keyspace)

    def url_given(self) -> str:
        """The same with the addresses that the nodes announce to drivers."""
        return self._url(self._reached_by, "mnist_key")

    def _url(self, network: str, keyspace: str) -> str:
        hosts = ",".join(f"{network}.{n}" for n in self._numbers)
        return f"cassandra://{hosts}:{self.port}/{keyspace}"

    @contextmanager
    def cluster(self, n: int = 1) -> Iterator[Cluster]:
        """A separate driver that talks to node `n` alone, to inspect its data."""
        policy = WhiteListRoundRobinPolicy([self.host(n)])
        cluster = Cluster(
            [self.host(n)],
            port=self.port,
            execution_profiles={
                "default": ExecutionProfile(load_balancing_policy=policy, request_timeout=2 * PATIENCE)
            },
            connect_timeout=PATIENCE,
            control_connection_timeout=PATIENCE,
            **self._driver,
        )
        try:
            yield cluster
        finally:
            cluster.shutdown()

    def start(self, *numbers: int, wait: bool = True) -> Self:
        """Start these nodes (all if none is named) on their existing files, and wait until they answer."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for n in numbers or self._numbers:
            log = self._log(n)
            self._log_starts[n] = log.stat().st_size if log.exists() else 0
            with (self.folder / f"n{n}.out").open("ab") as output:
                self._processes[n] = subprocess.Popen(
                    [*_dying_with_us(), str(HERE / "node"), str(self.folder), str(n), str(self.count)],
                    env=self._environ,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,  # Ctrl+C reaches only us; we stop the nodes
                )
        if wait:
            self.wait(*numbers)
        return self

    def wait(self, *numbers: int) -> None:
        """Wait until these nodes (all if none is named) answer and see each other."""
        deadline = time.monotonic() + START_TIMEOUT
        for n in numbers or self._numbers:
            while not self._is_ready(n):
                if self._processes[n].poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"node {n} did not start:\n{self._tail(n)}")
                time.sleep(0.05)
        running = sum(process.poll() is None for process in self._processes.values())
        for n in numbers or self._numbers:
            while self._peers(n) < running - 1:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"node {n} does not see the others:\n{self._tail(n)}")
                time.sleep(0.2)

    def kill(self, *numbers: int) -> None:
        """Kill -9: nothing is tidied up."""
        self._signal(signal.SIGKILL, numbers)
        for n in numbers or self._numbers:
            self._processes[n].wait()

    def stop(self, *numbers: int) -> None:
        """Shut these nodes (all if none is named) down in an orderly way."""
        self._signal(signal.SIGTERM, numbers)
        for n in numbers or self._numbers:
            self._processes[n].wait(timeout=60)

    def pause(self, *numbers: int) -> None:
        """Freeze: connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP, numbers)

    def resume(self, *numbers: int) -> None:
        """Go on after `pause`."""
        self._signal(signal.SIGCONT, numbers)

    def close(self) -> None:
        """End everything that was started. The files remain."""
        for process in self._processes.values():
            process.kill()
        for process in self._processes.values():
            process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _numbers(self) -> range:
        return range(1, self.count + 1)

    def _signal(self, number: signal.Signals, nodes: tuple[int, ...]) -> None:
        for n in nodes or self._numbers:
            self._processes[n].send_signal(number)

    def _log(self, n: int) -> Path:
        return self.folder / f"n{n}" / "log" / "system.log"

    def _is_ready(self, n: int) -> bool:
        log = self._log(n)
        if not log.exists():
            return False
        with log.open("rb") as lines:
            lines.seek(self._log_starts[n])
            return READY.encode() in lines.read()

    def _peers(self, n: int) -> int:
        """How many other nodes node `n` knows; -1 while it does not answer, even if it says that it is ready."""
        try:
            with self.cluster(n) as cluster:
                return len(list(cluster.connect().execute("SELECT peer FROM system.peers_v2")))
        except (NoHostAvailable, OperationTimedOut):
            return -1

    def _tail(self, n: int) -> str:
        files = (self._log(n), self.folder / f"n{n}.out")
        return "\n".join(file.read_text(errors="replace")[-3_000:] for file in files if file.exists())


def _dying_with_us() -> list[str]:
    """A command prefix that ends the node even if we are killed ourselves (util-linux, so only on Linux)."""
    return ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
