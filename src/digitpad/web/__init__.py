"""The web: pages and API, in front of a recognizer and a store.

The doors, each of which says of itself what it does (`doors`), so that `openapi` and `reference` can describe it:

- `pages`, `collecting` and `operator_pages` for people; `words` has all that they read, by language, `static_files`
  what their browsers load
- `api`, `batch`, `similar`, `own_records` and `classes` for programs; `class_codes` knows a class by its code and its
  teacher by a key
- `health` and `metrics` for machines; `meters` count, `drift` looks at the last hours

The way of a request, from outside to inside:

- `proxies` knows who stands in front, `access_log` gives an id and a line, `security` and `cors` say who may write,
  `overload` lets nobody keep others waiting, `rate_limit` not too much, `guesses` nobody who tries tokens
  (`shared_counts` is over all workers)
- `visitors` says who is asking, by `cookies` or the operator's token
- `bodies` reads what comes in, `requested` what is asked for besides
- `predicting` predicts and records, `idempotency` knows what was sent before
- `answering` makes what goes out, `exporting` what is taken along, `problems` every error, and `compression` packs it

`wsgi` is what a worker loads: the `application`, Flask without what is not needed, on one `heap` for all threads, with
another model when it is told so (`reloading`).
"""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from digitpad import shared_folder
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
    own_records,
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
from digitpad.web.bodies import MAX_BODY
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
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY + 1  # see bodies.body_of
    recognizer = recognizer or reloading.load(settings)
    app.extensions["settings"] = settings
    app.extensions["predictor"] = Predictor(recognizer, store or open_store(settings))
    compression.init_app(app)  # first: what the others make of an answer is packed
    for doors in (pages, api, similar, batch, own_records, classes, collecting, health, openapi, reference):
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
    security.init_app(app)
    access_log.init_app(app)  # last, so outside: whatever refuses a request, it has an id
    return app
