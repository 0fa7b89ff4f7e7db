"""The operator's view under /operator: all predictions, what they say of the model, and a way to take them along.

`session` is the cookie that stands for the token, `entrance` lets the operator in and out. `filters` is what is asked
for, `looking` finds it in bounded time, `figures` sums it up, `charts` lays the figures out, `overview` shows them,
`predictions` shows records one by one, `taking` lets them be taken along.
`doors` is the blueprint on which they all hang, and who may pass.
"""

from digitpad.web.operator_pages import entrance, overview, predictions, taking
from digitpad.web.operator_pages.doors import blueprint, init_app

__all__ = ["blueprint", "entrance", "init_app", "overview", "predictions", "taking"]
