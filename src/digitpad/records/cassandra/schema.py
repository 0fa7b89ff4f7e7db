"""Creating or upgrading the keyspace and its tables, even if several processes start at once."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from importlib.resources import files
from typing import Any, Final, TypeVar
from uuid import UUID, uuid5

from cassandra import InvalidRequest
from cassandra.cluster import NoHostAvailable
from cassandra.protocol import ServerError
from cassandra.query import SimpleStatement

from digitpad.errors import StoreError, StoreUnavailable

_T = TypeVar("_T")
SCRIPTS: Final = ["schema.cql"]
"""Files beside this one; the n-th upgrades from version n - 1 to version n (table schema_version).

A new keyspace runs all of them, so it cannot differ from an upgraded one. Never change a released script: add one.
Each statement must be repeatable (IF NOT EXISTS), as an interrupted upgrade starts again, and may only add: replicas
of the previous version still write while they are replaced one by one.
"""

TIMEOUT: Final = 30.0  # seconds for a change of schema: all nodes have to agree on it
SPREADING: Final = 10.0  # seconds that it may take to reach a node after all seem to agree
SPREAD_EVERY: Final = 0.2  # seconds between tries
DAY: Final = 86_400  # seconds
WINDOWS: Final = 30  # of time-window compaction within the retention, as Cassandra's documentation advises
SELECT_VERSION: Final = "SELECT version FROM {}.schema_version WHERE component = 'records'"

FEATURES: Final = "features_"  # prefix of the feature tables' names: see features.py

_TABLES: Final = UUID("6f5a1f0e-2f0b-4f0e-9d55-6d6e6973746b")  # namespace of the tables' ids


def ensure(session: Any, keyspace: str, replication: str, retention: int) -> None:
    """Create what is missing of the keyspace and its tables.

    :param replication: of a keyspace that is created now, as CQL; an existing one keeps its own
    :param retention: days that a keyspace created now keeps a record, 0 for ever; an existing one keeps its own
    :raises StoreError: the schema belongs to a newer digitpad
    :raises StoreUnavailable: the nodes do not agree yet
    """
    version = version_of(session, keyspace)
    newest = len(SCRIPTS)
    if version > newest:
        raise StoreError(
            f"keyspace {keyspace}: made by a newer digitpad (schema {version}, this one knows {newest}); "
            "upgrade digitpad"
        )
    if version == newest:
        return
    session.execute(
        f"CREATE KEYSPACE IF NOT EXISTS {keyspace} WITH replication = {replication}", timeout=TIMEOUT
    )
    for statement in statements(keyspace, version):
        session.execute(statement, timeout=TIMEOUT)
    if version:
        retention = retention_of(session, keyspace)  # for the new tables
    if retention:
        set_retention(session, keyspace, retention)
    agree(session)
    session.execute(
        f"INSERT INTO {keyspace}.schema_version (component, version) VALUES ('records', {newest})",  # noqa: S608
        timeout=TIMEOUT,
    )


def set_retention(session: Any, keyspace: str, days: int) -> None:
    """Let rows written from now on expire after `days`, 0 for never. Existing rows keep their TTL.

    Time windows group records that expire together, so that whole files are dropped without being read.
    """
    for table in ("record_data", "record_by_visitor", "drawing_by_id", *feature_tables(session, keyspace)):
        session.execute(f"ALTER TABLE {keyspace}.{table} WITH {kept_for(days)}", timeout=TIMEOUT)
    for table in ("recorded_day", "visitor_month"):
        session.execute(
            f"ALTER TABLE {keyspace}.{table} WITH default_time_to_live = {days * DAY}", timeout=TIMEOUT
        )


def kept_for(days: int) -> str:
    """The options of a table whose rows expire after `days`, 0 for never."""
    windowed = (
        "{'class': 'TimeWindowCompactionStrategy', 'compaction_window_unit': 'DAYS', "
        f"'compaction_window_size': {-(-days // WINDOWS)}}}"
    )
    compaction = windowed if days else "{'class': 'SizeTieredCompactionStrategy'}"
    return f"default_time_to_live = {days * DAY} AND compaction = {compaction}"


def feature_tables(session: Any, keyspace: str) -> list[str]:
    """The existing feature tables of all models."""
    found = _ask(session, "SELECT table_name FROM system_schema.tables WHERE keyspace_name = %s", keyspace)
    return [row.table_name for row in found if row.table_name.startswith(FEATURES)]


def table_id(name: str) -> UUID:
    """The id for the table of this name, which includes the keyspace.

    By default Cassandra draws a random id for a new table: two processes that create the same table on
    two nodes at the same time would create two, and writes to one of them would be lost.
    """
    return uuid5(_TABLES, name)


def retention_of(session: Any, keyspace: str) -> int:
    """How many days a record written now is kept; 0: for ever."""
    row = _ask(
        session,
        "SELECT default_time_to_live FROM system_schema.tables "
        "WHERE keyspace_name = %s AND table_name = 'record_data'",
        keyspace,
    ).one()
    return int(row.default_time_to_live) // DAY


def statements(keyspace: str, version: int) -> list[str]:
    """The statements from `version` to the newest; the id of each new table is derived from its name."""

    def qualified(table: re.Match[str]) -> str:
        name = f"{keyspace}.{table['name']}"
        if not table["columns"]:
            return f"{table['verb']}{name}"
        return f"{table['verb']}{name}{table['columns']}) WITH ID = {table_id(name)} AND {table['options']}"

    return [
        re.sub(
            r"(?P<verb>CREATE TABLE IF NOT EXISTS |ALTER TABLE )(?P<name>\w+)"
            r"(?:(?P<columns>\s*\(.*)\) WITH (?P<options>.*))?",
            qualified,
            statement.strip(),
            flags=re.DOTALL,
        )
        for script in SCRIPTS[version:]
        for statement in re.sub(r"--.*", "", _read(script)).split(";")
        if statement.strip()
    ]


def _read(script: str) -> str:
    return files("digitpad.records.cassandra").joinpath(script).read_text(encoding="utf-8")


def agree(session: Any) -> None:
    """Wait until all nodes have the schema.

    The driver waits only after its own schema changes. What another process has just created may not have reached
    the node that is asked next.

    :raises StoreUnavailable: they do not have it yet
    """
    if not session.cluster.control_connection.wait_for_schema_agreement(wait_time=TIMEOUT):
        raise StoreUnavailable("Cassandra's nodes do not agree on the schema yet")


def spread(work: Callable[[], _T], pause: Callable[[float], object] = time.sleep) -> _T:
    """Do `work`, and retry for a while if the node that is asked lacks what others have.

    All nodes may seem to agree although one lacks what was just created: nodes learn about each other by gossip,
    with a delay.

    :param pause: waits so many seconds, and returns something true if retrying is no longer of use
    """
    until = time.monotonic() + SPREADING
    while True:
        try:
            return work()
        except (InvalidRequest, ServerError, NoHostAvailable) as error:
            if not _lacks(error) or time.monotonic() > until or pause(SPREAD_EVERY):
                raise


def _lacks(error: Exception) -> bool:
    """Whether a node lacks what it was asked about, or has only part of it, when it says "Unknown CF".

    The driver may then take the node for lost and, where it was the only one, ask none for a moment.
    """
    causes = error.errors.values() if isinstance(error, NoHostAvailable) else [error]
    return not causes or any(isinstance(cause, InvalidRequest | ServerError) for cause in causes)


def version_of(session: Any, keyspace: str) -> int:
    """The schema version of the keyspace, 0 for none or an unfinished one."""
    try:
        row = _ask(session, SELECT_VERSION.format(keyspace)).one()
    except InvalidRequest:  # no such keyspace or table
        return 0
    return row.version if row else 0


def _ask(session: Any, query: str, *values: object) -> Any:
    """The result of a query, from another node if one does not answer: asking twice changes nothing."""
    return session.execute(SimpleStatement(query, is_idempotent=True), values or None, timeout=TIMEOUT)
