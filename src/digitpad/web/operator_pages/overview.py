"""The operator's first page: numbers by day, confidence, corrections and the hardest drawings."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from flask import current_app, render_template, request

from digitpad.errors import StoreError
from digitpad.records import Store
from digitpad.web.endpoints import endpoint
from digitpad.web.exchange.requested import BadParameter
from digitpad.web.guards.visitors import NotTheOperator
from digitpad.web.operator_pages import charts, figures, looking
from digitpad.web.operator_pages.access import blueprint
from digitpad.web.operator_pages.day_counts import DayCounts
from digitpad.web.operator_pages.figures import Figures
from digitpad.web.operator_pages.filters import DIGITS, PARAMETERS, Filters
from digitpad.web.recording.predicting import predictor

DAYS: Final = 30  # shown by default
MOST_DAYS: Final = 92  # shown at most: a quarter of a year


@blueprint.get("/operator", strict_slashes=False)
@endpoint(
    "Show the operator how many, how sure and what was corrected",
    gives={200: "text/html", 303: None},
    refuses=(NotTheOperator, BadParameter, StoreError),
    parameters=PARAMETERS,
)
def overview() -> str:
    """Predictions a day, mean confidence, a confusion matrix of corrections, the hardest drawings.

    All but the first from the newest 5,000 records of the days asked for. Without a session this leads to the form.
    """
    filters = Filters.of(request.args)
    store = predictor().store
    found = looking.look(store, filters)
    summed = Figures.of(found.records)
    first, last = _span(filters)
    days = _daily(store, first, last, filters.digit)
    means = [mean for mean in summed.means if first <= mean.day <= last]
    return render_template(
        "operator_overview.html",
        filters=filters,
        found=found,
        figures=summed,
        first=first,
        last=last,
        days=days,
        bars=charts.bars(days) if days else None,
        means=means,
        points=charts.points(means, first, last) if means else None,
        cells=charts.cells(summed.confusion),
        labels=figures.LABELS,
        read=DIGITS,
        cell=charts.CELL,
        looked_at=looking.LOOKED_AT,
        inside=True,
    )


def _span(filters: Filters) -> tuple[date, date]:
    """The days to show: those asked for, else the last 30; a quarter of a year at most.

    :raises BadParameter: all of them are in the future
    """
    today = datetime.now(UTC).date()
    last = min(filters.until or today, today)
    first = filters.since or last - timedelta(days=DAYS - 1)
    if first > last:
        raise BadParameter(f"“since” must not be later than today, {today} (UTC)")
    return max(first, last - timedelta(days=MOST_DAYS - 1)), last


def _daily(store: Store, first: date, last: date, digit: str) -> list[tuple[date, int]]:
    """Predictions a day; empty if they cannot be counted at the moment, which the page then says."""
    counted: DayCounts = current_app.extensions["day_counts"]
    try:
        return figures.daily(counted.since(store, first), first, last, digit)
    except StoreError:
        return []
