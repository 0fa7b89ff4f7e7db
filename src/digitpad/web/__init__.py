"""The web: pages and API in front of a recognizer and a store. Each folder's `__init__.py` says what it holds.

The folders with endpoints, each of which declares what it does (see `endpoints`):

- `pages` and `operator_pages`: for people; their content is in `templates`, `words` and `static`
- `api`: for programs
- `observing`: for the people who run the server

The folders behind them. Each imports only from those listed after it. Folders with endpoints do not import from one
another, except that the operator's pages use `pages.words` (`scripts/lint` checks this):

- `exchange`: reads requests and builds responses
- `recording`: predicts and records
- `guards`: decides who may do what, and how often

The way of a request, from the outside in:

- `guards.proxies` handles the proxies in front, `observing.access_log` assigns an id and logs, `guards.security` and
  `guards.cors` check who may write, `exchange.overload` keeps slow clients from delaying others, `guards.rate_limit`
  limits requests, `guards.guesses` wrong tokens
- `guards.visitors` says who is asking
- `exchange.bodies` reads the body, `exchange.requested` the query
- `recording.predicting` predicts and records, `recording.idempotency` recognizes repeated requests
- `exchange.answering` builds responses, `exchange.exporting` exports, `exchange.problems` all errors, and
  `exchange.compression` compresses them

A worker loads `digitpad.wsgi`. `application` is Flask without what is not needed here, `reloading` replaces the model
on a signal, `ending` ends a worker whose server was killed, and `meters` holds the counters.
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
    app.url_map.merge_slashes = False  # its redirect would be built from the Host header sent
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY + 1  # see bodies.body_of
    recognizer = recognizer or reloading.load(settings)
    app.extensions["settings"] = settings
    app.extensions["predictor"] = Predictor(recognizer, store or open_store(settings))
    compression.init_app(app)  # first, so that it runs last and compresses the finished response
    for module in (
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
        app.register_blueprint(module.blueprint)
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
    access_log.init_app(app)  # last, so outermost: refused requests have an id, too
    return app
