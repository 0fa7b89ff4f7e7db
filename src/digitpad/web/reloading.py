"""Another model in a running worker, without a lost request: on SIGHUP."""

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
    """Read the model's folder again whenever SIGHUP comes, in a thread of its own; the others go on answering.

    The signal is blocked and waited for, not handled: Python runs handlers in the main thread alone, and that one,
    which sleeps in the server, has been seen not to wake. `cli.server` has blocked it before any other thread began.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    threading.Thread(target=_reload_whenever_told, args=(app, settings), name="sighup", daemon=True).start()


def _reload_whenever_told(app: Flask, settings: Settings) -> None:
    while True:
        signal.sigwait({signal.SIGHUP})
        reload(app, settings)


def load(settings: Settings) -> Recognizer:
    """Load the model that the settings name, and see that it reads.

    :raises DigitpadError: it does not
    """
    recognizer = Recognizer.load(settings.model or None, engine=settings.engine)
    model_check.check(recognizer)
    return recognizer


def reload(app: Flask, settings: Settings) -> None:
    """Take the model that lies in the folder by now; where that is none, go on with the one there is."""
    old: Predictor = app.extensions["predictor"]
    try:
        recognizer = load(settings)
    except DigitpadError as error:
        log.error("not reloaded, model %s reads on: %s", old.recognizer.card.version, error)
        return
    # A new one as a whole: a request that has begun ends with the model, and under the name, with which it began.
    app.extensions["predictor"] = Predictor(recognizer, old.store)
    log.warning(
        "model %s reads from now on, before it %s", recognizer.card.version, old.recognizer.card.version
    )
