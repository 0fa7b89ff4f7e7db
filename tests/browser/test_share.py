"""A drawing is shared with its answer as one picture: with another app, by the clipboard, or as a file."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenPad
from tests.browser.pad import Pad
from tests.handwriting import DIGITS

pytestmark = pytest.mark.browser

PASTED = """async () => {
    const [item] = await navigator.clipboard.read();
    const bytes = new Uint8Array(await (await item.getType("image/png")).arrayBuffer());
    return [...bytes];
}"""
# Chromium on Linux cannot share with other apps: this stands in for the system and remembers what it was given.
SYSTEM = """([says]) => {
    window.given = [];
    navigator.canShare = ({ files }) => files.every(({ type }) => type === "image/png");
    navigator.share = async ({ files: [file] }) => {
        if (says) throw new DOMException("", says);
        given.push([file.name, file.type, file.size]);
    };
}"""


def button(pad: Pad) -> Locator:
    return pad.page.locator("#share")


def colours(picture: Image.Image) -> set[tuple[int, ...]]:
    return {colour for _, colour in picture.convert("RGB").getcolors(1 << 20)}  # type: ignore[union-attr,misc]


def test_there_is_nothing_to_hand_on_before_there_is_an_answer(pad: Pad) -> None:
    expect(button(pad)).to_be_hidden()
    pad.reads(DIGITS[7])
    expect(button(pad)).to_have_text("copy it as a picture")
    pad.clear.click()
    expect(button(pad)).to_be_hidden()


@pytest.mark.parametrize(
    ("scheme", "ink", "sheet"),
    [("light", (29, 41, 71), (255, 253, 248)), ("dark", (244, 239, 226), (33, 43, 38))],
)
def test_a_picture_of_drawing_and_answer_is_copied(
    open_pad: OpenPad, scheme: str, ink: tuple[int, int, int], sheet: tuple[int, int, int]
) -> None:
    pad = open_pad(color_scheme=scheme, permissions=["clipboard-read", "clipboard-write"])
    pad.reads(DIGITS[7])
    button(pad).click()
    expect(button(pad)).to_have_text("Copied as a picture.")
    expect(pad.spoken).to_have_text("Copied as a picture.")
    expect(button(pad)).to_have_text("copy it as a picture")  # after a while the button offers it again
    pasted = bytes(pad.page.evaluate(PASTED))
    copied = Image.open(io.BytesIO(pasted))
    assert copied.format == "PNG"
    assert copied.width == 656
    drawing, answer = copied.crop((48, 48, 608, 608)), copied.crop((0, 620, 656, copied.height))
    assert {ink, sheet} <= colours(drawing)
    assert ink in colours(answer)  # the digit and the verdict
    assert sheet not in colours(answer)
    pad.clear.click()
    pad.reads(DIGITS[3])  # another drawing, another picture
    button(pad).click()
    expect(button(pad)).to_have_text("Copied as a picture.")
    assert bytes(pad.page.evaluate(PASTED)) != pasted


def test_without_a_clipboard_it_is_saved(open_pad: OpenPad) -> None:
    pad = open_pad()
    pad.page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")  # as without TLS
    pad.reads(DIGITS[3])
    with pad.page.expect_download() as download:
        button(pad).click()
    assert download.value.suggested_filename == "digitpad-3.png"
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")
    expect(button(pad)).to_have_text("Saved as a picture.")


def test_where_the_system_shares_it_is_offered_to_other_apps(open_pad: OpenPad) -> None:
    pad = open_pad()
    pad.page.evaluate(SYSTEM, [""])
    pad.reads(DIGITS[7])
    button(pad).click()
    expect(button(pad)).to_have_text("Shared.")
    ((name, kind, size),) = pad.page.evaluate("given")
    assert (name, kind) == ("digitpad-7.png", "image/png")
    assert size > 1000


def test_who_thinks_better_of_it_is_told_nothing(open_pad: OpenPad) -> None:
    pad = open_pad()
    pad.reads(DIGITS[7])
    pad.page.evaluate(SYSTEM, ["AbortError"])
    button(pad).click()
    pad.page.wait_for_load_state("networkidle")
    expect(button(pad)).to_have_text("copy it as a picture")


def test_nothing_moves_when_it_appears_on_a_phone(phone: Pad) -> None:
    place = "() => document.querySelector('.columns').getBoundingClientRect().y + scrollY"
    before = phone.page.evaluate(place)
    phone.reads(DIGITS[7], by="touch")
    expect(button(phone)).to_be_visible()
    assert phone.page.evaluate(place) == before
