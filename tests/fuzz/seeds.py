"""The fuzzer's seeds: valid inputs of every kind, small, so that changing a byte has an effect."""

from __future__ import annotations

import base64
import io
import json
import struct
import zlib
from pathlib import Path

from PIL import Image, ImageDraw, PngImagePlugin

from tests.handwriting import DIGITS


def write(target: str, folder: Path) -> None:
    """Write the seeds of a target as files."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(pictures() if target == "picture" else bodies()):
        (folder / f"seed-{number:02}").write_bytes(seed)


def pictures() -> list[bytes]:
    """PNG of every colour type, interlaced, with text and animation; JPEG of every kind."""
    image = Image.new("L", (20, 20), 255)
    ImageDraw.Draw(image).line((4, 4, 15, 6, 9, 17), 0, 3)
    found = [encoded(image.convert(mode), "PNG") for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")]
    found.append(encoded(image.convert("P"), "PNG", transparency=0))
    found.append(encoded(image.convert("RGB"), "PNG", transparency=(255, 255, 255)))
    notes = PngImagePlugin.PngInfo()
    notes.add_text("a", "b")
    notes.add_text("c", "d" * 50, zip=True)
    notes.add_itxt("e", "f" * 50, "de", "g", zip=True)
    found.append(encoded(image, "PNG", pnginfo=notes, icc_profile=bytes(40), dpi=(72, 72)))
    found.append(encoded(image, "PNG", save_all=True, append_images=[image.rotate(90)], duration=9))
    found.append(interlaced())
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "a"
    found += [encoded(image.convert(mode), "JPEG") for mode in ("L", "RGB", "CMYK")]
    found.append(encoded(image.convert("RGB"), "JPEG", progressive=True, quality=20, subsampling=2))
    found.append(encoded(image, "JPEG", exif=exif, comment=b"a", icc_profile=bytes(40), dpi=(72, 72)))
    found.append(encoded(image, "JPEG", restart_marker_blocks=1))
    found.append(encoded(image, "PNG", exif=exif))
    return found


def bodies() -> list[bytes]:
    """Strokes with and without times, pictures in base64, batches, every option of a body."""
    one = {"ink": {"strokes": DIGITS[4]}}
    timed = {"ink": {"strokes": [[[x, y, 9 * n] for n, (x, y) in enumerate(way)] for way in DIGITS[7]]}}
    image = base64.b64encode(encoded(Image.new("L", (4, 4), 255), "PNG")).decode()
    found: list[object] = [
        one,
        timed,
        {**one, "record": False, "include": ["canonical", "saliency", "maps"]},
        {"image": image},
        {"image": f"data:image/png;base64,{image}"},
        {"drawings": [one, {"image": image}, timed], "record": True, "include": ["canonical"]},
        {"ink": {"strokes": []}},
        {"ink": {"strokes": [[[1e6, -1e6]], [], [[0.1, -0.0], [1e-300, 5]]]}},
    ]
    return [*(json.dumps(each).encode() for each in found), f"data:image/png;base64,{image}".encode()]


def chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def interlaced() -> bytes:
    """An 8×8 PNG in Adam7's seven passes, which Pillow can read but not write."""
    passes = ((1, 1), (1, 1), (2, 1), (2, 2), (4, 2), (4, 4), (8, 4))
    rows = b"".join((b"\0" + bytes(width)) * height for width, height in passes)
    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 1)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """The image as a file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
