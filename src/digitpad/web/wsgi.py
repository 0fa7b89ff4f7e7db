"""What the server loads in each of its workers: the application, made from the environment."""

# ruff: noqa: E402  the signals come first

import signal

# A worker is forked with its parent's handlers, which would swallow a signal that arrives while it still loads;
# the server would then wait for it in vain. It sets its own handlers when loading is done.
for _number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(_number, signal.SIG_DFL)

import gc
import logging
import sys

from digitpad import heap, logs
from digitpad.errors import DigitpadError
from digitpad.settings import Settings
from digitpad.web import create_app, reloading

heap.share_python()
settings = Settings.load()
logs.configure(settings.log_level, settings.log_format)
try:
    app = create_app(settings)
except DigitpadError as error:  # in one line, as everywhere; the server gives up after the second worker
    logging.critical("%s", error)
    sys.exit(1)
# What is loaded by now stays: the collector need not look through it again and again.
gc.collect()
gc.freeze()
reloading.on_sighup(app, settings)
