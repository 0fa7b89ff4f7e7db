"""For orchestrators: whether the process answers, and whether it can do its work."""

from __future__ import annotations

from flask import Blueprint, Response

from digitpad.answers import Health, Readiness
from digitpad.errors import StoreError
from digitpad.web.endpoints import endpoint
from digitpad.web.exchange.answering import as_json
from digitpad.web.recording.predicting import predictor

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@endpoint("Say that the process answers", gives={200: Health})
def healthz() -> Response:
    """For a liveness probe: nothing but the process itself is asked."""
    return as_json(Health())


@blueprint.get("/readyz")
@endpoint("Say whether predictions can be made and recorded", gives={200: Readiness, 503: Readiness})
def readyz() -> Response:
    """For a readiness probe: 503 with the reasons where nothing can be kept; with 200 what else is amiss."""
    try:
        remarks = predictor().check()
    except StoreError as error:
        return as_json(Readiness(ready=False, reasons=[str(error)]), 503)
    return as_json(Readiness(ready=True, reasons=remarks))
