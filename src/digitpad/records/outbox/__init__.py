"""Changes that wait on this host's disk to be sent to Cassandra: `store` is the entry point."""
