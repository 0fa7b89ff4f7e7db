"""A class: its code for those who draw, its key for whoever teaches, and the id under which its drawings lie.

The key is drawn at random. The code follows from it by scrypt, so slowly that nobody finds a key for a code; the
id follows from the code. So nothing has to be kept to know a class, on any host, and whoever knows the code alone
can add drawings and see none. The id is a UUID of version 5, which no visitor's cookie can hold (version 4).
"""

from __future__ import annotations

import hashlib
import re
import secrets
from base64 import b32encode
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from digitpad.errors import DigitpadError

LETTERS: Final = "ABCDEFGHJKMNPQRSTVWXYZ0123456789"
"""32 signs without I, L, O and U (Crockford's base 32): read aloud and typed by children."""
PATTERN: Final = "^[0-9A-Za-z]{3}-?[0-9A-Za-z]{3}-?[0-9A-Za-z]{3}$"
_MEANT: Final = str.maketrans("ILO", "110", "- ")
_BASE32: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", LETTERS)
_SIGNS: Final = 8  # of the code, 5 bits each; a ninth finds mistyped ones
_KEY: Final = 16  # bytes
_KEY_FORM: Final = re.compile("[a-z2-7]{26}")
_NAMESPACE: Final = UUID("2b7c4f0a-8d2e-5c57-9a33-636c61737365")


class NoSuchClass(DigitpadError):
    """A code that is none: most likely mistyped."""

    code = "no-such-class"


class NotTheTeacher(DigitpadError):
    """A key that is not the class's."""

    code = "not-the-teacher"


@dataclass(frozen=True, slots=True)
class Class:
    """A class, as its code names it."""

    code: str
    """As people read it: K7P-M2X-QD4."""

    @property
    def id(self) -> UUID:
        """Under which its drawings lie in the store, in a visitor's place."""
        return uuid5(_NAMESPACE, self.code)


def new_key() -> str:
    """A key that nobody guesses: 128 random bits as 26 letters and digits."""
    return b32encode(secrets.token_bytes(_KEY)).decode().rstrip("=").lower()


def is_key(text: str) -> bool:
    """Whether `text` looks like a key, of any class."""
    return _KEY_FORM.fullmatch(text) is not None


def class_of(key: str) -> Class:
    """The class to which a key belongs: some 80 ms of work and 16 MB of memory, that is the point of it."""
    seed = hashlib.scrypt(key.encode(), salt=b"digitpad class", n=2**14, r=8, p=1, dklen=5)
    signs = b32encode(seed).decode().translate(_BASE32)
    return Class(_shown(signs + _check(signs)))


def named(text: str) -> Class:
    """The class of a code, however it was typed: small letters, without dashes, O for 0.

    :raises NoSuchClass: it is none
    """
    signs = text.upper().translate(_MEANT)
    if len(signs) != _SIGNS + 1 or set(signs) - set(LETTERS) or _check(signs[:_SIGNS]) != signs[_SIGNS]:
        raise NoSuchClass("there is no class with this code: is it mistyped?")
    return Class(_shown(signs))


def _check(signs: str) -> str:
    """The ninth sign: one mistyped sign changes it, and so do most exchanged neighbours (Luhn, modulo 32)."""
    total = 0
    for at, sign in enumerate(reversed(signs)):
        double = LETTERS.index(sign) * (2 if at % 2 == 0 else 1)
        total += double // 32 + double % 32
    return LETTERS[-total % 32]


def _shown(signs: str) -> str:
    return f"{signs[:3]}-{signs[3:6]}-{signs[6:]}"
