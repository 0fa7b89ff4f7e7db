"""For the people who run the server, and the programs that monitor it.

`access_log` gives each request an id and logs it, `health` says whether the server can do its work. `metrics` shows
what `web/meters.py` counts, and what `drift` finds in the records of the last hours.
"""
