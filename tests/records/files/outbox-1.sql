-- An outbox as digitpad 0.1 wrote it (schema 1): two records wait, of which one was corrected, and a removal.
PRAGMA application_id = 1145653071;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
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
INSERT INTO "change" VALUES(X'01F11F9D53B6A0000080808080808081','53b6a000-1f9d-11f1-8000-000000000001','2026-03-14T12:00:00.000Z',7,9.87654321012345626229e-01,0.999,'[0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.91, 0.01, 0.01]','2026.11','0b5c2a3e-6f0d-4f0e-9b7a-2d7c1c0f4a11','ink','1','2026-03-15T12:00:00.000Z','add',0,2,1795588800381,NULL);
INSERT INTO "change" VALUES(X'01F11F9D53B6A0000080808080808083','53b6a000-1f9d-11f1-8000-000000000003','2026-03-14T12:00:00.000Z',2,9.87654321012345626229e-01,0.999,'[0.01, 0.01, 0.91, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01]','2026.11','0b5c2a3e-6f0d-4f0e-9b7a-2d7c1c0f4a11','ink',NULL,NULL,'remove',1795588800402862,3,1795588800381,NULL);
INSERT INTO "change" VALUES(X'01F120667E2060000080808080808082','7e206000-2066-11f1-8000-000000000002','2026-03-15T12:00:00.000Z',NULL,9.87654321012345626229e-01,0.999,'[0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01]','2026.11','0b5c2a3e-6f0d-4f0e-9b7a-2d7c1c0f4a11','picture',NULL,NULL,'add',0,1,1795588800381,NULL);
CREATE TABLE checked (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at TEXT NOT NULL
) STRICT;
CREATE TABLE drawing (
    key     BLOB PRIMARY KEY,
    drawing BLOB NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "drawing" VALUES(X'01F11F9D53B6A0000080808080808081',X'7B227374726F6B6573223A5B5B5B312C325D2C5B332C342E355D5D5D7D');
INSERT INTO "drawing" VALUES(X'01F120667E2060000080808080808082',X'89504E470D0A1A0A');
CREATE TABLE state (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    store   TEXT NOT NULL,                                    -- where the changes belong; nothing is sent elsewhere
    number  INTEGER NOT NULL,                                 -- of the last change
    waiting INTEGER NOT NULL                                  -- changes that wait: kept by the triggers below
) STRICT;
INSERT INTO "state" VALUES(1,'Cassandra, 127.0.0.1:9042, keyspace mnist_key',3,3);
CREATE INDEX change_of_visitor ON change (visitor, key);
CREATE INDEX change_waits ON change (number) WHERE sent_at IS NULL;
CREATE INDEX change_sent ON change (sent_at) WHERE sent_at IS NOT NULL;
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
COMMIT;
