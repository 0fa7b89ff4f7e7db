"""Letters and symbols as strokes: Hershey's fonts for plotters, and the outlines of handwriting fonts.

What a person could read as a digit (a lower-case L, an O, …) is left out, and so are the digits themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digitpad.training.fonts import FONTS, UNSEEN, handwriting_font
from digitpad.training.synthesis.skeleton import strokes_of
from digitpad.training.synthesis.strokes import Strokes

LETTERS: Final = "ACEFGHJKLMNPRTUVWXYacdefhjkmnprtuvwxy"
"""Without BDIOQSZ and bgiloqsz: those could be digits. (Q only in joined-up writing, where it looks like a 2.)"""
SYMBOLS: Final = "#%&*+<=>@?[]^{}~"
WRITTEN_SYMBOLS: Final = "#%&*+=@?"
"""Those that every handwriting font has in a form of its own."""
HERSHEY: Final[dict[str, str]] = {
    "futural": LETTERS + SYMBOLS + "Q",
    "scripts": LETTERS,
    "cursive": LETTERS,
    "scriptc": LETTERS,
    "timesr": LETTERS + "Q",
    "timesi": LETTERS,
    "mathlow": "ACEFHJKMNPRTUVWXY#:;aefghjklmnoqryz{|}",
    "greeks": "ACDEGJKLMNPQRSTUVWXacegjklmpqstuvwx",
    "cyrilc_1": "ADEFGIJKLMNPQRSTUVWYZadefgijklmnpqrstuvwyz",
    "symbolic": "89:;<=>?ACDEFHIJKLMNOPQRSTUVWXYZ^`bcdefghijkmopqrsxz~",
    "markers": "BCDEFGHIJKLMNO",
    "astrology": "#$%&()-:<=>?@[]^_`{}~",
    "music": "&*:;<=>",
    "japanese": "#$%&()*+,-./0ABDEFGIJKMNPUVWXZ_`abcdefghlnoqrtxyz{|}",
}
"""The characters taken from each font; what a character shows depends on the font."""
DRAWN: Final = 56  # pixels: the height at which outlines are drawn to find their centre lines


Letter = tuple[str, str]
"""A font and one of its characters."""


def letter(rng: np.random.Generator) -> Strokes:
    """Any letter or symbol to train on; its size is its font's.

    :raises DataError: the handwriting fonts cannot be fetched
    """
    return _one_of(LETTERS_TO_TRAIN_ON, rng)


def unseen_letter(rng: np.random.Generator) -> Strokes:
    """A letter to measure with, from fonts that are never trained on. See `letter`."""
    return _one_of(UNSEEN_LETTERS, rng)


def _one_of(letters: tuple[Letter, ...], rng: np.random.Generator) -> Strokes:
    while not (strokes := _strokes(*letters[int(rng.integers(len(letters)))])):
        pass  # the font has nothing there
    return strokes


@cache
def _strokes(font: str, character: str) -> Strokes:
    """Made on first use: there are thousands, and a short training run needs few of them."""
    return _plotted(font, character) if font in HERSHEY else _from_outline(_face(font), character)


def _plotted(font: str, character: str) -> Strokes:
    fonts = _hershey()
    fonts.load_default_font(font)
    return [np.array(list(stroke), np.float64) for stroke in fonts.strokes_for_text(character)]


def _from_outline(face: ImageFont.FreeTypeFont, character: str) -> Strokes:
    left, top, right, bottom = (int(edge) for edge in face.getbbox(character))
    image = Image.new("L", (right - left + 4, bottom - top + 4))
    ImageDraw.Draw(image).text((2 - left, 2 - top), character, fill=255, font=face)
    return strokes_of(np.asarray(image))


@cache
def _face(font: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(handwriting_font(font), DRAWN)


@cache
def _hershey() -> Any:
    from HersheyFonts import HersheyFonts  # noqa: PLC0415  ships no types, and only training needs it

    return HersheyFonts()


def _each(fonts: Iterable[str], characters: str) -> Iterator[Letter]:
    return ((font, character) for font in fonts for character in characters)


PLOTTED: Final = tuple((font, character) for font, characters in HERSHEY.items() for character in characters)
# Hershey's are listed three times: they are few, and most symbols are theirs.
LETTERS_TO_TRAIN_ON: Final = (*PLOTTED * 3, *_each(FONTS, LETTERS + "Q" + WRITTEN_SYMBOLS))
UNSEEN_LETTERS: Final = tuple(_each(UNSEEN, LETTERS + "Q"))
