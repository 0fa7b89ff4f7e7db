"""Records in Cassandra: `store` is the entry point."""
