"""`digitpad records`: look at what has been predicted, count it, take it elsewhere, remove it."""

from digitpad.cli.records import exporting, looking, moving, removing, similar
from digitpad.cli.records.group import records

__all__ = ["exporting", "looking", "moving", "records", "removing", "similar"]
