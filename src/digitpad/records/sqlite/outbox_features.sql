-- What waits to be sent to Cassandra, version 2 (see outbox.sql): features too. Released: do not change it.

CREATE TABLE features (
    key      BLOB PRIMARY KEY,                                -- of their change
    given_by TEXT NOT NULL,                                   -- a model
    features BLOB NOT NULL                                    -- see features.py
) STRICT, WITHOUT ROWID;

CREATE TRIGGER features_forgotten AFTER DELETE ON change BEGIN
    DELETE FROM features WHERE key = old.key;
END;

CREATE TRIGGER features_removed AFTER UPDATE OF kind ON change WHEN new.kind = 'remove' BEGIN
    DELETE FROM features WHERE key = new.key;
END;
