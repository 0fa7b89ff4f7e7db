"""A run: clients at work, faults meanwhile, and the checker at the end."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final
from uuid import UUID

from cassandra import ConsistencyLevel
from cassandra.query import SimpleStatement

from digitpad.errors import StoreUnavailable
from digitpad.records import Store, open_store
from digitpad.records.cassandra.address import KEYSPACE
from digitpad.records.cassandra.link import ERRORS
from digitpad.records.cassandra.schema import SELECT_VERSION
from digitpad.settings import Settings
from tests.cassandra.nodes import Nodes
from tests.faults.checking import Found, Kept, check
from tests.faults.clients import Client
from tests.faults.faults import Fault, OfSomeNodes, Scene
from tests.faults.history import History, Operation, Outcome, acknowledged, fingerprint

CALM: Final = (1.0, 2.5)  # seconds between faults
ARRIVAL: Final = 30.0  # seconds after which everything is promised to be in Cassandra again
GIVING_UP: Final = 120.0  # seconds after which we stop waiting for it
ENOUGH: Final = 100  # records at the end; with fewer, little could have gone wrong
LISTED: Final = 500  # records per request for a visitor's listing


@dataclass
class Report:
    """The result of a run."""

    seed: int
    seconds: float = 0
    operations: list[Operation] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    arrivals: list[tuple[str, float]] = field(default_factory=list)
    """The fault, and the seconds from the return of Cassandra until all that was acknowledged was in its tables."""
    found: int = 0
    violations: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    """Requests whose outcome nobody knows: no violations, but whoever made them has waited in vain."""
    said: Counter[str] = field(default_factory=Counter)
    """What the server wrote into its log, and how often: a violation alone does not tell why."""


class Run:
    """One run over a prepared scene. The same seed repeats the same operations and faults."""

    def __init__(
        self,
        scene: Scene,
        kinds: Sequence[type[Fault]],
        *,
        seed: int,
        store: str,
        promises: bool = True,
        arrival: float = GIVING_UP,
        clients: int = 4,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Prepare a run.

        :param store: the address at which the records are read at the end, bypassing any cut network
        :param promises: whether every prediction is recorded whatever happens to Cassandra; if not, an answer of
            “recorded”: false does not rule out that the record appears
        :param arrival: seconds within which all must be in Cassandra; a busy machine may need more than promised
        """
        self._scene = scene
        self._kinds = kinds
        self._chance = Random(f"{seed} faults")
        self._store = store
        self._promises = promises
        self._arrival = arrival
        self._history = History()
        self._clients = [
            Client(scene.server.port, self._history, f"{seed} client {number}", refusals_are_final=promises)
            for number in range(clients)
        ]
        self._say = say
        self._report = Report(seed)
        self._refusing: list[tuple[float, float]] = []
        self._begun = time.monotonic()
        self._happened: list[tuple[float, float, str]] = []  # when each fault began and was undone

    def __call__(self, seconds: float = 0) -> Report:
        """Go through all faults once, and on until `seconds` have passed and there is enough to check."""
        report, started = self._report, time.monotonic()
        self._begun, logged = started, self._scene.server.log.stat().st_size
        for client in self._clients:
            client.start()
        plan = self._plan()
        while (
            report.faults.total() < len(self._kinds)
            or time.monotonic() < started + seconds
            or (
                len(acknowledged(self._history.so_far())) <= ENOUGH and time.monotonic() < started + GIVING_UP
            )
        ):
            time.sleep(self._chance.uniform(*CALM))
            self._happen(next(plan))
        time.sleep(self._chance.uniform(*CALM))
        for client in self._clients:
            client.stop()
        if self._scene.nodes and self._promises:
            self._arrive("the end", self._scene.nodes, time.monotonic())
        report.operations = self._history.so_far()
        report.violations += self._refused(report.operations) + self._settle()
        report.unanswered = [
            f"{each.kind}, {self._circumstances(each)}"
            for each in report.operations
            if each.outcome is Outcome.UNKNOWN
        ]
        report.said.update(said(self._scene.server.log, logged))
        report.seconds = time.monotonic() - started
        return report

    def _plan(self) -> Iterator[Fault]:
        """Yield all kinds in random order, again and again."""
        while True:
            for kind in self._chance.sample(self._kinds, len(self._kinds)):
                yield kind(self._scene, self._chance)

    def _happen(self, fault: Fault) -> None:
        lasts = self._chance.uniform(*fault.lasts)
        self._say(f"{fault.name}, for {lasts:.0f} s")
        server, begun = self._scene.server, time.monotonic()
        fault.do()
        time.sleep(lasts)
        if fault.away and self._promises and not server.is_ready():
            self._report.violations.append(f"not ready: with room in the outbox, within {fault.name}")
        fault.undo()
        back = time.monotonic()
        self._happened.append((begun, back, fault.name))
        self._report.faults[fault.name] += 1
        if fault.refuses:
            self._refusing.append((begun, back + 1))
        while not server.is_ready():
            if time.monotonic() > back + self._arrival:
                self._report.violations.append(f"not ready: {self._arrival:.0f} s after {fault.name}")
                break
            time.sleep(0.1)
        if fault.away and self._scene.nodes and self._promises:
            self._arrive(fault.name, self._scene.nodes, back)
        if isinstance(fault, OfSomeNodes):
            self._wait_until_whole(fault, back)

    def _wait_until_whole(self, fault: OfSomeNodes, back: float) -> None:
        """Wait until the nodes see each other again; otherwise the next fault might begin without a majority."""
        while not whole(fault.nodes):
            if time.monotonic() > back + GIVING_UP:
                self._report.violations.append(f"not whole: {GIVING_UP:.0f} s after {fault.name}")
                break
            time.sleep(0.2)

    def _arrive(self, after: str, nodes: Nodes, back: float) -> None:
        """Wait until everything acknowledged so far is in Cassandra's tables."""
        wanted = acknowledged(self._history.so_far())
        while missing := (wanted & acknowledged(self._history.so_far())) - in_tables(nodes):
            if time.monotonic() > back + GIVING_UP:
                break
            time.sleep(0.2)
        seconds = time.monotonic() - back
        self._report.arrivals.append((after, seconds))
        self._say(
            f"  all is in Cassandra {seconds:.1f} s after its return" if not missing else "  not all arrived"
        )
        if missing or seconds > self._arrival:
            self._report.violations.append(
                f"late: {len(missing)} of {len(wanted)} records were missing {seconds:.0f} s after {after}"
            )

    def _refused(self, operations: list[Operation]) -> list[str]:
        """Predictions that were not recorded though no fault excused it."""
        return [
            f"not recorded: a prediction of {each.visitor}, with room on the disk, "
            f"{self._circumstances(each)}"
            for each in operations
            if each.outcome is Outcome.REFUSED
            and not any(begun <= each.ended and each.started <= end for begun, end in self._refusing)
        ]

    def _circumstances(self, operation: Operation) -> str:
        """When the request was sent, how long the answer took, and the last fault before the answer."""
        asked, seconds = operation.started - self._begun, operation.ended - operation.started
        took = f"asked for at {asked:.1f} s, answered after {seconds:.1f} s"
        before = [fault for fault in self._happened if fault[0] <= operation.ended]
        if not before:
            return f"{took}, before any fault"
        _, undone, name = before[-1]
        if operation.started <= undone:
            return f"{took}, within {name}"
        return f"{took}, {operation.started - undone:.1f} s after {name}"

    def _settle(self) -> list[str]:
        """Return the checker's verdict, after records under way have had time to arrive."""
        started = time.monotonic()
        with closing(open_store(Settings(store=self._store, ack="store"))) as store:
            store.wait(GIVING_UP)
            while True:
                asked = time.monotonic()  # a busy machine takes long to read everything
                found = find(store, {each.visitor for each in self._report.operations})
                violations = check(self._report.operations, found)
                if not violations or not self._scene.nodes or asked > started + GIVING_UP:
                    break
                time.sleep(1)
        self._report.found = len(found.records)
        if violations and self._scene.nodes:  # a record is lost if neither stored nor on its way
            said = self._scene.server.request("GET", "/readyz").body
            violations.append(f"at the end, the server said: {said!r}")
        return violations


