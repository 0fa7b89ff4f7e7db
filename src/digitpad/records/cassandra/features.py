"""Features in Cassandra: vectors with storage-attached indexes, available from Cassandra 5 on.

The size of a vector is part of the schema, so each model's features have their own table (see `features`). It is
created when the first features arrive, in a separate thread: a schema change takes seconds, or half a minute while a
node does not answer. An index cannot select ids older than a given one, hence `ticks`. If a table cannot be created,
as in Cassandra 4, records are kept without features, and a search says why it finds nothing.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from cassandra import ConsistencyLevel, InvalidRequest, Unauthorized
from cassandra.protocol import ConfigurationException, SyntaxException

from digitpad.errors import NoVectors, StoreUnavailable
from digitpad.records import timeuuid
from digitpad.records.cassandra import schema
from digitpad.records.cassandra.link import ERRORS, REQUEST_TIMEOUT, Connected, Link
from digitpad.records.cassandra.statements import Statement, Statements
from digitpad.records.features import Features
from digitpad.records.record import Record

log = logging.getLogger(__name__)

SOON: Final = REQUEST_TIMEOUT  # seconds that a table may take before records are kept without features
REFUSED: Final = (InvalidRequest, SyntaxException, ConfigurationException, Unauthorized)
_MAKE: Final = (
    "CREATE TABLE IF NOT EXISTS {keyspace}.{table} (id timeuuid PRIMARY KEY, ticks bigint, visitor uuid, "
    "features vector<float, {size}>) WITH ID = {id} AND {kept_for} AND comment = 'how model {model} describes "
    "each drawing (ticks: the date in the id, in 100 ns since 1582-10-15)'",
    "CREATE INDEX IF NOT EXISTS {table}_ann ON {keyspace}.{table} (features) USING 'sai' "
    "WITH OPTIONS = {{'similarity_function': 'COSINE'}}",
    "CREATE INDEX IF NOT EXISTS {table}_who ON {keyspace}.{table} (visitor) USING 'sai'",
    "CREATE INDEX IF NOT EXISTS {table}_age ON {keyspace}.{table} (ticks) USING 'sai'",
)
_SELECT: Final = "SELECT id, similarity_cosine(features, :features) AS half FROM {}"  # (1 + cosine) / 2
_NEAREST: Final = "ORDER BY features ANN OF :features LIMIT :rows"
_INSERT: Final = "INSERT INTO {} (id, ticks, visitor, features) VALUES (:id, :ticks, :visitor, :features)"
_STATEMENTS: Final = {
    "add": f"{_INSERT} USING TIMESTAMP :timestamp",
    "index": f"{_INSERT} USING TIMESTAMP :timestamp AND TTL :ttl",
    "remove": "DELETE FROM {} USING TIMESTAMP :timestamp WHERE id = :id",
    "nearest": f"{_SELECT} WHERE ticks < :ticks {_NEAREST}",
    "nearest_of_visitor": f"{_SELECT} WHERE ticks < :ticks AND visitor = :visitor {_NEAREST}",
}


@dataclass(slots=True)
class _Making:
    """The creation of one table."""

    result: Future[None] = field(default_factory=Future)
    begun: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class _Known:
    """What is known about one connection only: the next may lead to another database."""

    connected: Connected
    tables: set[str] = field(default_factory=set)
    refusal: str = ""
    making: dict[str, _Making] = field(default_factory=dict)
    told: bool = False
    """Whether the log already says that records are kept without features."""


class FeatureTables:
    """Creates the tables and supplies their statements. Does not translate the driver's exceptions."""

    def __init__(self, link: Link, statements: Statements, keyspace: str) -> None:
        """Look nothing up yet."""
        self._link = link
        self._statements = statements
        self._keyspace = keyspace
        self._lock = threading.Lock()
        self._known: _Known | None = None

    def added(self, records: Iterable[Record], patience: float = schema.TIMEOUT) -> Iterator[Statement]:
        """The statements that store the features of `records`; none if Cassandra cannot store them.

        :param patience: seconds allowed for creating a table, counted from its start
        :raises StoreUnavailable: creating it takes longer
        """
        for record in records:
            if record.features is not None:
                try:
                    name = self._statement("add", record.features, patience)
                except NoVectors:
                    return
                yield name, values(record.id, record.visitor, record.features)

    def added_soon(self, records: Iterable[Record]) -> Iterator[Statement]:
        """The same, but none if that takes long or fails: features can be added later, the record cannot."""
        try:
            yield from self.added(records, SOON)
        except (*ERRORS, StoreUnavailable) as error:
            if self._known and not self._known.told:
                self._known.told = True
                log.warning("recording without features, which `digitpad records index` makes: %s", error)

    def indexed(self, record_id: UUID, visitor: UUID, features: Features, ttl: int) -> Statement:
        """The statement that stores features of a record that expires after `ttl` seconds, 0 for never.

        :raises NoVectors: Cassandra cannot store them
        """
        return self._statement("index", features), {**values(record_id, visitor, features), "ttl": ttl}

    def removed(self, rows: Iterable[dict[str, Any]]) -> Iterator[Statement]:
        """The statements that remove the records' features of all models, including those only other hosts use."""
        tables = schema.feature_tables(self._link.connected().session, self._keyspace)
        return ((self._named("remove", table), row) for row in rows for table in tables)

    def nearest(
        self, features: Features, limit: int, before: UUID, visitor: UUID | None
    ) -> list[tuple[UUID, float]]:
        """The ids of the nearest records, with their similarities.

        :raises NoVectors: Cassandra cannot search
        """
        name = self._statement("nearest" if visitor is None else "nearest_of_visitor", features)
        wanted = {"features": features.as_array().tolist(), "ticks": before.time, "visitor": visitor}
        rows = self._statements.begin(name, {**wanted, "rows": limit}).result()
        return [(row.id, min(2 * row.half - 1, 1.0)) for row in rows]

    def _statement(self, name: str, features: Features, patience: float = schema.TIMEOUT) -> str:
        """The name of a statement on the table for `features`, which is created if it is missing."""
        table = table_of(features)
        known = self._known
        if known is None or known.connected is not self._link.connected():
            known = self._known = _Known(self._link.connected())
        if table not in known.tables and not known.refusal:
            self._wait_for(table, features, known, patience)
        if known.refusal:
            raise NoVectors(known.refusal)
        return self._named(name, table)

    def _named(self, name: str, table: str) -> str:
        """Register a statement on `table`, and return its name."""
        # A search for the nearest needs only one replica.
        consistency = ConsistencyLevel.LOCAL_ONE if name.startswith("nearest") else None
        self._statements.know(f"{name} {table}", _STATEMENTS[name].format(table), consistency)
        return f"{name} {table}"

    def _wait_for(self, table: str, features: Features, known: _Known, patience: float) -> None:
        """Wait until a table is created, starting its creation unless it is under way."""

        def make(result: Future[None]) -> None:
            try:
                self._make(table, features, known)
            except Exception as error:
                result.set_exception(error)
            else:
                result.set_result(None)

        with self._lock:
            making = known.making.get(table)
            if making is None or (making.result.done() and making.result.exception()):
                making = known.making[table] = _Making()
                threading.Thread(
                    target=make, args=(making.result,), name="cassandra-features", daemon=True
                ).start()
        try:
            making.result.result(max(0, making.begun + patience - time.monotonic()))
        except TimeoutError as error:
            raise StoreUnavailable(f"table {table} is still being made") from error

    def _make(self, table: str, features: Features, known: _Known) -> None:
        """Create a table and its indexes if they are missing. Safe if several processes do it at once."""
        session, keyspace = known.connected.session, self._keyspace
        if schema.version_of(session, keyspace) == 0:
            raise StoreUnavailable(f"keyspace {keyspace} is not there just now")
        made = "SELECT index_name FROM system_schema.indexes WHERE keyspace_name = %s AND table_name = %s"
        try:
            if len(list(session.execute(made, (keyspace, table)))) < len(_MAKE) - 1:
                named = {
                    "keyspace": keyspace,
                    "table": table,
                    "id": schema.table_id(f"{keyspace}.{table}"),
                    "size": features.size,
                    "model": features.model.replace("'", "''"),
                    "kept_for": schema.kept_for(schema.retention_of(session, keyspace)),
                }
                create, *indexes = (statement.format(**named) for statement in _MAKE)
                session.execute(create, timeout=schema.TIMEOUT)
                for index in indexes:
                    schema.spread(partial(session.execute, index, timeout=schema.TIMEOUT))
        except REFUSED as error:
            known.refusal = (
                f"this Cassandra keeps no features, which similar drawings need (version 5 does): {error}"
            )
            log.warning("%s", known.refusal)
            return
        schema.agree(session)
        name = self._named("add", table)
        schema.spread(lambda: self._statements.prepare(known.connected, name))
        known.tables.add(table)


def table_of(features: Features) -> str:
    """The name of the table for features of one model and size, such as features_2026_11_339cf8_5d0a61f3."""
    name = re.sub(r"\W+", "_", features.model.lower(), flags=re.ASCII).strip("_")[:20]
    return f"{schema.FEATURES}{name}_{sha256(f'{features.size} {features.model}'.encode()).hexdigest()[:8]}"


def values(record_id: UUID, visitor: UUID, features: Features) -> dict[str, Any]:
    """The values to write for features, timestamped with the record's date so that its removal wins over them."""
    return {
        "id": record_id,
        "ticks": record_id.time,
        "visitor": visitor,
        "features": features.as_array().tolist(),
        "timestamp": timeuuid.microseconds(record_id),
    }
