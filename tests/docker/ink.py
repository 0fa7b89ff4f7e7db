"""One drawing in each form that clients send."""

from __future__ import annotations

import base64
import io
from typing import Final

from PIL import Image, ImageDraw

from tests.handwriting import DIGITS

SEVEN: Final = {"ink": {"strokes": DIGITS[7]}}


def seven_as_data_url() -> str:
    """The format that the original's page sends: its canvas as PNG, black on white."""
    canvas = Image.new("L", (280, 280), 255)
    for way in DIGITS[7]:
        ImageDraw.Draw(canvas).line(way, fill=0, width=20, joint="curve")
    png = io.BytesIO()
    canvas.save(png, "PNG")
    return "data:image/png;base64," + base64.b64encode(png.getvalue()).decode()
