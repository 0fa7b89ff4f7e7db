"""What a production server loads in each of its workers: the application, made from the environment."""

import logging
import time

from digitpad.settings import Settings
from digitpad.web import create_app

settings = Settings.load()
logging.basicConfig(
    level=settings.log_level.upper(),
    format="%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s",
    datefmt="%Y-%m-%dT%H:%M:%S",
)
logging.getLogger("_granian").setLevel(logging.WARNING)
logging.Formatter.converter = time.gmtime
app = create_app(settings)
