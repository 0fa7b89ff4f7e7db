"""Records one by one, for the operator: a list of those asked for, and a page with all that is kept of each."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from digitpad.errors import StoreError
from digitpad.records import Record
from digitpad.records.record import LABELS
from digitpad.web.endpoints import endpoint, query
from digitpad.web.exchange import answering
from digitpad.web.exchange.requested import BadParameter, NotFound, id_of_request
from digitpad.web.guards.security import ForeignOrigin
from digitpad.web.guards.visitors import NotTheOperator
from digitpad.web.operator_pages import looking
from digitpad.web.operator_pages.access import blueprint
from digitpad.web.operator_pages.filters import PARAMETERS, Filters
from digitpad.web.recording.predicting import predictor

SHOWN: Final = 48  # drawings on one page: fills rows of two, three, four, six or eight
FORM: Final = "application/x-www-form-urlencoded"


@blueprint.get("/operator/predictions", strict_slashes=False)
@endpoint(
    "Show the operator the predictions asked for",
    gives={200: "text/html", 303: None},
    refuses=(NotTheOperator, BadParameter, StoreError),
    parameters=(
        *PARAMETERS,
        query("before", {"type": "string", "format": "uuid"}, "only those older than this one"),
    ),
)
def predictions() -> str:
    """Newest first, 48 a page, with links to the next; a page looks at 5,000 records at most."""
    filters, before = Filters.of(request.args), id_of_request("before")
    found = looking.look(predictor().store, filters, before=before, limit=SHOWN)
    return render_template(
        "operator_predictions.html",
        filters=filters,
        found=found,
        begun=before is None,
        looked_at=looking.LOOKED_AT,
        inside=True,
    )


@blueprint.get("/operator/predictions/<uuid:record_id>")
@endpoint(
    "Show the operator one prediction",
    gives={200: "text/html", 303: None},
    refuses=(NotTheOperator, NotFound, StoreError),
)
def prediction(record_id: UUID) -> str:
    """Its drawing, what was read and how surely, who drew it when; and the forms that correct and remove it."""
    return render_template(
        "operator_prediction.html", record=_record(record_id), labels=list(LABELS), inside=True
    )


@blueprint.get("/operator/predictions/<uuid:record_id>/drawing.png")
@endpoint(
    "Show the operator one drawing",
    gives={200: "image/png", 304: None},
    refuses=(NotTheOperator, NotFound, StoreError),
)
def drawing(record_id: UUID) -> Response:
    """As `GET /api/v1/predictions/{id}/image.png` does. A browser asks again each time, whether it still may."""
    response = answering.picture_of(_record(record_id))
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@blueprint.post("/operator/predictions/<uuid:record_id>/label")
@endpoint(
    "Correct one prediction as the operator",
    takes={FORM: bytes},
    gives={303: None},
    refuses=(NotTheOperator, ForeignOrigin, NotFound, BadParameter, StoreError),
    example="--data label=7",
)
def correct(record_id: UUID) -> ResponseReturnValue:
    """The field `label` is 0 to 9 or not-a-digit; the newest correction counts."""
    label = LABELS.get(request.form.get("label", ""))
    if label is None:
        raise BadParameter(f"“label” must be one of {', '.join(LABELS)}")
    predictor().correct(_record(record_id), label)
    return redirect(url_for("operator.prediction", record_id=record_id), 303)


@blueprint.post("/operator/predictions/<uuid:record_id>/remove")
@endpoint(
    "Remove one prediction as the operator",
    takes={FORM: bytes},
    gives={303: None},
    refuses=(NotTheOperator, ForeignOrigin, NotFound, BadParameter, StoreError),
    example="--data sure=yes",
)
def remove(record_id: UUID) -> ResponseReturnValue:
    """Gone for good with its drawing, where the field `sure` says yes."""
    record = _record(record_id)
    if request.form.get("sure") != "yes":
        raise BadParameter("“sure” must be yes: what is removed cannot be brought back")
    predictor().store.remove(record.id)
    return redirect(url_for("operator.predictions"), 303)


def _record(record_id: UUID) -> Record:
    record = predictor().store.get(record_id)
    if record is None:
        raise NotFound(f"there is no prediction {record_id}")
    return record
