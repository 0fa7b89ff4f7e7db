"""Compares the service with its peers: `python -m bench.serving`."""
