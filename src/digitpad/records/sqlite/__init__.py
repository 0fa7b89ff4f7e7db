"""Records in a SQLite file: `store` is the way in; `database` and what it stands on serve the outbox too."""
