"""Records: every prediction (not previews) with its date and its drawing, kept for good.

`record` defines a record, and `store` what every store must do. `sqlite` and `cassandra` are the two stores,
`outbox` sits in front of Cassandra, and `opening` opens the configured store.
"""

from digitpad.records.opening import open_store, try_store
from digitpad.records.record import Label, Record, Source
from digitpad.records.store import DayCount, Listing, Store

__all__ = ["DayCount", "Label", "Listing", "Record", "Source", "Store", "open_store", "try_store"]
