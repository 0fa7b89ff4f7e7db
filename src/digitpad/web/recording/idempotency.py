"""`Idempotency-Key`: a request that is repeated because its answer was lost leaves no second record.

This follows the IETF's draft-ietf-httpapi-idempotency-key-header. The first use of a visitor's key is written as a
claim to a small file, on disk before anything is recorded. The records' ids follow from the claim alone: its time, and
a hash of visitor and key. So a repeated request, at once or after a restart, in this worker or another, writes the
same records again, which changes nothing (see `Store.add`). There is no lock and no “in progress” state.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from flask import Flask, current_app, request

from digitpad.errors import DigitpadError
from digitpad.records import timeuuid
from digitpad.records.process_turn import ProcessTurn
from digitpad.records.sqlite.file import cache_little, connect, explained, turn_to_write
from digitpad.settings import KEYS
from digitpad.web.endpoints import header
from digitpad.web.guards import visitors

KEPT: Final = 24 * 3600  # seconds for which a key is remembered
_TICKS_PER_SECOND: Final = 10_000_000
_CHECKED: Final = b"checked"
"""What `check` writes in place of a name; shorter than any name."""
_KEY: Final = re.compile(r'"([\x20-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255})')
"""In quotes, as in the draft, or bare, as most clients send it."""
_SCHEMA: Final = """
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS claim (
        name  BLOB PRIMARY KEY,         -- of visitor and key, hashed: neither is kept
        body  BLOB NOT NULL,            -- of path and body, hashed
        ticks INTEGER NOT NULL          -- first sight, as in a time-based UUID
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS claim_by_age ON claim (ticks);
    COMMIT;
"""

PARAMETER: Final = header(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-~]+$"},
    f"The same key with the same body within {KEPT // 3600} hours gives the same answer and no second record. "
    "Needs the visitor's cookie.",
)


class BadIdempotencyKey(DigitpadError, ValueError):
    """A key that is empty, too long, not printable ASCII, or sent without a visitor's cookie."""

    code = "bad-idempotency-key"


class IdempotencyKeyReused(DigitpadError):
    """A key that the visitor has already sent with another body."""

    code = "idempotency-key-reused"


@dataclass(frozen=True, slots=True)
class Claim:
    """The first use of a visitor's key."""

    name: bytes
    ticks: int
    repeated: bool
    """Whether the key had been used before."""

    def ids(self, number: int) -> list[UUID]:
        """The ids of the records that belong to the key, always the same."""
        rest = int.from_bytes(self.name[:8]) >> 2
        return [timeuuid.with_rest(self.ticks + each, rest) for each in range(number)]


class Claims:
    """The file of claims, shared by all workers. Opened when the first key arrives. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._opened: tuple[sqlite3.Connection, ProcessTurn] | None = None
        self._inode = 0

    def claim(self, name: bytes, body: bytes) -> Claim:
        """Find the claim of `name`, or make it now. It is on disk when this returns.

        :param name: 32 bytes that stand for visitor and key
        :param body: 32 bytes that stand for what was sent
        :raises IdempotencyKeyReused: `name` was first used with another body
        :raises StoreUnavailable: others are writing; trying again will help
        :raises StoreError: the file cannot be written, so nothing can be guaranteed
        """
        now = timeuuid.new().time
        since = now - KEPT * _TICKS_PER_SECOND
        new = 0
        with explained(self._path), self._lock:
            connection, turns = self._open()
            # Read first: a known key is then found even if the disk is full.
            if (found := _first(connection, name, since)) is None:
                with turns.taken(), connection:
                    connection.execute("DELETE FROM claim WHERE ticks < ?", (since,))
                    new = connection.execute(
                        "INSERT INTO claim VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (name, body, now)
                    ).rowcount
                    found = _first(connection, name, since)
        first, ticks = found or (body, now)
        if first != body:
            raise IdempotencyKeyReused("this Idempotency-Key has already been sent with another body")
        return Claim(name, ticks, repeated=not new)

    def check(self) -> None:
        """Write a little, the only way to know that the disk accepts writes.

        :raises StoreError: it does not, so nothing that comes with a key is recorded
        """
        row = (_CHECKED, b"", timeuuid.new().time)
        with explained(self._path), self._lock:
            connection, turns = self._open()
            with turns.taken(), connection:
                connection.execute("INSERT OR REPLACE INTO claim VALUES (?, ?, ?)", row)

    def _open(self) -> tuple[sqlite3.Connection, ProcessTurn]:
        if self._opened is not None and not self._in_place():
            for each in self._opened:
                each.close()
            self._opened = None
        if self._opened is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with ExitStack() as undo:  # else each try on a full disk would leave an open file
                connection = connect(self._path)
                undo.callback(connection.close)
                turns = turn_to_write(self._path)
                undo.callback(turns.close)
                cache_little(connection)
                # A transaction that begins by reading could later be refused the write.
                connection.isolation_level = "IMMEDIATE"
                with turns.taken():
                    connection.execute("PRAGMA journal_mode = WAL")  # one sync per claim, not three
                    connection.executescript(_SCHEMA)
                self._inode = self._path.stat().st_ino
                undo.pop_all()
            self._opened = connection, turns
        return self._opened

    def _in_place(self) -> bool:
        """Whether the file is the one that was opened: if it was removed, all workers have to go on with the same."""
        try:
            return self._path.stat().st_ino == self._inode
        except FileNotFoundError:
            return False


def _first(connection: sqlite3.Connection, name: bytes, since: int) -> tuple[bytes, int] | None:
    """Body and time of the first use of `name`, unless it was before `since`."""
    found: tuple[bytes, int] | None = connection.execute(
        "SELECT body, ticks FROM claim WHERE name = ? AND ticks >= ?", (name, since)
    ).fetchone()
    return found


def init_app(app: Flask, *, state: Path) -> None:
    """Keep claims in the folder `state`."""
    app.extensions["claims"] = Claims(state / KEYS)


def check() -> None:
    """Return if keys can be kept now; see `Claims.check`."""
    claims: Claims = current_app.extensions["claims"]
    claims.check()


def claim_of(body: bytes) -> Claim | None:
    """The claim of the request's Idempotency-Key; None where it has none.

    :raises BadIdempotencyKey: malformed, or no cookie says whose it is
    :raises IdempotencyKeyReused, StoreError: see `Claims.claim`
    """
    text = request.headers.get("Idempotency-Key")
    if text is None:
        return None
    found = _KEY.fullmatch(text.strip())
    if not found:
        raise BadIdempotencyKey("an Idempotency-Key is 1 to 255 characters of printable ASCII")
    visitor = visitors.current()
    if not visitors.is_known():
        raise BadIdempotencyKey(
            f"an Idempotency-Key is its visitor's own: send the cookie {visitors.COOKIE}, which this answer brings"
        )
    key = found[1] or found[2]
    claims: Claims = current_app.extensions["claims"]
    return claims.claim(
        hashlib.sha256(visitor.bytes + key.encode()).digest(),
        hashlib.sha256(f"{request.path}\n{request.mimetype}\n".encode() + body).digest(),
    )
