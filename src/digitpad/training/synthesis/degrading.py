"""What cameras, scanners, paper and dirt do to a picture of a digit.

None of these is one of the corruptions that the model is measured on (`training.corruption`): those are never
trained on. Pictures are arrays of uint8 of any size, 0 paper to 255 ink, unless inverted.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Picture = NDArray[np.uint8]


def degraded(picture: Picture, rng: np.random.Generator) -> Picture:
    """Apply one or two mishaps to `picture`, and sometimes take away some of its contrast."""
    for _ in range(1 if rng.random() < 0.75 else 2):
        picture = MISHAPS[int(rng.integers(len(MISHAPS)))](picture, rng)
    if rng.random() < 0.3:
        low, high = rng.uniform(0, 110), rng.uniform(150, 255)
        picture = _bytes(low + picture / 255.0 * (high - low))
    return picture


def inverted(picture: Picture) -> Picture:
    """Dark ink on light paper."""
    return 255 - picture


def noisy(picture: Picture, rng: np.random.Generator) -> Picture:
    """Each pixel a little off."""
    return _bytes(picture + rng.normal(0, rng.uniform(8, 65), picture.shape))


def speckled(picture: Picture, rng: np.random.Generator) -> Picture:
    """Dust of any grey, from single pixels to small flakes."""
    hit = rng.random(picture.shape) < rng.uniform(0.01, 0.2)
    if rng.random() < 0.3:
        hit |= np.roll(hit, 1, int(rng.integers(2)))
    return np.where(hit, rng.integers(0, 256, picture.shape), picture).astype(np.uint8)


def soft(picture: Picture, rng: np.random.Generator) -> Picture:
    """Out of focus."""
    return np.asarray(
        Image.fromarray(picture).filter(ImageFilter.GaussianBlur(_pixel(picture) * rng.uniform(0.4, 1.1)))
    )


def coarse(picture: Picture, rng: np.random.Generator) -> Picture:
    """Scanned in few pixels."""
    image = Image.fromarray(picture)
    side = int(rng.integers(12, 20))
    return np.asarray(
        image.resize((side, side), Image.Resampling.BOX).resize(image.size, Image.Resampling.BICUBIC)
    )


def doubled(picture: Picture, rng: np.random.Generator) -> Picture:
    """Shaken: seen two to four times at places along a line, weaker with time."""
    step = rng.normal(0, 1.6 * _pixel(picture), 2)
    result, total = picture.astype(np.float64), 1.0
    for time in range(1, int(rng.integers(2, 5))):
        weight = rng.uniform(0.4, 1.0) ** time
        result = result + weight * np.roll(picture, np.rint(step * time).astype(int), (0, 1))
        total += weight
    return _bytes(result / total)


def jumbled(picture: Picture, rng: np.random.Generator) -> Picture:
    """Seen through water: each pixel taken from a little beside its own place."""
    height, width = picture.shape
    reach = rng.uniform(0.4, 1.3) * _pixel(picture)
    rows = np.arange(height)[:, None] + rng.normal(0, reach, picture.shape)
    columns = np.arange(width)[None] + rng.normal(0, reach, picture.shape)
    moved = picture[
        np.clip(np.rint(rows), 0, height - 1).astype(int), np.clip(np.rint(columns), 0, width - 1).astype(int)
    ]
    return np.asarray(Image.fromarray(moved).filter(ImageFilter.GaussianBlur(0.6 * _pixel(picture))))


def shaded(picture: Picture, rng: np.random.Generator) -> Picture:
    """Clouded by shadows and stains, from wide to small, up to 2.6 times as strong as the ink."""
    height, width = picture.shape
    cloud = np.zeros(picture.shape)
    weight = 1.0
    for cells in (2, 4, 8, 16):
        noise = Image.fromarray((rng.random((cells, cells)) * 255).astype(np.uint8))
        cloud += weight * np.asarray(noise.resize((width, height), Image.Resampling.BICUBIC), np.float64)
        weight *= rng.uniform(0.3, 0.8)
    cloud = (cloud - cloud.min()) / max(float(np.ptp(cloud)), 1e-6)
    ink = picture / 255 + rng.uniform(0.2, 2.6) * cloud
    return _bytes(255 * ink / ink.max())


def stained(picture: Picture, rng: np.random.Generator) -> Picture:
    """Drops that lie over the ink, fainter than it."""
    image = Image.fromarray(picture)
    pencil, unit = ImageDraw.Draw(image), _pixel(picture)
    for _ in range(rng.integers(2, 14)):
        x, y = rng.uniform(0, 28, 2) * unit
        rx, ry = rng.uniform(0.7, 3, 2) * unit
        pencil.ellipse((x - rx, y - ry, x + rx, y + ry), fill=int(rng.integers(0, 130)))
    return np.asarray(image)


def scratched(picture: Picture, rng: np.random.Generator) -> Picture:
    """Fine lines right across, straight or wavy, whole or broken: a fold, a hair, the rule of a form."""
    unit = _pixel(picture)
    height, width = picture.shape
    layer = Image.new("L", (2 * width, 2 * height))
    pencil = ImageDraw.Draw(layer)
    for _ in range(rng.integers(1, 3)):
        start, end = (
            np.array((rng.uniform(-2, 4), rng.uniform(0, 28))),
            np.array((rng.uniform(24, 30), rng.uniform(0, 28))),
        )
        if rng.random() < 0.25:
            start, end = start[::-1], end[::-1]
        t = np.linspace(0, 1, int(rng.integers(20, 60)))[:, None]
        side = np.array((start[1] - end[1], end[0] - start[0])) / max(float(np.hypot(*(end - start))), 1e-6)
        wave = rng.choice((0.0, rng.uniform(0.4, 2.5), rng.uniform(0.4, 2.5))) * np.sin(
            t * rng.uniform(4, 45) + rng.uniform(0, 6)
        )
        points = ((start + (end - start) * t) + wave * side) * unit * 2
        wide = max(1, round(2 * unit * rng.uniform(0.6, 2.4)))
        level, broken = int(rng.integers(90, 256)), int(rng.choice((0, 0, 2, 3, 4)))
        for at, (a, b) in enumerate(pairwise(points)):
            if not broken or at % broken < max(1, broken // 2):
                pencil.line((*a, *b), fill=level, width=wide)
    scratches: Picture = np.maximum(picture, np.asarray(layer.reduce(2)))
    return scratches


def ruled(picture: Picture, rng: np.random.Generator) -> Picture:
    """The lines or squares of ruled paper, fainter than the ink."""
    unit = _pixel(picture)
    result, level = picture.copy(), int(rng.integers(25, 110))
    gap = max(3, round(rng.uniform(4, 14) * unit))
    wide = max(1, round(unit * rng.uniform(0.2, 0.8)))
    squares = rng.random() < 0.5
    for at in range(int(rng.integers(gap)), max(picture.shape), gap):
        result[at : at + wide] = np.maximum(result[at : at + wide], level)
        if squares:
            result[:, at : at + wide] = np.maximum(result[:, at : at + wide], level)
    return result


def outlined(picture: Picture, rng: np.random.Generator) -> Picture:
    """Only the edges of the strokes, as drawing programs and some scanners leave them."""
    image = Image.fromarray(picture)
    width = 3 if _pixel(picture) < 2 else 5
    wide, thin = image.filter(ImageFilter.MaxFilter(width)), image.filter(ImageFilter.MinFilter(width))
    outer, inner = (wide, image) if rng.random() < 0.5 else (image, thin)
    if rng.random() < 0.3:
        outer, inner = wide, thin
    edge = np.asarray(outer, np.int16) - np.asarray(inner, np.int16)
    if rng.random() < 0.5:
        edge = np.where(edge > rng.uniform(40, 130), 255, 0)
    return edge.astype(np.uint8)


def partly_inverted(picture: Picture, rng: np.random.Generator) -> Picture:
    """A band or a rectangle in which ink and paper are swapped."""
    height, width = picture.shape
    top, bottom = sorted(rng.integers(0, height + 1, 2))
    left, right = sorted(rng.integers(0, width + 1, 2))
    if rng.random() < 0.8:  # a band right across
        if rng.random() < 0.5:
            top, bottom = 0, height
        else:
            left, right = 0, width
    result = picture.copy()
    result[top:bottom, left:right] = 255 - result[top:bottom, left:right]
    return result


def _pixel(picture: Picture) -> float:
    """How many of its pixels, along one side, make a pixel of a 28×28 picture."""
    return float(max(picture.shape)) / 28


def _bytes(levels: NDArray[np.float64]) -> Picture:
    return np.clip(levels, 0, 255).astype(np.uint8)


MISHAPS: Final[tuple[Callable[[Picture, np.random.Generator], Picture], ...]] = (
    *(noisy, speckled, soft, coarse, doubled, jumbled, stained, ruled, outlined, partly_inverted),
    *(shaded, scratched) * 4,
)
"""Each entry is equally likely; those that are hardest to read through are listed four times."""
