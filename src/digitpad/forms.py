"""Any drawing → its canonical form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitpad import canonical, picture
from digitpad.canonical import FloatArray
from digitpad.errors import BadDrawing
from digitpad.ink import Ink
from digitpad.paper import Polarity
from digitpad.small import from_greys

Drawing = Ink | bytes | Image.Image | NDArray[np.uint8]


def to_form(drawing: Drawing, polarity: Polarity = "auto") -> FloatArray:
    """Bring any drawing into the canonical form, shape (28, 28).

    :raises BadDrawing: malformed, or of a type that is no drawing
    """
    return _formed(_decoded(drawing), polarity)


def to_forms(drawings: Iterable[Drawing], polarity: Polarity = "auto") -> list[FloatArray | BadDrawing]:
    """The form of each drawing as `to_form` gives it, or why it has none; small pictures of one size go together."""
    forms: list[Any] = []
    small: dict[tuple[int, ...], dict[int, picture.GreyArray]] = {}
    for number, drawing in enumerate(drawings):
        try:
            decoded = _decoded(drawing)
            if isinstance(decoded, Ink) or max(decoded.shape) > canonical.SIDE:
                forms.append(_formed(decoded, polarity))
            else:
                small.setdefault(decoded.shape, {})[number] = decoded
                forms.append(None)
        except BadDrawing as error:
            forms.append(error)
    for greys in small.values():
        for number, form in zip(
            greys, from_greys(np.stack([*greys.values()]), polarity=polarity), strict=True
        ):
            forms[number] = form
    return forms


def _formed(decoded: Ink | picture.GreyArray, polarity: Polarity) -> FloatArray:
    if isinstance(decoded, Ink):
        return canonical.from_ink(decoded)
    return canonical.from_grey(decoded, polarity=polarity)


def _decoded(drawing: Drawing) -> Ink | picture.GreyArray:
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
