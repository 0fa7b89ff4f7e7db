"""The pages that people open, and the original's endpoint."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge

from digitpad import picture
from digitpad.errors import BadPicture, DigitpadError, PictureTooLarge
from digitpad.settings import Settings
from digitpad.web.endpoints import endpoint
from digitpad.web.exchange import problems
from digitpad.web.exchange.bodies import body_of, from_base64
from digitpad.web.exchange.requested import wants_page
from digitpad.web.guards import cookies, visitors
from digitpad.web.guards.security import ForeignOrigin
from digitpad.web.pages import words
from digitpad.web.recording import idempotency
from digitpad.web.recording.predicting import predictor

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
@endpoint("Show the page on which people draw", gives={200: "text/html"})
def index() -> str:
    """It needs JavaScript, and nothing from anywhere else."""
    here = predictor()
    settings: Settings = current_app.extensions["settings"]
    visitors.current()  # so that the first drawing already has a visitor, and may be sent again safely
    return render_template(
        "index.html",
        card=here.recognizer.card,
        store_name=here.store.name.partition(",")[0],
        limit=settings.rate_limit,  # the page's previews stay below it
    )


@blueprint.get("/drawings", strict_slashes=False)
@endpoint("Show the page with one's own drawings", gives={200: "text/html"})
def drawings() -> str:
    """All that the visitor has recorded: to look at, to take along, to delete."""
    return render_template("drawings.html")


@blueprint.get("/how", strict_slashes=False)
@endpoint("Show how a drawing is read, step by step", gives={200: "text/html"})
def how() -> str:
    """Its pictures are made of what is on the pad in the same tab."""
    return render_template("how.html", card=predictor().recognizer.card)


@blueprint.get("/kept", strict_slashes=False)
@endpoint("Say what is kept, for how long, and how to erase it", gives={200: "text/html"})
def kept() -> str:
    """As this server's own settings have it."""
    settings: Settings = current_app.extensions["settings"]
    return render_template(
        "kept.html",
        store_name=predictor().store.name.partition(",")[0],
        # Only Cassandra expires records by itself.
        days=settings.retention if settings.store.startswith("cassandra") else 0,
        visitor_cookie=visitors.COOKIE,
        language_cookie=words.COOKIE,
        cookie_days=cookies.LONGEST // 86_400,
        key_hours=idempotency.KEPT // 3600,
        command="digitpad records erase",
    )


@blueprint.post("/upload")
@endpoint(
    "Read a picture from a form, without JavaScript",
    takes={"multipart/form-data": bytes},
    gives={200: "text/html", 413: "text/html", 422: "text/html"},
    refuses=(ForeignOrigin,),
    example="-F picture=@seven.png",
)
def upload() -> tuple[str, int]:
    """The field `picture` holds a PNG or JPEG; the answer is a page. Recorded as every prediction."""
    try:
        sent = request.files.get("picture")
        drawing = picture.from_bytes(sent.read() if sent else b"")
    except RequestEntityTooLarge:
        return render_template("read.html", problem="body-too-large"), 413
    except (BadPicture, PictureTooLarge) as error:
        return render_template("read.html", problem=error.code), 422
    here = predictor()
    (prediction,) = here.read([drawing])
    kept = here.keep(here.records([drawing], [prediction], visitors.current()))
    return render_template("read.html", prediction=prediction, recorded=kept is not None, problem=None), 200


@blueprint.errorhandler(DigitpadError)
def _in_words(error: DigitpadError) -> Response:
    """Answer the form with a page, even if the request was refused early, and programs with problem details."""
    answer = problems.answer_to(error)
    if request.endpoint == "pages.upload" and wants_page():
        code = error.code if f"read.{error.code}" in words.language().said else "trouble"
        answer.set_data(render_template("read.html", problem=code))
        answer.mimetype = "text/html"
    return answer


@blueprint.post("/predict/", strict_slashes=False)  # also without the slash, instead of a redirect
@endpoint(
    "Read a picture as the original did",
    takes={"text/plain": str},
    gives={200: "text/plain"},
    refuses=(BadPicture, PictureTooLarge, ForeignOrigin),
    example='--data-binary "data:image/png;base64,$(base64 -w0 seven.png)"',
)
def predict() -> Response:
    """Answer as the original did: the raw body is a PNG data URL, the answer the digit as plain text.

    `?` where the drawing is not a digit. Recorded as every prediction.
    """
    drawing = from_base64(body_of(request))
    here = predictor()
    (prediction,) = here.read([drawing])
    here.keep(here.records([drawing], [prediction], visitors.current()))
    text = "?" if prediction.digit is None else str(prediction.digit)
    return Response(text, mimetype="text/plain")
