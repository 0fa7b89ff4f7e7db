"""Carrying out the statements of `cassandra_layout`: one, many side by side, or batches."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any, Final

from cassandra.query import BatchStatement, BatchType, PreparedStatement

from digitpad.records.cassandra_link import REQUEST_TIMEOUT, Connected, Link

IN_FLIGHT: Final = 64  # statements under way at a time

Statement = tuple[str, dict[str, Any]]
"""The name of a statement and what is bound to it; values that it has no place for are left out."""


class Statements:
    """Carries out statements over the present connection. Raises what the driver raises."""

    def __init__(self, link: Link) -> None:
        """Use this connection."""
        self._link = link
        self._known: dict[str, tuple[str, int | None]] = {}

    def know(self, name: str, cql: str, consistency: int | None = None) -> None:
        """Know a statement besides those that the link prepares; it is prepared when first needed."""
        self._known[name] = cql, consistency

    def begin(self, name: str, row: dict[str, Any], fetch_size: int | None = None) -> Any:
        """Begin a statement and give its future."""
        bound = self._bound(name, row)
        if fetch_size is not None:
            bound.fetch_size = fetch_size
        return self._link.connected().session.execute_async(bound)

    def run(self, statements: Iterable[Statement]) -> None:
        """Carry out statements, several at a time, and wait for all."""
        self._run(self._bound(name, row) for name, row in statements)

    def run_logged(self, batches: Iterable[Iterable[Statement]]) -> None:
        """Carry out batches, of each of which all statements take effect in the end or none does."""
        self._run(self._batch(statements, BatchType.LOGGED) for statements in batches)

    def run_unlogged(self, batches: Iterable[Iterable[Statement]]) -> None:
        """Carry out batches, each within one partition: as one write."""
        self._run(self._batch(statements, BatchType.UNLOGGED) for statements in batches)

    def _bound(self, name: str, row: dict[str, Any]) -> Any:
        connected = self._link.connected()
        prepared = connected.prepared.get(name) or self._prepare(connected, name)
        return prepared.bind([row[column] for column in connected.columns[name]])

    def _prepare(self, connected: Connected, name: str) -> PreparedStatement:
        cql, consistency = self._known[name]
        prepared = connected.session.prepare(cql)
        prepared.is_idempotent = True
        prepared.consistency_level = consistency
        connected.columns[name] = tuple(column.name for column in prepared.column_metadata)
        connected.prepared[name] = prepared  # last: who finds it finds its columns
        return prepared

    def _batch(self, statements: Iterable[Statement], kind: Any) -> BatchStatement:
        batch = BatchStatement(kind)
        for name, row in statements:
            batch.add(self._bound(name, row))
        batch.is_idempotent = True
        return batch

    def _run(self, statements: Iterable[Any]) -> None:
        remaining = iter(statements)
        while some := list(itertools.islice(remaining, IN_FLIGHT)):
            session = self._link.connected().session
            futures = [session.execute_async(statement, timeout=REQUEST_TIMEOUT) for statement in some]
            for future in futures:
                future.result()
