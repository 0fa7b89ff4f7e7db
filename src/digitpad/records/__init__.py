"""Records: every pressed prediction with its date and its drawing, kept for good.

`record` says what one is, `store` what a place for them must do; `sqlite` and `cassandra` are the two places,
`outbox` stands before Cassandra, and `opening` finds the one that is set.
"""

from digitpad.records.opening import open_store, try_store
from digitpad.records.record import Label, Record, Source
from digitpad.records.store import DayCount, Listing, Store

__all__ = ["DayCount", "Label", "Listing", "Record", "Source", "Store", "open_store", "try_store"]
