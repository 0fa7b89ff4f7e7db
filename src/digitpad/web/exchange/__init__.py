"""Requests and responses.

`overload` receives each body and keeps slow clients from delaying others, `bodies` parses it, `requested` reads the
query and gets the caller's records.

`answering` builds responses, `exporting` exports, `problems` all errors, and `compression` compresses them.
"""
