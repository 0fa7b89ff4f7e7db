-- A file of records as digitpad 0.1 wrote it (schema 1): three records, of which one was corrected and one removed.
PRAGMA application_id = 1145653065;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE checked (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at TEXT NOT NULL
) STRICT;
INSERT INTO "checked" VALUES(1,'2026-11-22T21:46:01.191Z');
CREATE TABLE count_by_day (
    day         TEXT NOT NULL,
    digit       INTEGER NOT NULL,
    predictions INTEGER NOT NULL,
    PRIMARY KEY (day, digit)
) STRICT, WITHOUT ROWID;
INSERT INTO "count_by_day" VALUES('2026-03-14',2,0);
INSERT INTO "count_by_day" VALUES('2026-03-14',7,1);
INSERT INTO "count_by_day" VALUES('2026-03-15',-1,1);
CREATE TABLE drawing (
    key     BLOB PRIMARY KEY,
    drawing BLOB NOT NULL                                     -- JSON of ink, or a PNG
) STRICT, WITHOUT ROWID;
INSERT INTO "drawing" VALUES(X'01F11F9D53B6A0000080808080808081',X'7B227374726F6B6573223A5B5B5B312C325D2C5B332C342E355D5D5D7D');
INSERT INTO "drawing" VALUES(X'01F120667E2060000080808080808082',X'89504E470D0A1A0A');
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
INSERT INTO "record_data" VALUES(X'01F11F9D53B6A0000080808080808081','53b6a000-1f9d-11f1-8000-000000000001','2026-03-14T12:00:00.000Z',7,9.87654321012345626229e-01,0.999,'[0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.91, 0.01, 0.01]','2026.11','0b5c2a3e-6f0d-4f0e-9b7a-2d7c1c0f4a11','ink','1','2026-03-15T12:00:00.000Z');
INSERT INTO "record_data" VALUES(X'01F120667E2060000080808080808082','7e206000-2066-11f1-8000-000000000002','2026-03-15T12:00:00.000Z',NULL,9.87654321012345626229e-01,0.999,'[0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01]','2026.11','0b5c2a3e-6f0d-4f0e-9b7a-2d7c1c0f4a11','picture',NULL,NULL);
CREATE TABLE removed (
    key BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;
INSERT INTO "removed" VALUES(X'01F11F9D53B6A0000080808080808083');
CREATE INDEX record_by_visitor ON record_data (visitor, key);
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
COMMIT;
