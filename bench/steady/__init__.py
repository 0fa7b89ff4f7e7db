"""The server under a steady load for an hour, and what grows."""
