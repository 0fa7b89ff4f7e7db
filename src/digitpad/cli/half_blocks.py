"""A picture in a terminal: two pixels per character, one above the other."""

from __future__ import annotations

from typing import Final

import numpy as np
from PIL import Image

from digitpad import picture
from digitpad.paper import paper_is_light
from digitpad.paper.otsu import otsu_threshold

COLUMNS: Final = 48
BLOCKS: Final = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def draw(png: bytes, columns: int = COLUMNS) -> str:
    """The ink of a PNG, in up to `columns` lines of up to `columns` characters.

    :raises BadPicture: `png` is not a picture
    """
    image = Image.fromarray(picture.from_bytes(png))
    most = 2 * columns  # rows: two per line
    columns = min(columns, max(1, round(image.width * most / image.height)))
    rows = min(most, max(2, round(image.height * columns / image.width / 2) * 2))
    dark_ink = paper_is_light(np.asarray(image), otsu_threshold(image.histogram()))
    shrunk = image.resize((columns, rows), Image.Resampling.BOX)
    small, middle = np.asarray(shrunk), otsu_threshold(shrunk.histogram())
    ink = (small <= middle) if dark_ink else (small > middle)
    if small.min() == small.max():
        ink = np.zeros_like(ink)
    lines = (
        "".join(BLOCKS[bool(above), bool(below)] for above, below in zip(*pair, strict=True)).rstrip()
        for pair in zip(ink[::2], ink[1::2], strict=True)
    )
    return "\n".join(lines).strip("\n")
