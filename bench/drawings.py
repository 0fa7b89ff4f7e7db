"""The drawings that measurements send or keep: our own handwriting as strokes, grey PNG, and a browser's RGBA PNG."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image

from digitpad import Ink
from digitpad.render import ink_to_png
from tests.handwriting import DIGITS, Way, paced

Strokes = list[list[tuple[float, float, int]]]


def as_sent(ways: list[Way], step: float) -> Strokes:
    """Strokes as the page sends them: tenths of a pixel, and a point every `step` pixels and eight milliseconds."""
    return [
        [(round(x, 1), round(y, 1), 8 * number) for number, (x, y) in enumerate(paced(way, step))]
        for way in ways
    ]


INKS: Final = [as_sent(ways, 8) for ways in DIGITS.values()]
"""The ten digits, of 29 to 64 points."""
SIXTY_POINTS: Final = as_sent(DIGITS[4], 6.1)
"""A four in two strokes."""
AS_KEPT: Final = [Ink.from_strokes([paced(way) for way in ways]).to_json() for ways in DIGITS.values()]
"""The ten digits as a store keeps them, without times."""


def grey_png(strokes: Strokes) -> bytes:
    """Black on white, 280×280."""
    return ink_to_png(Ink.from_strokes(strokes))


def rgba_png(strokes: Strokes) -> bytes:
    """The same drawing as `canvas.toDataURL` gives it: black ink on a transparent ground."""
    alpha = Image.open(io.BytesIO(grey_png(strokes))).point([255 - level for level in range(256)])
    picture = Image.merge("RGBA", [*(Image.new("L", alpha.size) for _ in "RGB"), alpha])
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
