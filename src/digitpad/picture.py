"""Untrusted PNG and JPEG bytes → a grey array, within limits."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

from digitpad.errors import BadPicture, PictureTooLarge

MAX_PIXELS: Final = 4_000_000  # a header can claim 10⁹; nothing is decoded before this is checked
KEPT_SIDE: Final = 560  # pixels: twice the canvas, 40 kB at most for what people draw
MAX_SCANS: Final = 100  # of a progressive JPEG: cameras use ten; each costs as much as a whole picture
MAX_PARTS: Final = 10_000  # chunks of a PNG, segments and stray bytes of a JPEG: Pillow takes 4 µs for each
START_OF_SCAN: Final = b"\xff\xda"  # within a scan every 255 is followed by 0, so this occurs nowhere else
ALONE: Final = bytes([0x01, *range(0xD0, 0xDA), *range(0xF0, 0xFE)])  # JPEG markers without a length
FORMATS: Final = ("PNG", "JPEG")  # Pillow opens dozens unless told which
JPEGS: Final = ("JPEG", "MPO")  # Pillow's names for a JPEG; MPO if more pictures follow, as from phones
PNG_BEGINS: Final = b"\x89PNG\r\n\x1a\n"
JPEG_BEGINS: Final = b"\xff\xd8"

FLAT: Final = 64  # grey levels of 255: with less between dark and light, single colours are tried too
FILLED: Final = 0.95  # of its box: an opaque part that fills more is a sheet of paper, no stroke

GreyArray = NDArray[np.uint8]


def from_bytes(data: bytes) -> GreyArray:
    """Decode a PNG or JPEG.

    :returns: shape (height, width), uint8, 0 black to 255 white
    :raises PictureTooLarge: more than MAX_PIXELS
    :raises BadPicture: anything but a whole PNG or JPEG
    """
    if not data:
        raise BadPicture("the picture is empty: expected a PNG or JPEG")
    _check_parts(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own bomb warning starts far above our limit
            image = Image.open(io.BytesIO(data), formats=FORMATS)
            _check_size(*image.size)
            if image.format in JPEGS and data.count(START_OF_SCAN) > MAX_SCANS:
                raise BadPicture(f"the JPEG has too many scans: at most {MAX_SCANS}")
            image.load()
            return _upright_grey(image)  # inside the try: a missing palette, say, may show up only now
    except BadPicture:
        raise
    except Image.DecompressionBombError as error:
        raise PictureTooLarge(f"the picture is too large: at most {MAX_PIXELS:,} pixels") from error
    except UnidentifiedImageError as error:
        raise BadPicture("not a picture we read: expected a PNG or JPEG") from error
    except Exception as error:
        raise BadPicture(f"the picture is damaged: {error}") from error


def from_image(image: Image.Image) -> GreyArray:
    """Turn a PIL image into grey, upright, on the paper that its transparency calls for.

    :returns: shape (height, width), uint8, 0 black to 255 white
    :raises PictureTooLarge: more than MAX_PIXELS
    :raises BadPicture: no pixels at all, damaged, closed, or in a colour space that Pillow turns into no grey
    """
    _check_size(*image.size)
    try:  # Pillow reads a file only now, unless it has been read
        return _upright_grey(image)
    except Exception as error:
        raise BadPicture(f"the picture cannot be read: {error}") from error


def _upright_grey(image: Image.Image) -> GreyArray:
    if image.format in JPEGS or (image.format == "PNG" and "exif" in image.info):  # as browsers show both
        image = _upright(image)
    if image.mode == "L" and "transparency" not in image.info:
        return np.asarray(image)
    if image.mode.startswith("I"):  # I;16 and its kin, too
        return _upper_bits(np.clip(np.asarray(image, np.int64), 0, 65_535))
    if image.has_transparency_data:
        return _on_paper(image if image.mode in {"LA", "RGBA"} else image.convert("RGBA"))
    return _grey(image)


def _upper_bits(deep: NDArray[np.int64]) -> GreyArray:
    """Keep eight of sixteen bits: the upper ones of those in use, as many cameras fill only twelve."""
    return (deep >> max(int(deep.max()).bit_length() - 8, 0)).astype(np.uint8)


def _grey(image: Image.Image) -> GreyArray:
    """How light each pixel is; if ink is about as light as paper, the primary colour that separates them best."""
    grey = image.convert("L")
    if _reach(grey) < FLAT and image.mode not in {"1", "L", "LA"}:
        colour = max(image.convert("RGB").split(), key=_reach)
        if _reach(colour) >= 2 * _reach(grey):
            return np.asarray(colour)
    return np.asarray(grey)


def _reach(channel: Image.Image) -> int:
    """The difference between its lightest level and its darkest."""
    low, high = np.asarray(channel.getextrema())
    return int(high - low)


def to_png(grey: GreyArray) -> bytes:
    """Make the PNG that a record keeps: grey, and at most KEPT_SIDE pixels long.

    It is what the recognizer looks at, without a picture's metadata (where and with what it was taken, text,
    other files).
    """
    if max(grey.shape) > KEPT_SIDE:
        image = Image.fromarray(grey)
        image.thumbnail((KEPT_SIDE, KEPT_SIDE), Image.Resampling.BOX)
        grey = np.asarray(image)
    height, width = grey.shape
    # Each row begins with its filter type; 2 is the difference from the row above (PNG, third edition, section 9).
    # Pillow tries all five for each row, which takes three times as long.
    rows = np.full((height, 1 + width), 2, np.uint8)
    rows[0, 1:] = grey[0]
    np.subtract(grey[1:], grey[:-1], out=rows[1:, 1:])
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)  # 8 bits, grey
    # Most differences are 0: encoding runs of them gives a file a third smaller than searching for repeated strings.
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_RLE)
    chunks = ((b"IHDR", header), (b"IDAT", packer.compress(rows.tobytes()) + packer.flush()), (b"IEND", b""))
    return PNG_BEGINS + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def from_array(array: NDArray[np.uint8]) -> GreyArray:
    """Check an array given by a caller.

    :raises PictureTooLarge: more than MAX_PIXELS
    :raises BadPicture: not two-dimensional, not uint8, or without pixels
    """
    if array.ndim != 2 or array.dtype != np.uint8:
        raise BadPicture(
            f"expected a 2-D array of uint8, 0 black to 255 white; this one is {array.ndim}-D of {array.dtype}"
        )
    _check_size(array.shape[1], array.shape[0])
    return array


def _check_parts(data: bytes) -> None:
    """Refuse too many parts: step from one to the next by its length, as Pillow does, and read nothing else."""
    png = data.startswith(PNG_BEGINS)
    if not png and not data.startswith(JPEG_BEGINS):
        return
    at = len(PNG_BEGINS) if png else len(JPEG_BEGINS)
    for _ in range(MAX_PARTS):
        if at + 4 > len(data):
            return
        if png:
            at += 12 + int.from_bytes(data[at : at + 4])
        elif data[at] != 0xFF or data[at + 1] in b"\0\xff":
            at += 1  # a stray byte, or a fill byte
        elif data[at + 1] in ALONE:
            at += 2
        elif data[at : at + 2] == START_OF_SCAN:
            return
        else:
            at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4]))
    raise BadPicture(f"the picture is in too many parts: at most {MAX_PARTS:,}")


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise PictureTooLarge(f"{width} × {height} pixels are too many: at most {MAX_PIXELS:,}")
    if width < 1 or height < 1:
        raise BadPicture("the picture has no pixels")


def _upright(image: Image.Image) -> Image.Image:
    """Turn a photograph as its EXIF data say, or leave it as it is if they are damaged."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # EXIF is a file within the file, and fails in as many ways
        return image


