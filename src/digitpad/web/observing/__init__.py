"""For whoever runs the server, and for the machines that watch it.

`access_log` gives each request an id and a line, `health` says whether the work can be done. `metrics` shows what is
counted, which `web/meters.py` lists, and what `drift` finds in the last hours.
"""
