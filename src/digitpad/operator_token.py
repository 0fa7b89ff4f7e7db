"""The operator's token: made here, kept only as a hash, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Final

from digitpad.errors import SettingError

PREFIX: Final = "sha256:"
_HASHED: Final = re.compile(r"sha256:[0-9a-f]{64}")


def new() -> str:
    """A token that nobody can guess: 256 random bits. Its hash therefore needs no salt and no slow function."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """The form in which a token is kept, such as sha256:9f86d0…; a token in that form stays as it is.

    Blanks around it do not belong to it, as they do not where it is given.

    :raises SettingError: it begins like a hash but is not one, or could not be sent in a header
    """
    token = token.strip()
    if not (token and token.isascii() and token.isprintable()):
        raise SettingError(
            "DIGITPAD_OPERATOR_TOKEN: a token has letters, digits, blanks and signs of ASCII, as headers carry nothing "
            "else; `digitpad token` makes one"
        )
    if not token.startswith(PREFIX):
        return PREFIX + hashlib.sha256(token.encode()).hexdigest()
    if not _HASHED.fullmatch(token):
        raise SettingError(
            "DIGITPAD_OPERATOR_TOKEN: sha256: must be followed by 64 hexadecimal digits; `digitpad token` makes one"
        )
    return token


def matches(token: str, kept: str) -> bool:
    """Whether `token` is the one whose hash is `kept`. A hash is not a token."""
    given = PREFIX + hashlib.sha256(token.encode()).hexdigest()
    return bool(kept) and hmac.compare_digest(given, kept)