def _on_paper(image: Image.Image) -> GreyArray:
    """Lay an image of mode LA or RGBA on paper.

    If the opaque part shows both ink and paper, the paper's shade continues beneath it. If it has only one
    shade, it is ink, and is laid on contrasting paper; ink of several shades is laid there as if it had one.
    """
    alpha = image.getchannel("A")
    if alpha.getextrema()[0] == 255:
        return _grey(image)
    box = alpha.getbbox()  # most of a canvas is empty
    if box is None:
        return np.full((image.height, image.width), 255, np.uint8)
    left, top = max(box[0] - 1, 0), max(box[1] - 1, 0)  # a pixel more shows where what is drawn ends
    right, bottom = min(box[2] + 1, image.width), min(box[3] + 1, image.height)
    drawn = np.asarray(image.crop((left, top, right, bottom)).convert("LA"))
    grey, cover = drawn[..., 0], drawn[..., 1]
    opaque = cover > 127
    if not opaque.any():
        opaque = cover > 0
    dark, middle, light = np.percentile(grey[opaque], (2, 50, 98))
    contrasting = 255.0 if middle < 128 else 0.0
    paper = contrasting
    if light - dark > 64:
        if _is_ink_alone(grey, opaque, dark, middle, light):
            grey = np.full_like(grey, 255 - contrasting)
        else:
            paper = float(middle)
    share = cover / np.float32(255)
    laid = np.full((image.height, image.width), np.rint(paper), np.uint8)
    laid[top:bottom, left:right] = np.rint(grey * share + np.float32(paper) * (1 - share))
    return laid


def _is_ink_alone(
    grey: GreyArray, opaque: NDArray[np.bool_], dark: float, middle: float, light: float
) -> bool:
    """Whether an opaque part of several shades is ink without paper: then its edge is as mixed as the rest.

    Along the edge of paper ink is rare, along the edge of outlined ink the outline is frequent.
    """
    if opaque.sum() > FILLED * opaque.any(axis=0).sum() * opaque.any(axis=1).sum():
        return False
    far = grey < (dark + middle) / 2 if middle - dark > light - middle else grey > (middle + light) / 2
    within = Image.fromarray(opaque.astype(np.uint8)).filter(ImageFilter.MinFilter(3))
    edge = opaque & (np.asarray(within) == 0)
    share = far[opaque].mean()
    return bool(edge.any() and abs(far[edge].mean() - share) < share / 2)
