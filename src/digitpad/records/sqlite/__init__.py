"""Records in a SQLite file: `store` is the entry point; the outbox also uses `database` and what it builds on."""
