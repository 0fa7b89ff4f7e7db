"""The operator's pages under /operator: all predictions, what they say about the model, and their export.

`session` is the cookie that stands for the token, `entrance` logs the operator in and out. `filters` says which records
are asked for, `looking` finds them in bounded time, `figures` sums them up, `charts` lays the figures out, `overview`
shows them. `predictions` shows records one by one, `taking` exports them.
`access` has the blueprint of all these pages, and decides who may enter.
"""

from digitpad.web.operator_pages import entrance, overview, predictions, taking
from digitpad.web.operator_pages.access import blueprint, init_app

__all__ = ["blueprint", "entrance", "init_app", "overview", "predictions", "taking"]
