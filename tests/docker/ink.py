"""One drawing in the forms in which a client sends it."""

from __future__ import annotations

import base64
import io
from typing import Final

from PIL import Image, ImageDraw

STROKE: Final = [(70, 60), (200, 60), (130, 230)]  # a seven on the page's canvas
SEVEN: Final = {"ink": {"strokes": [[list(point) for point in STROKE]]}}


def seven_as_data_url() -> str:
    """What the original's page sends: its canvas as PNG, black on white."""
    canvas = Image.new("L", (280, 280), 255)
    ImageDraw.Draw(canvas).line(STROKE, fill=0, width=20, joint="curve")
    png = io.BytesIO()
    canvas.save(png, "PNG")
    return "data:image/png;base64," + base64.b64encode(png.getvalue()).decode()
