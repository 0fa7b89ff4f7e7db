"""Screenshots for the README and docs, small enough to keep in the repository."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

IMAGES = Path(__file__).parents[2] / "docs" / "images"
COLOURS = 256  # more than the page has, apart from the shades of its shadows

wanted = pytest.mark.skipif(
    not os.environ.get("DIGITPAD_PICTURES"), reason="DIGITPAD_PICTURES=1 takes the pictures"
)


def take(page: Page, name: str, *, top: str = "body", full_page: bool = False) -> None:
    """Save a picture of `page` from the element `top` on, with nothing moving or focused."""
    page.mouse.move(0, 0)
    page.evaluate(
        "top => { document.activeElement.blur(); document.querySelector(top).scrollIntoView(); scrollBy(0, -16); }",
        top,
    )
    page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished.catch(() => null)))")
    page.evaluate("Promise.all([...document.images].map((image) => image.decode()))")
    IMAGES.mkdir(parents=True, exist_ok=True)
    shot = Image.open(BytesIO(page.screenshot(full_page=full_page))).convert("RGB")
    shot.quantize(COLOURS, kmeans=2, dither=Image.Dither.NONE).save(IMAGES / f"{name}.png", optimize=True)
