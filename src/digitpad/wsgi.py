"""The application, configured from the environment: what the server loads in each worker."""

# ruff: noqa: E402  the signals come first, which is why this is not in `web`: all of it would be loaded before

import signal

# A forked worker inherits its parent's handlers. They would swallow a signal that arrives while the worker loads, and
# the server would wait in vain for it to exit. The worker sets its own handlers once it has loaded.
for _number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(_number, signal.SIG_DFL)

import gc
import logging
import sys

from digitpad import heap, logs
from digitpad.errors import DigitpadError
from digitpad.settings import Settings

heap.share_python()
settings = Settings.load()
logs.configure(settings.log_level, settings.log_format)
try:
    from digitpad.web import create_app, ending, reloading

    app = create_app(settings)
except (DigitpadError, OSError) as error:  # in one line, as everywhere
    logging.critical("%s", error)
    sys.exit(1)
# What is loaded by now stays: the garbage collector need not scan it again and again.
gc.collect()
gc.freeze()
reloading.on_sighup(app, settings)
ending.with_server()
