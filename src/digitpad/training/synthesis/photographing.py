"""What a photograph adds to ink: uneven light, shadows, rules and squares, frames, and other writing.

Pictures are arrays of uint8, 0 paper to 255 ink, as in `degrading`; these also contain the photograph's light.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from digitpad.training.synthesis.degrading import Picture

PLAIN: Final = 0.35  # share of the photographs with nothing on the paper but the ink
Shade = NDArray[np.float64]
"""Shape of the picture, 0 to 1."""
Thing = Callable[[Picture, np.random.Generator], Shade]
"""Returns how much of the light something on the paper takes away."""


def photographed(picture: Picture, rng: np.random.Generator) -> Picture:
    """Put the ink of `picture` on paper and take a photograph of it."""
    printed = 1 - np.maximum.reduce(
        [thing(picture, rng) for thing in _things(rng)] or [np.zeros(picture.shape)]
    )
    paper = np.clip(printed + rng.normal(0, rng.uniform(0.005, 0.03), picture.shape), 0, 1)
    pen = rng.uniform(0.25, 0.95) * (1 - 0.3 * _cloud(picture.shape, 28, rng))
    seen = 255 * rng.uniform(0.6, 1) * paper * (1 - pen * picture / 255) * _light(picture.shape, rng)
    seen = seen + rng.normal(0, rng.uniform(1, 6), picture.shape)
    image = Image.fromarray(np.clip(seen, 0, 255).astype(np.uint8))
    return 255 - np.asarray(image.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 1.2))))


def _light(shape: tuple[int, ...], rng: np.random.Generator) -> Shade:
    """Light that falls off to one side, often with a shadow, whose edge is hard or soft."""
    rows, columns = (np.linspace(-0.5, 0.5, side) for side in shape)
    angle = rng.uniform(0, 2 * np.pi)
    away = rows[:, None] * np.sin(angle) + columns * np.cos(angle)
    light: Shade = 1 - rng.uniform(0, 0.5) * (away + 0.5)
    if rng.random() < 0.35:
        angle += rng.uniform(0.5, 2)
        away = rows[:, None] * np.sin(angle) + columns * np.cos(angle) - rng.uniform(-0.35, 0.35)
        light = light * (1 - rng.uniform(0.2, 0.5) / (1 + np.exp(-away * rng.uniform(10, 80))))
    return np.clip(light, 0.05, 1)


def _things(rng: np.random.Generator) -> list[Thing]:
    """What else is on the paper; often nothing."""
    if rng.random() < PLAIN:
        return []
    things = [_rules, _rules, _frame, _edges, _beside, _pattern]
    return [things[at] for at in rng.choice(len(things), 1 if rng.random() < 0.8 else 2, replace=False)]


def _rules(picture: Picture, rng: np.random.Generator) -> Shade:
    """Lines or squares, mostly fainter and thinner than the ink, not quite level."""
    height, width = picture.shape
    gap, wide, slant = rng.uniform(9, 60), rng.uniform(0.5, 2.5), rng.normal(0, 0.02)
    rows, columns = np.arange(height)[:, None], np.arange(width)
    inked = (rows + slant * columns + rng.uniform(0, gap)) % gap < wide
    if rng.random() < 0.6:
        inked = inked | ((columns - slant * rows + rng.uniform(0, gap)) % gap < wide)
    return np.where(inked, rng.uniform(0.06, 0.6), 0.0)


def _frame(picture: Picture, rng: np.random.Generator) -> Shade:
    """A printed box round the drawing."""
    left, top, right, bottom = Image.fromarray(picture).getbbox() or (0, 0, 1, 1)
    margins = rng.uniform(2, 22, 4)
    layer = Image.new("L", picture.shape[::-1])
    ImageDraw.Draw(layer).rectangle(
        (left - margins[0], top - margins[1], right + margins[2], bottom + margins[3]),
        outline=255,
        width=int(rng.integers(1, 4)),
    )
    return np.asarray(layer) / 255 * rng.uniform(0.2, 0.8)


def _edges(picture: Picture, rng: np.random.Generator) -> Shade:
    """The lines of a form or a square, at the edges of the picture that was cut along them."""
    height, width = picture.shape
    layer = Image.new("L", (width, height))
    pencil = ImageDraw.Draw(layer)
    for side in np.flatnonzero(rng.random(4) < 0.6):
        start, end = rng.uniform(-1, 5, 2)
        ends = [(0, start), (width, end)] if side < 2 else [(start, 0), (end, height)]
        if side % 2:
            ends = [(width - x, height - y) for x, y in ends]
        pencil.line([*ends[0], *ends[1]], fill=255, width=int(rng.integers(1, 5)))
    return np.asarray(layer) / 255 * rng.uniform(0.3, 0.95)


def _beside(picture: Picture, rng: np.random.Generator) -> Shade:
    """Ends of other writing that reach into the picture."""
    height, width = picture.shape
    layer = Image.new("L", (width, height))
    pencil = ImageDraw.Draw(layer)
    for _ in range(rng.integers(1, 4)):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        deep, along = rng.uniform(3, 14), rng.normal(0, 12)
        ends = [(x, 0, x + along, deep), (x, height, x + along, height - deep)]
        ends += [(0, y, deep, y + along), (width, y, width - deep, y + along)]
        pencil.line(ends[int(rng.integers(4))], fill=255, width=int(rng.integers(2, 7)))
    clear = np.asarray(Image.fromarray(picture).filter(ImageFilter.MaxFilter(7))) == 0
    return np.where(clear, np.asarray(layer) / 255 * rng.uniform(0.3, 0.9), 0.0)


def _pattern(picture: Picture, rng: np.random.Generator) -> Shade:
    """The fine waves printed on cheques, or the grain of coarse paper."""
    if rng.random() < 0.4:
        return _cloud(picture.shape, int(rng.integers(20, 56)), rng) * rng.uniform(0.05, 0.25)
    rows, columns = np.arange(picture.shape[0])[:, None], np.arange(picture.shape[1])
    waves = np.sin(rng.uniform(0.4, 1.5) * (columns + rng.uniform(0, 4) * np.sin(rows / rng.uniform(4, 15))))
    return np.where(waves > rng.uniform(-0.2, 0.8), rng.uniform(0.04, 0.22), 0.0)


def _cloud(shape: tuple[int, ...], cells: int, rng: np.random.Generator) -> Shade:
    noise = Image.fromarray((rng.random((cells, cells)) * 255).astype(np.uint8))
    height, width = shape
    return np.asarray(noise.resize((width, height), Image.Resampling.BICUBIC)) / 255
