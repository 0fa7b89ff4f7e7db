"""Letters and symbols as strokes: Hershey's fonts for plotters, and the outlines of handwriting fonts.

What a person could read as a digit (a lower-case L, an O, …) is left out, and so are the digits themselves.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digitpad.training.fonts import FONTS, UNSEEN, handwriting_fonts
from digitpad.training.synthesis.skeleton import strokes_of
from digitpad.training.synthesis.strokes import Strokes

LETTERS: Final = "ACEFGHJKLMNPRTUVWXYacdefhjkmnprtuvwxy"
"""Without BDIOQSZ and bgiloqsz: those could be digits. (Q only where it is joined up: there it is a 2.)"""
SYMBOLS: Final = "#%&*+<=>@?[]^{}~"
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
"""The characters taken from each font, whose slots hold whatever the font is for."""
DRAWN: Final = 56  # pixels: the height in which outlines are drawn to find their middle


@cache
def letters() -> tuple[Strokes, ...]:
    """All letters and symbols to train on, each once; their size is their font's.

    :raises DataError: the handwriting fonts cannot be had
    """
    return (*_from_hershey(), *_from_outlines(FONTS))


@cache
def unseen_letters() -> tuple[Strokes, ...]:
    """Letters to measure by, from fonts that nothing is trained on. See `letters`."""
    return tuple(_from_outlines(UNSEEN))


def _from_hershey() -> Iterator[Strokes]:
    from HersheyFonts import HersheyFonts  # noqa: PLC0415  ships no types, and is asked for in training only

    fonts = HersheyFonts()
    for font, characters in HERSHEY.items():
        fonts.load_default_font(font)
        for character in characters:
            strokes = [np.array(list(stroke), np.float64) for stroke in fonts.strokes_for_text(character)]
            if strokes:
                yield strokes


def _from_outlines(fonts: dict[str, str]) -> Iterator[Strokes]:
    for content in handwriting_fonts(fonts):
        font = ImageFont.truetype(io.BytesIO(content), DRAWN)
        for character in LETTERS + "Q":
            left, top, right, bottom = (int(edge) for edge in font.getbbox(character))
            image = Image.new("L", (right - left + 4, bottom - top + 4))
            ImageDraw.Draw(image).text((2 - left, 2 - top), character, fill=255, font=font)
            strokes = strokes_of(np.asarray(image))
            if strokes:
                yield strokes
