"""The web: pages and API, in front of a recognizer and a store.

`pages`, `api`, `similar`, `batch`, `own`, `classes`, `collecting` and `health` are the doors, and `doors` is how each
says what it does, of which `openapi` and `reference` make the API's description. `drawings` reads what comes in,
`predicting` predicts and records, `idempotency` knows what was sent before, `answers` is what goes out, `exporting`
what is taken along. `class_codes` knows a class by its code and its teacher by a key.
`words` holds all that people read, by language; `operator_pages` shows the operator everything.
`visitors` says who is asking, `problems` turns every error into problem details, `security` sets the headers,
`compression` packs answers, `reloading` swaps the model, `metrics` and `drift` count,
`cors` lets other sites in, `rate_limit` not too much, `guesses` nobody who tries tokens, `overload` lets nobody keep
others waiting,
`proxies` knows who stands in front. `application` is Flask without what is not needed, `heap` one for all threads.
"""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from digitpad import shared
from digitpad.recognizer import Recognizer
from digitpad.records import Store, open_store
from digitpad.settings import Settings
from digitpad.web import (
    access_log,
    api,
    batch,
    classes,
    collecting,
    compression,
    cors,
    guesses,
    health,
    idempotency,
    metrics,
    openapi,
    operator_pages,
    overload,
    own,
    pages,
    problems,
    proxies,
    rate_limit,
    reference,
    reloading,
    security,
    similar,
    static_files,
    visitors,
    words,
)
from digitpad.web.application import Application
from digitpad.web.drawings import MAX_BODY
from digitpad.web.predicting import Predictor


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
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY + 1  # see drawings.body_of
    recognizer = recognizer or reloading.load(settings)
    app.extensions["settings"] = settings
    app.extensions["predictor"] = Predictor(recognizer, store or open_store(settings))
    compression.init_app(app)  # first: what the others make of an answer is packed
    for doors in (pages, api, similar, batch, own, classes, collecting, health, openapi, reference):
        app.register_blueprint(doors.blueprint)
    operator_pages.init_app(app)
    cors.init_app(app, origins=settings.cors_origins)
    metrics.init_app(app, readable=settings.metrics)
    idempotency.init_app(app, state=Path(settings.state))
    rate_limit.init_app(app, rate=settings.rate_limit, shared=shared.folder(), visitor=visitors.counted)
    guesses.init_app(app, shared=shared.folder())
    proxies.init_app(app, proxies=settings.proxies, prefix=settings.prefix)
    visitors.init_app(app, operator_token=settings.operator_token)
    for part in (static_files, words, openapi, problems):
        part.init_app(app)
    overload.init_app(app, places=settings.threads)
    security.init_app(app)
    access_log.init_app(app)  # last, so outside: whatever refuses a request, it has an id
    return app
