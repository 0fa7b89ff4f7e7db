"""Replaces the model of a running worker on SIGHUP, without losing a request."""

from __future__ import annotations

import logging
import signal
import threading

from flask import Flask

from digitpad import model_check
from digitpad.errors import DigitpadError
from digitpad.recognizer import Recognizer
from digitpad.settings import Settings
from digitpad.web.recording.predicting import Predictor

log = logging.getLogger(__name__)


def on_sighup(app: Flask, settings: Settings) -> None:
    """Reload the model whenever SIGHUP arrives, in a separate thread; the others go on answering.

    The signal is blocked and waited for, not handled: Python runs handlers only in the main thread, which sleeps in
    the server and has been seen not to wake. `cli.server` blocks the signal before any other thread starts.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    threading.Thread(target=_reload_whenever_told, args=(app, settings), name="sighup", daemon=True).start()


def _reload_whenever_told(app: Flask, settings: Settings) -> None:
    while True:
        signal.sigwait({signal.SIGHUP})
        reload(app, settings)


def load(settings: Settings) -> Recognizer:
    """Load the model that the settings name, and check that it works.

    :raises DigitpadError: it does not
    """
    recognizer = Recognizer.load(settings.model or None, engine=settings.engine)
    model_check.check(recognizer)
    return recognizer


def reload(app: Flask, settings: Settings) -> None:
    """Switch to the model that is now in the folder; if it does not work, keep the current one."""
    old: Predictor = app.extensions["predictor"]
    try:
        recognizer = load(settings)
    except DigitpadError as error:
        log.error("not reloaded, model %s reads on: %s", old.recognizer.card.version, error)
        return
    # Replaced as a whole: a request under way finishes with the model, and the model's name, with which it began.
    app.extensions["predictor"] = Predictor(recognizer, old.store)
    log.warning(
        "model %s reads from now on, before it %s", recognizer.card.version, old.recognizer.card.version
    )
