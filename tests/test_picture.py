"""Pictures from strangers: every way to encode dark on light, and nothing harmful."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from digitpad import picture
from digitpad.errors import BadPicture, PictureTooLarge
from tests.fuzz.seeds import chunk, encoded


def bar(mode: str, paper: object, ink: object) -> Image.Image:
    """A vertical bar, 6 of 20 pixels wide."""
    image = Image.new(mode, (20, 20), paper)  # type: ignore[arg-type]
    ImageDraw.Draw(image).rectangle((7, 2, 12, 17), fill=ink)  # type: ignore[arg-type]
    return image


DARK_BARS = {
    "grey": bar("L", 255, 0),
    "colour": bar("RGB", (250, 250, 255), (20, 20, 120)),
    "black and white": bar("1", 1, 0),
    "palette": bar("RGB", (255, 255, 255), (0, 0, 0)).convert("P"),
    "black ink on nothing": bar("RGBA", (0, 0, 0, 0), (0, 0, 0, 255)),
    "black ink on nothing that calls itself white": bar("RGBA", (255, 255, 255, 0), (0, 0, 0, 255)),
    "grey with transparency": bar("LA", (0, 0), (0, 255)),
    "opaque with an alpha channel": bar("RGBA", (255, 255, 255, 255), (0, 0, 0, 255)),
    "twelve bits of sixteen": Image.fromarray(np.asarray(bar("L", 255, 0)).astype(np.uint16) * 16),
    "yellow on white": bar("RGB", (255, 255, 255), (255, 240, 60)),
    "sixteen bits": Image.fromarray(np.asarray(bar("L", 255, 0)).astype(np.uint16) * 257),
}


def test_a_jpeg_that_paints_itself_over_and_over_is_refused_before_it_is_decoded() -> None:
    photograph = encoded(bar("L", 255, 0), "JPEG", progressive=True)
    scan = photograph.index(picture.START_OF_SCAN)
    last = photograph.rindex(picture.START_OF_SCAN)
    assert picture.from_bytes(photograph).shape == (20, 20)
    bomb = photograph[:scan] + photograph[last:-2] * 1_000 + photograph[-2:]
    with pytest.raises(BadPicture, match="too many scans"):
        picture.from_bytes(bomb)


def test_neither_does_one_that_brings_others_along() -> None:
    """Phones make such files; Pillow has another name for their format."""
    one = encoded(bar("L", 255, 0), "JPEG", progressive=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    several = encoded(bar("L", 255, 0), "MPO", save_all=True, append_images=[bar("L", 0, 255)], exif=exif)
    grey = picture.from_bytes(several)
    assert grey.shape == (20, 20)
    assert grey[10, 4] < 80 < grey[4, 10], "turned as the camera says"
    scan, last = one.index(picture.START_OF_SCAN), one.rindex(picture.START_OF_SCAN)
    segment = several[several.index(b"MPF\0") - 4 :]
    length = int.from_bytes(segment[2:4]) + 2
    bomb = one[:2] + segment[:length] + one[2:scan] + one[last:-2] * 1_000 + one[-2:]
    assert Image.open(io.BytesIO(bomb)).format == "MPO"
    with pytest.raises(BadPicture, match="too many scans"):
        picture.from_bytes(bomb)


CRUMBS = {
    "chunk": chunk(b"tEXt", b""),
    "unknown chunk": chunk(b"prVt", b""),
    "empty data": chunk(b"IDAT", b""),
    "comment": b"\xff\xfe\0\2",
    "camera's notes": b"\xff\xe1\0\2",
    "table": b"\xff\xdb\0\2",
    "mark": b"\xff\xd0",
    "filling": b"\xff",
    "length below the least": b"\xff\xe0\0\0",
}


@pytest.mark.parametrize("name", CRUMBS)
def test_a_picture_in_a_million_parts_is_refused_before_it_is_decoded(name: str) -> None:
    """Pillow took seconds for 4 MB of them."""
    crumb = CRUMBS[name]
    png = len(crumb) >= 12
    whole = encoded(bar("L", 255, 0), "PNG" if png else "JPEG")
    at = 33 if png else 2  # after the PNG's header, the JPEG's first marker
    some = whole[:at] + crumb * 100 + whole[at:]
    assert picture.from_bytes(some).shape == (20, 20)
    with pytest.raises(BadPicture, match="too many parts"):
        picture.from_bytes(whole[:at] + crumb * (4_000_000 // len(crumb)) + whole[at:])


@pytest.mark.parametrize("name", DARK_BARS)
def test_dark_ink_is_dark_in_every_kind_of_png(name: str) -> None:
    grey = picture.from_bytes(encoded(DARK_BARS[name]))
    assert grey.shape == (20, 20)
    assert grey.dtype == np.uint8
    assert grey[10, 10] < 80
    assert grey[0, 0] > 175


def test_ink_as_light_as_its_paper_is_seen_by_its_colour() -> None:
    for mode in ("RGB", "RGBA"):
        grey = picture.from_bytes(encoded(bar("RGB", (40, 120, 40), (200, 40, 30)).convert(mode))).astype(int)
        assert abs(grey[10, 10] - grey[0, 0]) > 150


def test_white_ink_on_nothing_lies_on_dark_paper() -> None:
    grey = picture.from_bytes(encoded(bar("RGBA", (255, 255, 255, 0), (255, 255, 255, 255))))
    assert grey[10, 10] > 175
    assert grey[0, 0] < 80


@pytest.mark.parametrize("alpha", [255, 100])
def test_ink_of_several_colours_on_nothing_is_all_ink(alpha: int) -> None:
    image = Image.new("RGBA", (40, 40))
    pen = ImageDraw.Draw(image)
    pen.line((8, 6, 30, 6), fill=(0, 0, 0, alpha), width=5)
    pen.line((30, 6, 16, 34), fill=(120, 220, 120, alpha), width=5)
    drawn = np.asarray(image)[..., 3] > 0
    grey = picture.from_bytes(encoded(image))
    assert len(np.unique(grey[drawn])) == len(np.unique(grey[~drawn])) == 1
    assert abs(int(grey[6, 20]) - int(grey[0, 0])) == alpha


@pytest.mark.parametrize("beneath", [(4, 4, 36, 36), (10, 2, 30, 38), (17, 7, 23, 33)])
def test_ink_on_a_sheet_or_within_an_outline_keeps_that_paper(beneath: tuple[int, ...]) -> None:
    image = Image.new("RGBA", (40, 40))
    pen = ImageDraw.Draw(image)
    pen.ellipse(beneath, fill=(255, 255, 255, 255))
    pen.line((20, 10, 20, 30), fill=(0, 0, 0, 255), width=3)
    grey = picture.from_bytes(encoded(image))
    assert grey[20, 20] == 0
    assert grey[0, 0] == grey[20, 18] == 255


def test_paper_with_cut_corners_stays_paper() -> None:
    image = bar("RGBA", (255, 255, 255, 255), (0, 0, 0, 255))
    image.putpixel((0, 0), (0, 0, 0, 0))
    assert picture.from_bytes(encoded(image))[0, 0] == 255


def test_an_entirely_transparent_picture_is_blank() -> None:
    assert np.ptp(picture.from_bytes(encoded(Image.new("RGBA", (20, 20))))) == 0


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photograph_is_turned_as_its_camera_says(kind: str) -> None:
    image = Image.new("L", (40, 20), 255)
    image.paste(0, (0, 0, 40, 8))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    grey = picture.from_bytes(encoded(image, kind, exif=exif))
    assert grey.shape == (40, 20)
    assert grey[20, 18] < 80
    assert grey[20, 2] > 175


@pytest.mark.parametrize(
    "notes",
    [b"", b"MM", b"not a TIFF file", b"II*\0\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff\xff" + bytes(40)],
)
def test_a_photograph_whose_camera_talks_nonsense_is_read_as_it_lies(notes: bytes) -> None:
    whole = encoded(Image.new("L", (40, 20), 255), "JPEG", dpi=(72, 72))
    segment = b"Exif\0\0" + notes
    told = whole[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + whole[2:]
    assert picture.from_bytes(told).shape == (20, 40)
    drawing = encoded(Image.new("L", (40, 20), 255))
    begins = drawing.index(b"IDAT") - 4
    told = drawing[:begins] + chunk(b"eXIf", notes) + drawing[begins:]
    assert picture.from_bytes(told).shape == (20, 40)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "WEBP", "ICO", "PPM"])
def test_other_formats_are_refused(kind: str) -> None:
    with pytest.raises(BadPicture, match="expected a PNG or JPEG"):
        picture.from_bytes(encoded(Image.new("L", (16, 16)), kind))


def claiming(width: int, height: int, *, colour: int = 0, content: bytes = bytes(100)) -> bytes:
    """A PNG whose header claims a size, with hardly any content."""
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(content))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(2001, 2000), (50_000, 50_000), (4_000_001, 1), (2**31 - 1, 2**31 - 1)])
def test_a_header_that_claims_too_much_is_not_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(PictureTooLarge, match="4,000,000"):
        picture.from_bytes(claiming(*size))


def test_four_megapixels_are_accepted() -> None:
    assert picture.from_bytes(encoded(Image.new("L", (2000, 2000), 255))).shape == (2000, 2000)


NO_PALETTE = claiming(20, 20, colour=3, content=bytes(21 * 20))


@pytest.mark.parametrize("data", [b"", b"\x89PNG", b"not a picture", claiming(200, 200), NO_PALETTE])
def test_what_is_not_a_whole_picture_is_refused(data: bytes) -> None:
    with pytest.raises(BadPicture):
        picture.from_bytes(data)


def test_an_image_that_pillow_cannot_read_is_refused() -> None:
    cut_off = Image.open(io.BytesIO(encoded(DARK_BARS["colour"])[:60]))
    closed = Image.new("L", (20, 20))
    closed.close()
    for image in (cut_off, closed, Image.new("LAB", (20, 20))):
        with pytest.raises(BadPicture, match="cannot be read"):
            picture.from_image(image)


@given(st.data())
@settings(max_examples=300)
def test_a_damaged_picture_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["PNG", "JPEG"]))
    content = bytearray(encoded(DARK_BARS["colour"], kind))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert picture.from_bytes(bytes(content)).ndim == 2
    except BadPicture as error:
        assert str(error)


def test_arrays_are_checked() -> None:
    with pytest.raises(BadPicture, match="2-D array of uint8"):
        picture.from_array(np.zeros((28, 28, 3), np.uint8))
    with pytest.raises(BadPicture, match="2-D array of uint8"):
        picture.from_array(np.zeros((28, 28), np.float32))
    with pytest.raises(BadPicture, match="no pixels"):
        picture.from_array(np.zeros((0, 28), np.uint8))


def test_what_is_kept_is_small_and_carries_nothing_else() -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    photograph = encoded(Image.new("RGB", (1500, 1000), "white"), "JPEG", exif=exif)
    kept = Image.open(io.BytesIO(picture.to_png(picture.from_bytes(photograph))))
    assert kept.format == "PNG"
    assert kept.size == (560, 373)
    assert not kept.getexif()
