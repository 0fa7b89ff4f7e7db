"""Records in Cassandra: `store` is the way in."""
