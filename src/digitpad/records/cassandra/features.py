"""Features in Cassandra: vectors under storage-attached indexes, which Cassandra has from version 5 on.

The size of a vector belongs to the schema, so each model's features have a table of their own (see `features`), made
when the first of them come: in a thread of its own, as a change of schema takes seconds, and half a minute while a node
is silent. An index cannot be asked for what is older than an id, hence `ticks`. Where a table cannot be made, as in
Cassandra 4, records are kept without features, and a search says why it finds nothing.
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
_SELECT: Final = "SELECT id, similarity_cosine(features, :features) AS half FROM {}"  # of 1 + the cosine
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
    """The making of one table."""

    result: Future[None] = field(default_factory=Future)
    begun: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class _Known:
    """What is known of one connection, and of no other: the next may lead to another database."""

    connected: Connected
    tables: set[str] = field(default_factory=set)
    refusal: str = ""
    making: dict[str, _Making] = field(default_factory=dict)
    told: bool = False
    """Whether the log says that records are kept without features."""


class FeatureTables:
    """Makes the tables and gives the statements for them. Raises what the driver raises."""

    def __init__(self, link: Link, statements: Statements, keyspace: str) -> None:
        """Look at nothing yet."""
        self._link = link
        self._statements = statements
        self._keyspace = keyspace
        self._lock = threading.Lock()
        self._known: _Known | None = None

    def added(self, records: Iterable[Record], patience: float = schema.TIMEOUT) -> Iterator[Statement]:
        """The statements that keep the features of `records`; none where Cassandra cannot keep them.

        :param patience: seconds that the making of a table may have taken
        :raises StoreUnavailable: it takes longer
        """
        for record in records:
            if record.features is not None:
                try:
                    name = self._statement("add", record.features, patience)
                except NoVectors:
                    return
                yield name, values(record.id, record.visitor, record.features)

    def added_soon(self, records: Iterable[Record]) -> Iterator[Statement]:
        """The same; none where somebody would have to wait: features can be brought later, the record cannot."""
        try:
            yield from self.added(records, SOON)
        except (*ERRORS, StoreUnavailable) as error:
            if self._known and not self._known.told:
                self._known.told = True
                log.warning("recording without features, which `digitpad records index` makes: %s", error)

    def indexed(self, record_id: UUID, visitor: UUID, features: Features, ttl: int) -> Statement:
        """The statement that keeps features of a record that vanishes after `ttl` seconds, 0 for never.

        :raises NoVectors: Cassandra cannot keep them
        """
        return self._statement("index", features), {**values(record_id, visitor, features), "ttl": ttl}

    def removed(self, rows: Iterable[dict[str, Any]]) -> Iterator[Statement]:
        """The statements that remove the features of records by all models, also of those that others have brought."""
        tables = schema.feature_tables(self._link.connected().session, self._keyspace)
        return ((self._named("remove", table), row) for row in rows for table in tables)

    def nearest(
        self, features: Features, limit: int, before: UUID, visitor: UUID | None
    ) -> list[tuple[UUID, float]]:
        """The ids of the nearest records with their similarity.

        :raises NoVectors: Cassandra cannot search
        """
        name = self._statement("nearest" if visitor is None else "nearest_of_visitor", features)
        wanted = {"features": features.as_array().tolist(), "ticks": before.time, "visitor": visitor}
        rows = self._statements.begin(name, {**wanted, "rows": limit}).result()
        return [(row.id, min(2 * row.half - 1, 1.0)) for row in rows]

    def _statement(self, name: str, features: Features, patience: float = schema.TIMEOUT) -> str:
        """The name of a statement on the table for `features`, which is made where it is missing."""
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
        """The name under which a statement on `table` is known by now."""
        # What is nearest may be asked of one replica alone.
        consistency = ConsistencyLevel.LOCAL_ONE if name.startswith("nearest") else None
        self._statements.know(f"{name} {table}", _STATEMENTS[name].format(table), consistency)
        return f"{name} {table}"

    def _wait_for(self, table: str, features: Features, known: _Known, patience: float) -> None:
        """Wait until a table is made, and begin to make it where nobody does."""

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
        """Make a table with its indexes where they are missing. Safe when several processes do it at once."""
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
    """What is written of features; with the date of the record, so that its removal beats them."""
    return {
        "id": record_id,
        "ticks": record_id.time,
        "visitor": visitor,
        "features": features.as_array().tolist(),
        "timestamp": timeuuid.microseconds(record_id),
    }
