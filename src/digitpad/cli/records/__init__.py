"""`digitpad records`: look at what has been predicted, count it, take it elsewhere, remove it."""

from digitpad.cli.records import files, looking, moving, removing, similar
from digitpad.cli.records.group import records

__all__ = ["files", "looking", "moving", "records", "removing", "similar"]
