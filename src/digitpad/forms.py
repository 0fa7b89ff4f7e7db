"""Any drawing → its canonical form, or two where its ink can be found in two ways."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitpad import canonical, picture
from digitpad.canonical import FloatArray
from digitpad.errors import BadDrawing
from digitpad.ink import Ink
from digitpad.paper import Polarity, ink_of
from digitpad.picture import GreyArray
from digitpad.small import from_greys

Drawing = Ink | bytes | Image.Image | NDArray[np.uint8]


@dataclass(frozen=True, eq=False, slots=True)
class Sight:
    """What the network sees of a drawing."""

    form: FloatArray
    """The canonical form, shape (28, 28); zeros where nothing was drawn or found."""
    as_clean: FloatArray | None = None
    """Of a photograph the form with the ink found as in a clean picture; None if there is no ink, or no photograph."""


def to_form(drawing: Drawing) -> FloatArray:
    """Bring any drawing into the canonical form, shape (28, 28); a photograph into the first of its two.

    :raises BadDrawing: malformed, or not of a drawing's type
    """
    return to_sight(drawing).form


def to_sight(drawing: Drawing) -> Sight:
    """What the network sees of a drawing.

    :raises BadDrawing: malformed, or not of a drawing's type
    """
    return _sight(_decoded(drawing), "auto")


def to_sights(drawings: Iterable[Drawing], polarity: Polarity = "auto") -> list[Sight | BadDrawing]:
    """What the network sees of each drawing, or its error; small pictures of one size are converted together."""
    sights: list[Any] = []
    small: dict[tuple[int, ...], dict[int, GreyArray]] = {}
    for number, drawing in enumerate(drawings):
        try:
            decoded = _decoded(drawing)
            if isinstance(decoded, Ink) or max(decoded.shape) > canonical.SIDE:
                sights.append(_sight(decoded, polarity))
            else:
                small.setdefault(decoded.shape, {})[number] = decoded
                sights.append(None)
        except BadDrawing as error:
            sights.append(error)
    for greys in small.values():
        for number, form in zip(
            greys, from_greys(np.stack([*greys.values()]), polarity=polarity), strict=True
        ):
            sights[number] = Sight(form)
    return sights


def _sight(decoded: Ink | GreyArray, polarity: Polarity) -> Sight:
    if isinstance(decoded, Ink):
        return Sight(canonical.from_ink(decoded))
    found = ink_of(decoded, polarity)
    form = canonical.from_found(found)
    if not found.is_photograph:
        return Sight(form)
    as_clean = canonical.from_found(ink_of(decoded, polarity, as_clean=True))
    return Sight(form, as_clean if as_clean.any() else None)


def _decoded(drawing: Drawing) -> Ink | GreyArray:
    if isinstance(drawing, Ink):
        return drawing
    if isinstance(drawing, bytes | bytearray | memoryview):
        return picture.from_bytes(bytes(drawing))
    if isinstance(drawing, Image.Image):
        return picture.from_image(drawing)
    if isinstance(drawing, np.ndarray):
        return picture.from_array(drawing)
    raise BadDrawing(
        f"cannot read a {type(drawing).__name__}: expected Ink, PNG or JPEG bytes, a PIL image or a 2-D uint8 array"
    )
