"""The connection to Cassandra: made in the background, monitored, and replaced if it does not recover.

The server starts and predicts while Cassandra is still starting. The driver reconnects by itself, but only
to the addresses that it resolved at first: if a database comes back under another address (as containers do),
only a new cluster object finds it.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import Any, Final

from cassandra import (
    AuthenticationFailed,
    ConsistencyLevel,
    DriverException,
    InvalidRequest,
    OperationTimedOut,
    Unauthorized,
    UnresolvableContactPoints,
)
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, NoHostAvailable
from cassandra.connection import ConnectionException
from cassandra.policies import (
    ConstantSpeculativeExecutionPolicy,
    DCAwareRoundRobinPolicy,
    ExponentialReconnectionPolicy,
    HostStateListener,
    TokenAwarePolicy,
)
from cassandra.protocol import ErrorMessage, SyntaxException
from cassandra.query import PreparedStatement, SimpleStatement

from digitpad.errors import StoreError, StoreUnavailable
from digitpad.records.cassandra import schema
from digitpad.records.cassandra.access import Access
from digitpad.records.cassandra.address import Address

log = logging.getLogger(__name__)

REQUEST_TIMEOUT: Final = 5.0  # seconds for one answer
CONNECT_TIMEOUT: Final = 5.0  # seconds
FIRST_TIMEOUT: Final = 2.0  # seconds for the first try; a command may wait for it, and its exit always does
# Seconds without an answer until another node is asked as well; every statement can be repeated.
ANOTHER_AFTER: Final = 0.5
HEARTBEAT: Final = 5.0  # seconds without traffic after which the driver checks that a node is alive
RECONNECTION: Final = (1.0, 15.0)  # seconds between tries, doubling; the driver's own limit is 10 minutes
PROBE_EVERY: Final = 1.0  # seconds
PROBE_TIMEOUT: Final = 2.0  # seconds
UNSURE_AFTER: Final = 2  # probes without an answer; from then on no request waits for one
LOST_AFTER: Final = 3  # probes without an answer; a single one may have gone to a node that is just failing
RENEW_AFTER: Final = 5.0  # seconds without an answer after which a new cluster object is tried
RETRY_EVERY: Final = 2.0  # seconds between tries to connect
HASTY: Final = 0.2  # seconds that closing waits for a try that gets no answer

ERRORS: Final = (DriverException, ErrorMessage, NoHostAvailable, ConnectionException, OSError)
"""What the driver raises; its exceptions have no common base."""

_HOPELESS: Final = (InvalidRequest, Unauthorized, AuthenticationFailed, SyntaxException)
_AWAY: Final = {
    OperationTimedOut: "does not answer in time",
    UnresolvableContactPoints: "is no host that is known just now; without Cassandra, set "
    "DIGITPAD_STORE=sqlite:////data/records.db",
    NoHostAvailable: "cannot be reached just now",
}


@dataclass(frozen=True, slots=True)
class Connected:
    """A session and the statements prepared on it."""

    cluster: Any
    session: Any
    prepared: dict[str, PreparedStatement]
    columns: dict[str, tuple[str, ...]]
    """The columns that each statement binds, in order; asking the driver takes longer than binding them."""


class Link:
    """Keeps one cluster object alive in its own thread. Create it after a fork, not before."""

    def __init__(
        self,
        address: Address,
        *,
        statements: dict[str, str],
        replication: str,
        retention: int,
        access: Access,
    ) -> None:
        """Start connecting, and return at once.

        :param statements: CQL to prepare on each connection, by name
        :param replication: for a keyspace that has to be created, as CQL
        :param retention: for tables that have to be created, in days; 0: for ever
        """
        self._address = address
        self._statements = statements
        self._replication = replication
        self._retention = retention
        self._probing = SimpleStatement(
            schema.SELECT_VERSION.format(address.keyspace),
            consistency_level=ConsistencyLevel.ONE,
            is_idempotent=True,
        )
        self._auth, self._ssl = access.auth_provider(), access.ssl_context()
        self._connected: Connected | None = None
        self.interruptions = 0
        """How often Cassandra did not answer, or a node went down or came up. After each time, the database may be
        another, empty one, or a node may lack its last seconds of writes."""
        self.answers = False
        """Whether it has answered lately. Known without asking, so that no request waits in vain."""
        self._problem: StoreError = StoreUnavailable(f"Cassandra at {address} has not answered yet")
        self._ready = threading.Event()
        self._tried = False
        self._first_try_ended = threading.Event()
        self._heard = False  # whether a node has responded to the current try
        self._closing = threading.Event()
        driver_log = logging.getLogger("cassandra")
        if driver_log.level == logging.NOTSET:  # it logs every try; `log` says what people need
            driver_log.setLevel(logging.CRITICAL)
        self._thread = threading.Thread(target=self._run, name="cassandra-link", daemon=True)
        self._thread.start()

    def connected(self) -> Connected:
        """The current connection. It may have just been lost; using it will show that.

        :raises StoreUnavailable: there has been none yet
        :raises StoreError: there has been none, and waiting will not help
        """
        connected = self._connected
        if connected is None:
            raise type(self._problem)(str(self._problem))
        return connected

    @property
    def why(self) -> str:
        """Why it does not answer, in a sentence."""
        return str(self._problem)

    def wait(self, seconds: float, for_a_sign: float | None = None) -> None:
        """Wait for the first connection.

        :param for_a_sign: seconds after which to give up if no node has responded
        :raises StoreError: there was none within `seconds`; the message says why
        """
        started = time.monotonic()
        while not self._ready.wait(0.05):
            hopeless = not isinstance(self._problem, StoreUnavailable)
            patience = seconds if self._heard or for_a_sign is None else for_a_sign
            if hopeless or time.monotonic() > started + patience or self._closing.is_set():
                break
        self.connected()

    def wait_for_first_try(self) -> None:
        """Wait for the end of the first try to connect, up to REQUEST_TIMEOUT.

        A worker that has just started knows nothing yet, while another may already have said that all is well.
        """
        self._first_try_ended.wait(REQUEST_TIMEOUT)

    def explain(self, error: Exception) -> StoreError:
        """Say in a sentence what the driver's `error` means."""
        causes = list(error.errors.values()) if isinstance(error, NoHostAvailable) else []
        hopeless = _hopeless(causes[0] if causes else error)
        if hopeless:
            return StoreError(f"Cassandra at {self._address} {hopeless}")
        said = next((words for kind, words in _AWAY.items() if isinstance(error, kind)), f"says: {error}")
        return StoreUnavailable(f"Cassandra at {self._address} {said}")

    def _told(self, error: Exception) -> StoreError:
        """Like `explain`; also log unexpected errors with their traceback."""
        if isinstance(error, StoreError):
            return error
        if not isinstance(error, ERRORS):
            log.error("Cassandra at %s: %s", self._address, error, exc_info=error)
        return self.explain(error)

    def close(self) -> None:
        """Stop watching and disconnect."""
        self._closing.set()
        self._first_try_ended.set()
        self._thread.join(timeout=2 * CONNECT_TIMEOUT if self._heard else HASTY)  # else it stops by itself
        if self._connected:
            self._connected.cluster.shutdown()
            self._connected = None
        self.answers = False
        self._problem = StoreError("the record store has been closed")

    def _run(self) -> None:
        answered = time.monotonic()  # when Cassandra answered last
        failures, lost = 0, True
        while not self._closing.is_set():
            if self._probe():
                if lost:
                    log.info("Cassandra at %s: connected", self._address)
                answered, failures, lost = time.monotonic(), 0, False
                self.answers = True
                self._closing.wait(PROBE_EVERY)
                continue
            failures += 1
            self.interruptions += 1
            self.answers = self.answers and failures < UNSURE_AFTER
            if failures >= LOST_AFTER and not lost:
                log.warning("Cassandra at %s: connection lost, trying again", self._address)
                lost = True
            if self._connected and time.monotonic() - answered < RENEW_AFTER:
                self._closing.wait(PROBE_EVERY / 2)
                continue
            renewed = self._renew()
            self._first_try_ended.set()
            if not renewed:
                self._closing.wait(RETRY_EVERY)

    def _probe(self) -> bool:
        """Whether any node answers and has our tables.

        Asks rather than infers: a paused node keeps its connections open, and a recreated database does answer,
        but lacks the tables.
        """
        if self._connected is None:
            return False
        try:
            self._connected.session.execute(self._probing, timeout=PROBE_TIMEOUT)
        except Exception as error:  # any error: see _renew
            self._problem = self._told(error)
            return False
        return True

    def _renew(self) -> bool:
        """Try a new cluster object, which resolves the contact points again."""
        try:
            new = self._connect()
        except Exception as error:  # any error: without this thread nothing would ever reconnect
            problem = self._told(error)
            if isinstance(error, InvalidRequest):  # see schema.spread
                problem = StoreUnavailable(str(problem))
            quiet = self._connected or self._closing.is_set()
            if not quiet and str(problem) != str(self._problem):
                log.warning("%s", problem)
            self._problem, self._heard = problem, False
            return False
        if self._closing.is_set():
            new.cluster.shutdown()
            return False
        old, self._connected = self._connected, new
        self.answers = True
        self._ready.set()
        if old:
            old.cluster.shutdown()
        return True

    def _connect(self) -> Connected:
        nearest = DCAwareRoundRobinPolicy()  # the data centre of the first contact point that answers
        timeout = CONNECT_TIMEOUT if self._tried else FIRST_TIMEOUT
        self._tried = True
        profile = ExecutionProfile(
            load_balancing_policy=TokenAwarePolicy(nearest),
            consistency_level=ConsistencyLevel.ONE,
            request_timeout=REQUEST_TIMEOUT,
            speculative_execution_policy=ConstantSpeculativeExecutionPolicy(ANOTHER_AFTER, max_attempts=2),
        )
        cluster = Cluster(
            list(self._address.hosts),
            port=self._address.port,
            execution_profiles={EXEC_PROFILE_DEFAULT: profile},
            auth_provider=self._auth,
            ssl_context=self._ssl,
            protocol_version=5,  # Cassandra 4 and later; naming it avoids trying newer ones
            reconnection_policy=ExponentialReconnectionPolicy(*RECONNECTION),
            connect_timeout=timeout,
            control_connection_timeout=CONNECT_TIMEOUT,
            idle_heartbeat_interval=HEARTBEAT,
            idle_heartbeat_timeout=HEARTBEAT,
            max_schema_agreement_wait=schema.TIMEOUT,
            monitor_reporting_enabled=False,
            application_name="digitpad",
        )
        try:
            session = cluster.connect()
            self._heard = True
            cluster.register_listener(_Watch(self))
            prepared = schema.spread(lambda: self._prepared(session), self._closing.wait)
            profile.consistency_level = _consistency(cluster, self._address.keyspace, nearest.local_dc)
        except BaseException:
            cluster.shutdown()
            raise
        columns = {
            name: tuple(column.name for column in statement.column_metadata)
            for name, statement in prepared.items()
        }
        return Connected(cluster, session, prepared, columns)

    def _prepared(self, session: Any) -> dict[str, PreparedStatement]:
        """Create missing tables, and prepare the statements. Can be repeated."""
        schema.ensure(session, self._address.keyspace, self._replication, self._retention)
        session.set_keyspace(self._address.keyspace)
        prepared = {name: session.prepare(cql) for name, cql in self._statements.items()}
        for statement in prepared.values():
            statement.is_idempotent = True  # all carry their ids and timestamps, so the driver may repeat
        return prepared


