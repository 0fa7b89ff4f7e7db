"""What the server loads in each of its workers: the application, made from the environment."""

# ruff: noqa: E402  the signals come first

import signal

# A worker is forked with its parent's handlers, which would swallow a signal that arrives while it still loads;
# the server would then wait for it in vain. It sets its own handlers when loading is done.
for _number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(_number, signal.SIG_DFL)

import logging
import sys
import time

from digitpad.errors import DigitpadError
from digitpad.settings import Settings
from digitpad.web import create_app

settings = Settings.load()
logging.basicConfig(
    level=settings.log_level.upper(),
    format="%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s",
    datefmt="%Y-%m-%dT%H:%M:%S",
)
logging.Formatter.converter = time.gmtime
try:
    app = create_app(settings)
except DigitpadError as error:  # in one line, as everywhere; the server gives up after the second worker
    logging.critical("%s", error)
    sys.exit(1)
