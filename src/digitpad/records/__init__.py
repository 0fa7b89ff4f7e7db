"""Records: every pressed prediction with its date and its drawing, kept for good.

`record` says what one is, `store` what a place for them must do, `sqlite` and `cassandra` are the two places.
"""

from digitpad.records.record import Label, Record, Source
from digitpad.records.store import DayCount, Store, open_store, try_store

__all__ = ["DayCount", "Label", "Record", "Source", "Store", "open_store", "try_store"]