def said(log: Path, start: int) -> Iterator[str]:
    """Yield a log's warnings and errors from the byte `start` on, without date and request id."""
    with log.open("rb") as lines:
        lines.seek(start)
        for line in lines.read().decode(errors="replace").splitlines():
            if words := re.fullmatch(r"\S+Z ((?:WARNING|ERROR) .*?)(?: id=\w+)?", line):
                yield words[1]


def find(store: Store, visitors: set[UUID]) -> Found:
    """Read the store in each way that it offers."""
    while True:
        with suppress(StoreUnavailable):
            records = [
                Kept(each.id, each.visitor, fingerprint(each.drawing), each.label) for each in store.scan()
            ]
            listed = {visitor: list(_listing(store, visitor)) for visitor in visitors}
            return Found(records, listed, sum(day.total for day in store.counts()))


def _listing(store: Store, visitor: UUID) -> Iterator[UUID]:
    last = None
    while page := store.newest(LISTED, before=last, visitor=visitor):
        yield from (each.id for each in page)
        last = page[-1].id


def whole(nodes: Nodes) -> bool:
    """Whether each node sees all others alive and answering: ask each for a row that all replicas have."""
    query = SimpleStatement(SELECT_VERSION.format(KEYSPACE), consistency_level=ConsistencyLevel.ALL)
    try:
        for n in range(1, nodes.count + 1):
            with nodes.cluster(n) as cluster:
                cluster.connect().execute(query, timeout=20)
    except ERRORS:
        return False
    return True


def in_tables(nodes: Nodes) -> set[UUID]:
    """The records in Cassandra itself, bypassing the server and its outbox."""
    level = ConsistencyLevel.ONE if nodes.count == 1 else ConsistencyLevel.QUORUM
    query = SimpleStatement(f"SELECT id, model FROM {KEYSPACE}.record_data", consistency_level=level)
    try:
        with nodes.cluster() as cluster:
            return {row.id for row in cluster.connect().execute(query, timeout=20) if row.model is not None}
    except ERRORS:
        return set()
