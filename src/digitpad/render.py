"""Renders a recorded drawing as a PNG for people to look at."""

from __future__ import annotations

import io
from typing import Final, Literal

import numpy as np
from PIL import Image, ImageDraw

from digitpad.ink import SMALLEST, Ink

CANVAS_SIDE: Final = 280  # pixels: the page's canvas
PEN: Final = 14  # pixels on that canvas, as the page draws
MARGIN: Final = 20  # pixels around ink that is not in the canvas's unit
FINER: Final = 2  # drawn twice as large and scaled down, for smooth edges


def to_png(source: Literal["ink", "picture"], drawing: bytes) -> bytes:
    """Show a record's drawing: ink is drawn black on white, 280×280; a picture is already a PNG."""
    return ink_to_png(Ink.from_json(drawing)) if source == "ink" else drawing


def ink_to_png(ink: Ink) -> bytes:
    """Draw ink on the page's canvas; ink in another unit is scaled to fit it."""
    side = CANVAS_SIDE * FINER
    image = Image.new("L", (side, side), 255)
    pen = ImageDraw.Draw(image)
    radius = PEN * FINER / 2
    scale, offset = _placement(ink)
    for xy in ink.strokes:
        points = [(float(x), float(y)) for x, y in (xy * scale + offset) * FINER]
        pen.line(points, fill=0, width=PEN * FINER, joint="curve")
        for x, y in (points[0], points[-1]):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=0)
    out = io.BytesIO()
    image.resize((CANVAS_SIDE, CANVAS_SIDE), Image.Resampling.BOX).save(out, "PNG", optimize=True)
    return out.getvalue()


def _placement(ink: Ink) -> tuple[float, np.ndarray]:
    """Scale and offset that bring the ink onto the canvas; 1 and 0 if it already lies there."""
    if ink.is_blank:
        return 1.0, np.zeros(2)
    left, top, right, bottom = ink.bounds()
    longer = max(right - left, bottom - top)
    if (
        left >= 0
        and top >= 0
        and right <= CANVAS_SIDE
        and bottom <= CANVAS_SIDE
        and longer > CANVAS_SIDE / 10
    ):
        return 1.0, np.zeros(2)
    scale = (CANVAS_SIDE - 2 * MARGIN) / longer if longer > SMALLEST else 0.0
    return scale, CANVAS_SIDE / 2 - scale * np.array([(left + right) / 2, (top + bottom) / 2])
