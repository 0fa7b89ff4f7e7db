"""The fuzzed entry points, as functions of bytes: a refusal by one of our own errors is fine, any other error is not.

What is let in must also go all the way: into the canonical form, into a record, and back out of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from digitpad import picture, render
from digitpad.errors import BadDrawing
from digitpad.forms import to_sight
from digitpad.ink import MAX_POINTS, MAX_STROKES, Ink
from digitpad.picture import MAX_PIXELS, GreyArray
from digitpad.web.exchange import bodies
from digitpad.web.exchange.bodies import BatchBody, UnsupportedMediaType

Target = Callable[[bytes], bool]
"""Says whether anything in the bytes was let in."""


def a_picture(data: bytes) -> bool:
    """`data` as the raw body of an image/png."""
    try:
        wanted = bodies.from_body(data, "image/png")
    except BadDrawing:
        return False
    _goes_all_the_way(wanted.drawing)
    return True


def a_body(data: bytes) -> bool:
    """`data` as a JSON body: strokes, or a picture in base64; then as a batch, then as the original's data URL."""
    let_in = False
    for read in (_one, _batch, bodies.from_base64):
        try:
            found = read(data)
        except (BadDrawing, UnsupportedMediaType):
            continue
        for drawing in found if isinstance(found, list) else [found]:
            let_in = True
            _goes_all_the_way(drawing)
    return let_in


TARGETS: Final[dict[str, Target]] = {"picture": a_picture, "ink": a_body}


def _one(data: bytes) -> Ink | GreyArray:
    return bodies.from_body(data, "application/json").drawing


def _batch(data: bytes) -> list[Ink | GreyArray]:
    body = bodies.decode(data, BatchBody)
    assert len(body.drawings) <= bodies.MAX_BATCH
    return [bodies.drawing_in(bodies.decode(item, bodies.DrawingBody)) for item in body.drawings]


def _goes_all_the_way(drawing: Ink | GreyArray) -> None:
    if isinstance(drawing, Ink):
        assert len(drawing.strokes) <= MAX_STROKES
        assert sum(map(len, drawing.strokes)) <= MAX_POINTS
        assert all(np.isfinite(xy).all() for xy in drawing.strokes)
        kept = drawing.to_json()
        assert Ink.from_json(kept) == drawing
        shown = render.to_png("ink", kept)
    else:
        assert drawing.ndim == 2
        assert drawing.dtype == np.uint8
        assert 1 <= drawing.size <= MAX_PIXELS
        shown = picture.to_png(drawing)
    sight = to_sight(drawing)
    for form in (sight.form, sight.form if sight.as_clean is None else sight.as_clean):
        assert form.shape == (28, 28)
        assert np.isfinite(form).all()
        assert 0 <= form.min() <= form.max() <= 1
    assert picture.from_bytes(shown).size <= MAX_PIXELS
