-- What waits to be sent to Cassandra, version 1 (PRAGMA user_version; see schema.py). Released: do not change it.
-- One row for each record that has changed, as it is after all changes so far.

CREATE TABLE change (
    key           BLOB PRIMARY KEY CHECK (length(key) = 16),  -- the record, in the columns of schema.sql
    id            TEXT NOT NULL,
    recorded_at   TEXT NOT NULL,
    digit         INTEGER,
    confidence    REAL NOT NULL,
    p_digit       REAL NOT NULL,
    probabilities TEXT NOT NULL,
    model         TEXT NOT NULL,
    visitor       TEXT NOT NULL,
    source        TEXT NOT NULL,
    label         TEXT,
    labelled_at   TEXT,
    kind          TEXT NOT NULL CHECK (kind IN ('add', 'label', 'remove')),  -- what has to be sent of it
    removed_at    INTEGER NOT NULL,                           -- microseconds since 1970; 0: it was not
    number        INTEGER NOT NULL,                           -- of the last change: the order of sending
    since         INTEGER NOT NULL,                           -- milliseconds since 1970: it has waited from then on
    sent_at       INTEGER                                     -- milliseconds since 1970; NULL: it waits
) STRICT, WITHOUT ROWID;

CREATE INDEX change_of_visitor ON change (visitor, key);
CREATE INDEX change_waits ON change (number) WHERE sent_at IS NULL;
CREATE INDEX change_sent ON change (sent_at) WHERE sent_at IS NOT NULL;

-- Beside the changes, so that a listing does not read over them.
CREATE TABLE drawing (
    key     BLOB PRIMARY KEY,
    drawing BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE state (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    store   TEXT NOT NULL,                                    -- where the changes belong; nothing is sent elsewhere
    number  INTEGER NOT NULL,                                 -- of the last change
    waiting INTEGER NOT NULL                                  -- changes that wait: kept by the triggers below
) STRICT;

INSERT INTO state VALUES (1, '', 0, 0);

CREATE TRIGGER change_made AFTER INSERT ON change BEGIN
    UPDATE state SET waiting = waiting + (new.sent_at IS NULL);
END;

CREATE TRIGGER change_moved AFTER UPDATE OF sent_at ON change BEGIN
    UPDATE state SET waiting = waiting + (new.sent_at IS NULL) - (old.sent_at IS NULL);
END;

CREATE TRIGGER change_forgotten AFTER DELETE ON change BEGIN
    UPDATE state SET waiting = waiting - (old.sent_at IS NULL);
    DELETE FROM drawing WHERE key = old.key;
END;

CREATE TRIGGER record_removed AFTER UPDATE OF kind ON change WHEN new.kind = 'remove' BEGIN
    DELETE FROM drawing WHERE key = new.key;
END;

-- Written by check(), to find out whether writing works.
CREATE TABLE checked (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at TEXT NOT NULL
) STRICT;
