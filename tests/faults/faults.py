"""The faults: each is done, lasts a while, and is undone."""

from __future__ import annotations

import os
import signal
from abc import ABC, abstractmethod
from dataclasses import dataclass
from random import Random
from typing import ClassVar, Final

from tests.cassandra.nodes import Nodes
from tests.faults.means import Clock, Disk, Network
from tests.server import Server, wait_until


@dataclass
class Scene:
    """The targets of faults; None for one that this run does not have."""

    server: Server
    nodes: Nodes | None = None
    network: Network | None = None
    disk: Disk | None = None
    clock: Clock | None = None


class Fault(ABC):
    """One kind of fault. `chance` decides its details and how long it lasts."""

    name: ClassVar[str]
    lasts: ClassVar[tuple[float, float]] = (1.0, 3.0)  # seconds
    away: ClassVar[bool] = False
    """Whether all of Cassandra is away meanwhile, so that records have to arrive afterwards."""
    refuses: ClassVar[bool] = False
    """Whether a prediction may go unrecorded meanwhile, and its answer say so."""

    def __init__(self, scene: Scene, chance: Random) -> None:
        self.scene = scene
        self.chance = chance

    @classmethod
    @abstractmethod
    def possible(cls, scene: Scene) -> bool: ...

    @abstractmethod
    def do(self) -> None: ...

    @abstractmethod
    def undo(self) -> None: ...

    @property
    def nodes(self) -> Nodes:
        assert self.scene.nodes is not None
        return self.scene.nodes

    @property
    def network(self) -> Network:
        assert self.scene.network is not None
        return self.scene.network

    def some_nodes(self, count: int) -> list[int]:
        return sorted(self.chance.sample(range(1, self.nodes.count + 1), count))


class OfServer(Fault):
    """A fault of the server itself, on any store."""

    @classmethod
    def possible(cls, scene: Scene) -> bool:
        return True


class KillServer(OfServer):
    name = "kill -9 of the server"

    def do(self) -> None:
        self.scene.server.kill()

    def undo(self) -> None:
        self.scene.server.start()


class KillWorker(OfServer):
    """The server replaces it at once. If a worker dies again within 5.5 s, granian ends the server by design."""

    name = "kill -9 of a worker"
    lasts = (6.0, 7.0)

    def do(self) -> None:
        before = self.scene.server.workers()
        killed = self.killed(before)
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: len(set(self.scene.server.workers()) - set(killed)) == len(before))

    def killed(self, workers: list[int]) -> list[int]:
        return [self.chance.choice(workers)]

    def undo(self) -> None:
        pass


class KillWorkers(KillWorker):
    name = "kill -9 of all workers"

    def killed(self, workers: list[int]) -> list[int]:
        return workers


class FullDisk(Fault):
    name = "a full disk"
    refuses = True

    @classmethod
    def possible(cls, scene: Scene) -> bool:
        return scene.disk is not None

    def do(self) -> None:
        assert self.scene.disk
        self.scene.disk.fill()

    def undo(self) -> None:
        assert self.scene.disk
        self.scene.disk.clear()


class ClockBack(Fault):
    name = "a clock that jumps back"
    lasts = (2.0, 4.0)

    @classmethod
    def possible(cls, scene: Scene) -> bool:
        return scene.clock is not None

    def do(self) -> None:
        assert self.scene.clock
        self.scene.clock.set(-(10 ** self.chance.uniform(-2, 4)))  # 10 ms to 3 hours

    def undo(self) -> None:
        assert self.scene.clock
        self.scene.clock.set(0)


class OfCassandra(Fault):
    """A fault of all Cassandra nodes at once."""

    away = True

    @classmethod
    def possible(cls, scene: Scene) -> bool:
        return scene.nodes is not None


class KillCassandra(OfCassandra):
    name = "kill -9 of all of Cassandra"

    def do(self) -> None:
        self.nodes.kill()

    def undo(self) -> None:
        self.nodes.start()


class PauseCassandra(OfCassandra):
    name = "all of Cassandra paused"
    lasts = (3.0, 12.0)

    def do(self) -> None:
        self.nodes.pause()

    def undo(self) -> None:
        self.nodes.resume()


class LateCassandra(OfCassandra):
    name = "Cassandra starting after the server"

    def do(self) -> None:
        self.scene.server.kill()
        self.nodes.stop()
        self.scene.server.start()

    def undo(self) -> None:
        self.nodes.start()


class RestartWithOutbox(OfCassandra):
    """The server stops, or is killed, with records that have not reached Cassandra yet."""

    name = "a restart with a non-empty outbox"
    lasts = (3.0, 6.0)

    def do(self) -> None:
        self.nodes.pause()

    def undo(self) -> None:
        if self.chance.random() < 0.5:
            self.scene.server.kill()
        else:
            self.scene.server.stop()
        self.scene.server.start()
        self.nodes.resume()


class CutFromAll(OfCassandra):
    name = "a cut network to all of Cassandra"
    lasts = (3.0, 12.0)

    def do(self) -> None:
        self.network.cut(*range(1, self.nodes.count + 1))

    def undo(self) -> None:
        self.network.restore(*range(1, self.nodes.count + 1))


class OfSomeNodes(Fault):
    """A fault of some of three nodes; if it hits only one, a majority of the three replicas is left."""

    count: ClassVar[int] = 1

    @classmethod
    def possible(cls, scene: Scene) -> bool:
        return scene.nodes is not None and scene.nodes.count > cls.count


class KillOneNode(OfSomeNodes):
    name = "kill -9 of one Cassandra node"

    def do(self) -> None:
        self.hit = self.some_nodes(self.count)
        self.nodes.kill(*self.hit)

    def undo(self) -> None:
        self.nodes.start(*self.hit)


class KillTwoNodes(KillOneNode):
    name = "kill -9 of two Cassandra nodes"
    count = 2
    away = True


class PauseOneNode(OfSomeNodes):
    name = "one Cassandra node paused"
    lasts = (3.0, 12.0)

    def do(self) -> None:
        self.hit = self.some_nodes(self.count)
        self.nodes.pause(*self.hit)

    def undo(self) -> None:
        self.nodes.resume(*self.hit)


class PauseTwoNodes(PauseOneNode):
    name = "two Cassandra nodes paused"
    count = 2
    away = True


class CutFromOneNode(OfSomeNodes):
    name = "a cut network to one Cassandra node"
    lasts = (3.0, 12.0)

    def do(self) -> None:
        self.hit = self.some_nodes(self.count)
        self.network.cut(*self.hit)

    def undo(self) -> None:
        self.network.restore(*self.hit)


class CutFromTwoNodes(CutFromOneNode):
    """The third node passes on what it gets, so that Cassandra is not away."""

    name = "a cut network to two Cassandra nodes"
    count = 2


FAULTS: Final[tuple[type[Fault], ...]] = (
    KillServer,
    KillWorker,
    KillWorkers,
    FullDisk,
    ClockBack,
    KillCassandra,
    PauseCassandra,
    LateCassandra,
    RestartWithOutbox,
    CutFromAll,
    KillOneNode,
    KillTwoNodes,
    PauseOneNode,
    PauseTwoNodes,
    CutFromOneNode,
    CutFromTwoNodes,
)
