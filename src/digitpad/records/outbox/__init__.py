"""What waits on this host's disk to be sent to Cassandra: `store` is the way in."""
