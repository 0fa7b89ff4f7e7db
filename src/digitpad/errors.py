"""digitpad's errors, all of one family.

Each says in one line what was wrong, what was expected and what to do. `code` is stable: programs may
rely on it. The command line prints the line; `web/exchange/problems.py` turns it into problem details.
"""

from typing import ClassVar, Final

import msgspec

NOT_JSON: Final = (msgspec.DecodeError, UnicodeError, RecursionError)
"""What msgspec raises for what is no text, nested too deeply, or not JSON of the expected shape."""


class DigitpadError(Exception):
    """The base class of all errors that digitpad itself raises."""

    code: ClassVar[str] = "failed"


class BadDrawing(DigitpadError, ValueError):
    """A drawing that cannot be read: malformed, not merely blank."""

    code = "bad-drawing"


class BadInk(BadDrawing):
    """Strokes that are not lists of finite points within the limits."""

    code = "bad-ink"


class BadPicture(BadDrawing):
    """Bytes that are not a whole PNG or JPEG, or an array of the wrong shape or type."""

    code = "bad-picture"


class PictureTooLarge(BadPicture):
    """More pixels than we are willing to decode."""

    code = "picture-too-large"


class ModelError(DigitpadError):
    """A folder that holds no usable model."""

    code = "bad-model"


class SettingError(DigitpadError, ValueError):
    """A setting whose value makes no sense."""

    code = "bad-setting"


class DataError(DigitpadError):
    """Data for training, measuring or importing that is missing, or not what it claims to be."""

    code = "bad-data"


class StoreError(DigitpadError):
    """The record store refused or broke: a foreign file, a full disk, a schema from the future."""

    code = "store-failed"


class Busy(DigitpadError):
    """More requests than the server takes at a time; it is healthy, and trying again will help."""

    code = "busy"
    retry_after = 1
    """Seconds to wait before trying again."""


class BodyTooSlow(DigitpadError):
    """A body that did not arrive in time."""

    code = "body-too-slow"


class StoreUnavailable(StoreError):
    """The record store cannot be reached just now; trying again later may help."""

    code = "store-unavailable"


class NoVectors(StoreError):
    """The database behind the record store cannot search for similar drawings."""

    code = "no-vectors"


class MissingExtra(DigitpadError):
    """An optional part of digitpad is needed but not installed."""

    code = "missing-extra"

    def __init__(self, extra: str, what: str) -> None:
        super().__init__(f"{what} needs the extra “{extra}”: pip install 'digitpad[{extra}]'")
