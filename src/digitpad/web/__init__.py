"""The web: pages and API, in front of a recognizer and a store. Each folder says in its `__init__.py` what it holds.

The doors, each of which says of itself what it does (`doors`):

- `pages` and `operator_pages` for people; what they show lies in `templates`, `words` and `static`
- `api` for programs
- `observing` for whoever runs the server

What stands behind them. Each folder imports only from those named below it, and no doors from one another's, save that
the operator's pages speak by `pages.words` (`scripts/lint` holds them to it):

- `exchange`: what comes in and what goes out
- `recording`: what is read in a drawing, and kept
- `guards`: who may, and how much

The way of a request, from outside to inside:

- `guards.proxies` knows who stands in front, `observing.access_log` gives an id and a line, `guards.security` and
  `guards.cors` say who may write, `exchange.overload` lets nobody keep others waiting, `guards.rate_limit` not too
  much, `guards.guesses` nobody who tries tokens
- `guards.visitors` says who is asking
- `exchange.bodies` reads what comes in, `exchange.requested` what is asked for besides
- `recording.predicting` predicts and records, `recording.idempotency` knows what was sent before
- `exchange.answering` makes what goes out, `exchange.exporting` what is taken along, `exchange.problems` every error,
  and `exchange.compression` packs it

`wsgi` is what a worker loads: the `application`, Flask without what is not needed, with another model when it is told
so (`reloading`). What happens is counted by `meters`.
"""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from digitpad import shared_folder
from digitpad.recognizer import Recognizer
from digitpad.records import Store, open_store
from digitpad.settings import Settings
from digitpad.web import operator_pages, reloading
from digitpad.web.api import batch, classes, openapi, own_records, predictions, reference, similar
from digitpad.web.application import Application
from digitpad.web.exchange import compression, overload, problems
from digitpad.web.exchange.bodies import MAX_BODY
from digitpad.web.guards import cors, guesses, proxies, rate_limit, security, visitors
from digitpad.web.observing import access_log, health, metrics
from digitpad.web.pages import collecting, page, static_files, words
from digitpad.web.recording import idempotency
from digitpad.web.recording.predicting import Predictor


def create_app(
    settings: Settings | None = None, *, recognizer: Recognizer | None = None, store: Store | None = None
) -> Flask:
    """Make the application.

    :param settings: default: from the environment
    :param recognizer: default: the model and engine that the settings name
    :param store: default: the store that the settings name
    """
    settings = settings or Settings.load()
    app = Application(__name__, static_folder=None)  # see static_files
    app.url_map.merge_slashes = False  # it would lead to an address made of the Host that was sent
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY + 1  # see bodies.body_of
    recognizer = recognizer or reloading.load(settings)
    app.extensions["settings"] = settings
    app.extensions["predictor"] = Predictor(recognizer, store or open_store(settings))
    compression.init_app(app)  # first: what the others make of an answer is packed
    for doors in (
        page,
        predictions,
        similar,
        batch,
        own_records,
        classes,
        collecting,
        health,
        openapi,
        reference,
    ):
        app.register_blueprint(doors.blueprint)
    operator_pages.init_app(app)
    cors.init_app(app, origins=settings.cors_origins)
    metrics.init_app(app, readable=settings.metrics)
    idempotency.init_app(app, state=Path(settings.state))
    rate_limit.init_app(app, rate=settings.rate_limit, shared=shared_folder.path(), visitor=visitors.counted)
    guesses.init_app(app, shared=shared_folder.path())
    proxies.init_app(app, proxies=settings.proxies, prefix=settings.prefix)
    visitors.init_app(app, operator_token=settings.operator_token)
    for part in (static_files, words, openapi, problems):
        part.init_app(app)
    overload.init_app(app, places=settings.threads)
    cors.let_read(app)
    security.init_app(app)
    access_log.init_app(app)  # last, so outside: whatever refuses a request, it has an id
    return app