class _Watch(HostStateListener):  # type: ignore[misc]  # the driver has no types
    """Counts what the driver notices about single nodes; the link's own probe succeeds if any node answers."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def on_up(self, host: Any) -> None:
        """The node came back."""
        self._link.interruptions += 1

    def on_down(self, host: Any) -> None:
        """The node went down."""
        self._link.interruptions += 1

    def on_add(self, host: Any) -> None:
        """The node is new, and had nothing to lose."""

    def on_remove(self, host: Any) -> None:
        """The node is gone for good, and has handed over its data."""


def _consistency(cluster: Any, keyspace: str, datacenter: str) -> int:
    """Choose the consistency level at which a read finds what was written before.

    ONE for a single replica; for two or more a majority, which with three survives the loss of any one. (With
    reads and writes at ONE, reads missed 9 of 200 rows just written to three replicas.)
    """
    cluster.refresh_keyspace_metadata(keyspace)
    strategy = cluster.metadata.keyspaces[keyspace].replication_strategy
    by_datacenter = getattr(strategy, "dc_replication_factors", None) or {}
    replicas = by_datacenter.get(datacenter, getattr(strategy, "replication_factor", None)) or 1
    return int(ConsistencyLevel.ONE if replicas == 1 else ConsistencyLevel.LOCAL_QUORUM)


def _hopeless(error: Exception) -> str:
    """Why trying again would not help, in words; empty if it might."""
    if isinstance(error, AuthenticationFailed):
        return "refuses the user: set DIGITPAD_CASSANDRA_USER and DIGITPAD_CASSANDRA_PASSWORD"
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "has a certificate that nobody vouches for: set DIGITPAD_CASSANDRA_CA"
    return f"refuses: {error}" if isinstance(error, _HOPELESS) else ""
