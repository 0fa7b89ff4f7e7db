"""Running the statements of `layout`: one, many concurrently, or in batches."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeVar

from cassandra import WriteTimeout, WriteType
from cassandra.policies import RetryPolicy
from cassandra.query import BatchStatement, BatchType, PreparedStatement

from digitpad.records.cassandra.link import REQUEST_TIMEOUT, Connected, Link

_Item = TypeVar("_Item")
IN_FLIGHT: Final = 64  # statements under way at a time


class _NotAgain(RetryPolicy):  # type: ignore[misc]  # the driver has no types
    """Reports at once that the batch log did not answer; the driver would ask the same nodes again."""

    def on_write_timeout(self, *_: Any, **__: Any) -> tuple[int, None]:
        """Do not retry."""
        return self.RETHROW, None


_NOT_AGAIN: Final = _NotAgain()

Statement = tuple[str, dict[str, Any]]
"""The name of a statement and the values to bind; values that it does not use are ignored."""


class Statements:
    """Runs statements on the current connection. Does not translate the driver's exceptions."""

    def __init__(self, link: Link) -> None:
        """Use this connection."""
        self._link = link
        self._known: dict[str, tuple[str, int | None]] = {}

    def know(self, name: str, cql: str, consistency: int | None) -> None:
        """Register a statement that the link does not prepare; it is prepared when first needed."""
        self._known[name] = cql, consistency

    def begin(self, name: str, row: dict[str, Any], fetch_size: int | None = None) -> Any:
        """Start a statement and return its future."""
        bound = self._bound(name, row)
        if fetch_size is not None:
            bound.fetch_size = fetch_size
        return self._link.connected().session.execute_async(bound)

    def run(self, statements: Iterable[Statement]) -> None:
        """Run statements, several at a time, and wait for all."""
        self._run(self._bound(name, row) for name, row in statements)

    def run_logged(self, batches: Iterable[Iterable[Statement]]) -> None:
        """Run batches; of each, either all statements take effect in the end or none does.

        Cassandra keeps the log of a batch on two other nodes and applies nothing before both have it. While one of
        them is down but not yet known to be, for some ten seconds, the statements are run one by one.
        """
        for some in _some_at_a_time(batches):
            logged = [list(statements) for statements in some]
            futures = [self._begin(self._batch(statements, BatchType.LOGGED)) for statements in logged]
            for future, statements in zip(futures, logged, strict=True):
                try:
                    future.result()
                except WriteTimeout as error:
                    if error.write_type != WriteType.BATCH_LOG:
                        raise
                    self.run(statements)

    def run_unlogged(self, batches: Iterable[Iterable[Statement]]) -> None:
        """Run batches, each within one partition and so a single write."""
        self._run(self._batch(statements, BatchType.UNLOGGED) for statements in batches)

    def _bound(self, name: str, row: dict[str, Any]) -> Any:
        connected = self._link.connected()
        prepared = connected.prepared.get(name) or self.prepare(connected, name)
        return prepared.bind([row[column] for column in connected.columns[name]])

    def prepare(self, connected: Connected, name: str) -> PreparedStatement:
        """Prepare a registered statement."""
        cql, consistency = self._known[name]
        prepared = connected.session.prepare(cql)
        prepared.is_idempotent = True
        prepared.consistency_level = consistency
        connected.columns[name] = tuple(column.name for column in prepared.column_metadata)
        connected.prepared[name] = prepared  # last: its columns must be there before it is found
        return prepared

    def _batch(self, statements: Iterable[Statement], kind: Any) -> BatchStatement:
        batch = BatchStatement(kind, retry_policy=_NOT_AGAIN)
        for name, row in statements:
            batch.add(self._bound(name, row))
        batch.is_idempotent = True
        return batch

    def _run(self, statements: Iterable[Any]) -> None:
        for some in _some_at_a_time(statements):
            futures = [self._begin(statement) for statement in some]
            for future in futures:
                future.result()

    def _begin(self, statement: Any) -> Any:
        return self._link.connected().session.execute_async(statement, timeout=REQUEST_TIMEOUT)


def _some_at_a_time(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    """`items` in lists of up to IN_FLIGHT."""
    remaining = iter(items)
    while some := list(itertools.islice(remaining, IN_FLIGHT)):
        yield some
