"""Features in the tables of `features.sql`, and the search for the nearest, which looks at each.

SQLite has no index for vectors, and needs none up to many thousands (`bench/similar` measures it). A search that would
take too long skips the oldest, and says so.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from digitpad.records import timeuuid
from digitpad.records.features import Features
from digitpad.records.neighbours import Nearest, Neighbour, Neighbours
from digitpad.records.sqlite.rows import LISTED, from_row

SCANNED: Final = 100_000  # drawings that one search looks at, the newest first
AT_ONCE: Final = 5_000  # of them in memory at a time

_INDEX: Final = "INSERT INTO feature_index (model, size) VALUES (?, ?) ON CONFLICT DO NOTHING"
_KEEP: Final = (
    "INSERT INTO features SELECT number, ?, ? FROM feature_index WHERE model = ? AND size = ? "
    "AND EXISTS (SELECT * FROM record_data WHERE key = ?1) ON CONFLICT DO NOTHING"
)
_NUMBER: Final = "SELECT number FROM feature_index WHERE model = ? AND size = ?"
_NEWEST: Final = "SELECT key, features FROM features WHERE number = ? AND key < ? ORDER BY key DESC LIMIT ?"
_NEWEST_OF_VISITOR: Final = (
    "SELECT key, features FROM record_data CROSS JOIN features USING (key) "  # CROSS: the visitor's records first
    "WHERE number = ? AND key < ? AND visitor = ? ORDER BY key DESC LIMIT ?"
)
_LISTING: Final = f"SELECT {LISTED} FROM record_data"  # noqa: S608  constants alone


def keep(connection: sqlite3.Connection, features: Mapping[UUID, Features]) -> None:
    """Keep the features of existing records."""
    connection.executemany(_INDEX, {(each.model, each.size) for each in features.values()})
    connection.executemany(
        _KEEP,
        [
            (timeuuid.sort_key(record_id), each.values, each.model, each.size)
            for record_id, each in features.items()
        ],
    )


def similar(
    connection: sqlite3.Connection, features: Features, limit: int, before: UUID, visitor: UUID | None
) -> Neighbours:
    """Find the records nearest to `features`; see `Store.similar`."""
    found = connection.execute(_NUMBER, (features.model, features.size)).fetchone()
    if found is None:
        return Neighbours()
    query, of_visitor = (_NEWEST, ()) if visitor is None else (_NEWEST_OF_VISITOR, (str(visitor),))
    nearest, looked = Nearest(features, limit), 0
    rows = connection.execute(query, (found[0], timeuuid.sort_key(before), *of_visitor, SCANNED + 1))
    while some := rows.fetchmany(AT_ONCE):
        looked += nearest.look_at(some)
    keys = [timeuuid.sort_key(each) for each in nearest.ids()]
    listing = connection.execute(f"{_LISTING} WHERE key IN ({', '.join('?' * len(keys))})", keys)
    records = {record.id: record for record in map(from_row, listing)}
    return Neighbours(
        (Neighbour(records[each], similarity) for similarity, each in nearest if each in records),
        complete=looked <= SCANNED,
    )
