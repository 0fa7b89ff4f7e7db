"""A class: its code for those who draw, its key for the teacher, and the id under which its drawings are stored.

The key is random. The code is derived from it by scrypt, slowly enough that nobody finds a key for a code; the id is
derived from the code. So any host recognizes a class without storing anything, and somebody who knows only the code
can add drawings but see none. The id is a UUID of version 5, which no visitor's cookie can hold (version 4).
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
"""32 characters without I, L, O and U (Crockford's base 32), for reading aloud and for children to type."""
PATTERN: Final = "^[0-9A-Za-z]{3}-?[0-9A-Za-z]{3}-?[0-9A-Za-z]{3}$"
_MEANT: Final = str.maketrans("ILO", "110", "- ")
_BASE32: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", LETTERS)
_SIGNS: Final = 8  # of the code, 5 bits each; a ninth detects mistyped ones
_KEY: Final = 16  # bytes
_KEY_FORM: Final = re.compile("[a-z2-7]{26}")
_NAMESPACE: Final = UUID("2b7c4f0a-8d2e-5c57-9a33-636c61737365")


class NoSuchClass(DigitpadError):
    """An invalid code, most likely mistyped."""

    code = "no-such-class"


class NotTheTeacher(DigitpadError):
    """A key that is not the class's."""

    code = "not-the-teacher"


@dataclass(frozen=True, slots=True)
class Class:
    """A class, identified by its code."""

    code: str
    """As people read it: K7P-M2X-QD4."""

    @property
    def id(self) -> UUID:
        """The id under which its drawings are stored, in place of a visitor's."""
        return uuid5(_NAMESPACE, self.code)


def new_key() -> str:
    """A key that nobody can guess: 128 random bits as 26 letters and digits."""
    return b32encode(secrets.token_bytes(_KEY)).decode().rstrip("=").lower()


def is_key(text: str) -> bool:
    """Whether `text` looks like a key, of any class."""
    return _KEY_FORM.fullmatch(text) is not None


def class_of(key: str) -> Class:
    """The class to which a key belongs. This takes some 80 ms and 16 MB of memory on purpose."""
    seed = hashlib.scrypt(key.encode(), salt=b"digitpad class", n=2**14, r=8, p=1, dklen=5)
    signs = b32encode(seed).decode().translate(_BASE32)
    return Class(_shown(signs + _check(signs)))


def named(text: str) -> Class:
    """The class of a code, however it was typed: in lower case, without dashes, with O for 0.

    :raises NoSuchClass: the code is invalid
    """
    signs = text.upper().translate(_MEANT)
    if len(signs) != _SIGNS + 1 or set(signs) - set(LETTERS) or _check(signs[:_SIGNS]) != signs[_SIGNS]:
        raise NoSuchClass("there is no class with this code: is it mistyped?")
    return Class(_shown(signs))


def _check(signs: str) -> str:
    """The ninth sign: one mistyped sign changes it, and so do most swaps of neighbours (Luhn, modulo 32)."""
    total = 0
    for at, sign in enumerate(reversed(signs)):
        double = LETTERS.index(sign) * (2 if at % 2 == 0 else 1)
        total += double // 32 + double % 32
    return LETTERS[-total % 32]


def _shown(signs: str) -> str:
    return f"{signs[:3]}-{signs[3:6]}-{signs[6:]}"
