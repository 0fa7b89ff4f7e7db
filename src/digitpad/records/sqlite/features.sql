-- The record store in SQLite, version 2 (see schema.sql): features, for finding similar drawings. Released: do not
-- change it.

-- Each model that gave features, with their size, has an index of its own.
CREATE TABLE feature_index (
    number INTEGER PRIMARY KEY,
    model  TEXT NOT NULL,
    size   INTEGER NOT NULL,
    UNIQUE (model, size)
) STRICT;

CREATE TABLE features (
    number   INTEGER NOT NULL,                                -- of their index
    key      BLOB NOT NULL,                                   -- of their record
    features BLOB NOT NULL,                                   -- size times 2 bytes: see features.py
    PRIMARY KEY (number, key)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER features_removed AFTER DELETE ON record_data BEGIN
    DELETE FROM features WHERE key = old.key AND number IN (SELECT number FROM feature_index);
END;
