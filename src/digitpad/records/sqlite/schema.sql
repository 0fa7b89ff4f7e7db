-- The record store in SQLite, version 1 (PRAGMA user_version; see schema.py). Released: do not change it.
-- The same things as in schema.cql, readable with any SQLite tool.

CREATE TABLE record_data (
    key           BLOB PRIMARY KEY CHECK (length(key) = 16),  -- sorts as Cassandra sorts the id: by date
    id            TEXT NOT NULL,
    recorded_at   TEXT NOT NULL,                              -- RFC 3339, UTC, to the millisecond
    digit         INTEGER,                                    -- NULL: not a digit
    confidence    REAL NOT NULL,
    p_digit       REAL NOT NULL,
    probabilities TEXT NOT NULL,                              -- JSON: ten numbers
    model         TEXT NOT NULL,
    visitor       TEXT NOT NULL,
    source        TEXT NOT NULL,                              -- ink or picture
    label         TEXT,                                       -- a person's correction: 0 to 9 or not-a-digit
    labelled_at   TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX record_by_visitor ON record_data (visitor, key);

-- Beside the records, so that a listing does not read over them.
CREATE TABLE drawing (
    key     BLOB PRIMARY KEY,
    drawing BLOB NOT NULL                                     -- JSON of ink, or a PNG
) STRICT, WITHOUT ROWID;

-- What was removed, so that a repeated write or an import does not bring it back.
CREATE TABLE removed (
    key BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Kept by the triggers below in the transaction of each write, so it is never wrong; -1 counts the refused.
CREATE TABLE count_by_day (
    day         TEXT NOT NULL,
    digit       INTEGER NOT NULL,
    predictions INTEGER NOT NULL,
    PRIMARY KEY (day, digit)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER record_added AFTER INSERT ON record_data BEGIN
    INSERT INTO count_by_day VALUES (substr(new.recorded_at, 1, 10), ifnull(new.digit, -1), 1)
    ON CONFLICT DO UPDATE SET predictions = predictions + 1;
END;

CREATE TRIGGER record_removed AFTER DELETE ON record_data BEGIN
    UPDATE count_by_day SET predictions = predictions - 1
    WHERE day = substr(old.recorded_at, 1, 10) AND digit = ifnull(old.digit, -1);
    DELETE FROM drawing WHERE key = old.key;
    INSERT OR IGNORE INTO removed VALUES (old.key);
END;

-- Written by check(), to find out whether writing works.
CREATE TABLE checked (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at TEXT NOT NULL
) STRICT;
