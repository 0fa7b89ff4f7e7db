"""The service beside its peers: `python -m bench.serving`."""
