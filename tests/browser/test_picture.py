"""A picture in place of a drawing: chosen, dropped, pasted, or sent without JavaScript."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Literal

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from tests.browser.conftest import OpenPad, Watch
from tests.browser.pad import Pad
from tests.handwriting import DIGITS
from tests.server import wait_until

pytestmark = pytest.mark.browser


def photograph(digit: int, side: int = 280, kind: str = "PNG", *, ink: bool = True) -> bytes:
    """Dark ink on paper, as a picture of `side` pixels; or the paper alone."""
    image = Image.new("RGB", (side, side), (240, 236, 228))
    pen = ImageDraw.Draw(image)
    for way in DIGITS[digit] if ink else ():
        pen.line([(x * side / 280, y * side / 280) for x, y in way], (30, 30, 60), side // 18, "curve")
    content = BytesIO()
    image.save(content, kind)
    return content.getvalue()


def choose(pad: Pad, content: bytes, name: str = "seven.png", kind: str = "image/png") -> None:
    with pad.page.expect_file_chooser() as chooser:
        pad.page.get_by_role("button", name="choose a picture").click()
    chooser.value.set_files({"name": name, "mimeType": kind, "buffer": content})


def hand_over(pad: Pad, event: str, content: bytes) -> None:
    """Drop on the pad, or paste, a PNG."""
    pad.page.evaluate(
        """([type, text]) => {
            const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
            const data = new DataTransfer();
            data.items.add(new File([bytes], "seven.png", { type: "image/png" }));
            const about = { bubbles: true, cancelable: true, dataTransfer: data, clipboardData: data };
            const event = type === "paste" ? new ClipboardEvent(type, about) : new DragEvent(type, about);
            document.querySelector("#canvas").dispatchEvent(event);
        }""",
        [event, base64.b64encode(content).decode()],
    )


def test_a_chosen_picture_is_shown_before_it_is_recorded(pad: Pad) -> None:
    choose(pad, photograph(7))
    pad.expect_state("preview")
    expect(pad.digit).to_have_text("7")
    wait_until(lambda: pad.ink_at(10, 10), "the picture does not lie on the pad".format)
    assert pad.ink_seen() > 40, "what was found in it is shown"
    expect(pad.drawings).to_have_count(0)
    pad.predict.click()
    pad.await_answer()
    expect(pad.drawings).to_have_count(1)
    pad.undo.click()
    assert pad.is_blank()


def test_a_picture_outlives_a_reload(pad: Pad) -> None:
    choose(pad, photograph(7))
    pad.expect_state("preview")
    pad.page.reload()
    pad.expect_state("preview")
    expect(pad.digit).to_have_text("7")
    wait_until(lambda: pad.ink_at(10, 10), "the picture does not lie on the pad".format)
    pad.clear.click()
    pad.page.reload()
    pad.expect_state("empty")


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_a_picture_may_be_dropped_or_pasted(pad: Pad, event: str) -> None:
    hand_over(pad, event, photograph(4))
    expect(pad.digit).to_have_text("4")


def test_a_large_photograph_is_made_smaller_before_it_is_sent(pad: Pad) -> None:
    choose(pad, photograph(7, 3000, "JPEG"), "seven.jpg", "image/jpeg")
    expect(pad.digit).to_have_text("7")
    assert len(pad.previews[-1]["image"]) < 500_000


@pytest.mark.parametrize("shade", [255, 0], ids=["white", "black"])
@pytest.mark.parametrize(("side", "kind"), [(1500, "PNG"), (280, "WEBP")])
def test_ink_on_nothing_is_read_where_a_picture_is_made_anew(
    pad: Pad, shade: int, side: int, kind: str
) -> None:
    image = Image.new("RGBA", (side, side))
    for way in DIGITS[7]:
        points = [(x * side / 280, y * side / 280) for x, y in way]
        ImageDraw.Draw(image).line(points, (shade, shade, shade, 255), side // 18, "curve")
    content = BytesIO()
    image.save(content, kind)
    choose(pad, content.getvalue(), "seven", f"image/{kind.lower()}")
    expect(pad.digit).to_have_text("7")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("shade", [255, 0], ids=["white", "black"])
def test_ink_on_nothing_can_be_seen_on_any_pad(
    pad: Pad, shade: int, scheme: Literal["light", "dark"]
) -> None:
    pad.page.emulate_media(color_scheme=scheme)
    image = Image.new("RGBA", (280, 280))
    ImageDraw.Draw(image).line([(140, 20), (140, 260)], (shade, shade, shade, 255), 20)
    content = BytesIO()
    image.save(content, "PNG")
    choose(pad, content.getvalue())
    pad.expect_state("preview")
    shown = np.asarray(Image.open(BytesIO(pad.canvas.screenshot())).convert("L").resize((280, 280)), np.int16)
    assert abs(shown[140, 140] - shown[140, 60]) > 150


def test_of_two_pictures_the_later_one_stays_though_it_is_opened_first(pad: Pad) -> None:
    opens_slowly(pad)
    hand_over(pad, "drop", photograph(1))
    hand_over(pad, "drop", photograph(7))
    pad.page.evaluate("opened[1]()")
    expect(pad.digit).to_have_text("7")
    pad.page.evaluate("opened[0]()")
    pad.predict.click()
    pad.await_answer()
    expect(pad.digit).to_have_text("7")


def test_a_picture_waits_until_the_pen_is_up(pad: Pad) -> None:
    opens_slowly(pad)
    hand_over(pad, "drop", photograph(7))
    pad.page.mouse.move(*pad.on_page(60, 200))
    pad.page.mouse.down()
    pad.page.evaluate("opened[0]()")
    pad.page.mouse.move(*pad.on_page(220, 200), steps=4)
    assert not pad.page.locator("#pad").evaluate("(pad) => pad.classList.contains('pictured')")
    pad.page.mouse.up()
    expect(pad.digit).to_have_text("7")
    pad.undo.click()
    assert pad.ink_at(200, 200)


def opens_slowly(pad: Pad) -> None:
    """From now on, a picture is opened when its function in `opened` is called, which returns when that is done."""
    pad.page.evaluate(
        """() => {
            const open = createImageBitmap;
            const { readAsDataURL } = FileReader.prototype;
            window.opened = [];
            window.createImageBitmap = (file) => new Promise((done) => opened.push(() => new Promise((isRead) => {
                FileReader.prototype.readAsDataURL = function (blob) {
                    this.addEventListener("loadend", () => setTimeout(isRead));
                    readAsDataURL.call(this, blob);
                };
                open(file).then(done);
            })));
        }"""
    )


def test_what_is_no_picture_is_said_in_words(pad: Pad) -> None:
    for name, kind in (("notes.txt", "text/plain"), ("broken.png", "image/png")):
        choose(pad, b"not a picture", name, kind)
        expect(pad.verdict).to_have_text("This is no picture that can be opened")
        expect(pad.spoken).to_contain_text("no picture")


def test_a_stroke_begins_a_new_drawing_on_a_picture(pad: Pad) -> None:
    choose(pad, photograph(7))
    expect(pad.digit).to_have_text("7")
    pad.draw(DIGITS[1])
    expect(pad.digit).to_have_text("1")
    assert not pad.ink_at(10, 10)


def test_without_javascript_a_picture_is_read_by_a_form(open_pad: OpenPad, watch: Watch) -> None:
    watch.expected.append("Failed to load resource")  # the 422 for something that is not a picture
    page = open_pad(java_script_enabled=False).page
    for content, said in ((photograph(7), "It is a 7"), (b"?", "could not be read")):
        page.get_by_label("A PNG or JPEG of one digit").set_input_files(
            {"name": "seven.png", "mimeType": "image/png", "buffer": content}
        )
        page.locator(".upload").get_by_role("button", name="Predict it").click()
        expect(page.get_by_role("main")).to_contain_text(said)
        page.get_by_role("link", name="another picture").click()
