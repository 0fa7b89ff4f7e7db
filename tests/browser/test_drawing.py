"""Drawing on the pad: mouse, finger and pen, undo, clearing, leaving."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPad, Watch
from tests.browser.pad import Held, Pad
from tests.browser.test_answer import PREDICTIONS
from tests.handwriting import DIGITS
from tests.server import wait_until

pytestmark = pytest.mark.browser

ACROSS = [(60.0, 140.0), (220.0, 140.0)]
DOWN = [(140.0, 60.0), (140.0, 220.0)]


def test_ten_digits_drawn_with_a_mouse_are_read(pad: Pad) -> None:
    assert [pad.reads(ways) for ways in DIGITS.values()] == [str(digit) for digit in DIGITS]


def test_ten_digits_drawn_with_a_finger_are_read(phone: Pad) -> None:
    assert [phone.reads(ways, by="touch") for ways in DIGITS.values()] == [str(digit) for digit in DIGITS]


def test_digits_drawn_with_a_pen_are_read(pad: Pad) -> None:
    assert [pad.reads(DIGITS[digit], by="pen") for digit in (1, 4, 7)] == ["1", "4", "7"]


def test_ink_follows_the_pointer(pad: Pad) -> None:
    pad.draw([ACROSS])
    assert pad.ink_at(140, 140)
    assert pad.ink_at(54, 140), "the end of a stroke is round"
    assert pad.ink_at(140, 134.5)
    assert not pad.ink_at(140, 155)
    assert not pad.ink_at(140, 60)


def test_a_tap_makes_a_dot(pad: Pad, open_pad: OpenPad) -> None:
    pad.page.mouse.click(*pad.on_page(90, 90))
    assert pad.ink_at(90, 90)
    phone = open_pad(viewport={"width": 390, "height": 664}, has_touch=True)
    phone.touch([[(90, 90)]])
    assert phone.ink_at(90, 90)


def test_the_canvas_is_280_pixels_square_with_a_crosshair(pad: Pad) -> None:
    box = pad.canvas.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (280, 280)
    expect(pad.canvas).to_have_css("cursor", "crosshair")


@pytest.mark.parametrize("density", [1, 1.5, 3])
def test_ink_is_sharp_on_a_dense_screen(open_pad: OpenPad, density: float) -> None:
    pad = open_pad(device_scale_factor=density)
    assert pad.canvas.evaluate("canvas => [canvas.width, canvas.height]") == [280 * density] * 2
    pad.draw([ACROSS])
    assert pad.ink_at(140, 140)
    edge = pad.canvas.evaluate(
        """(canvas) => {
            const { width } = canvas;
            const copy = new OffscreenCanvas(width, width).getContext("2d");
            copy.drawImage(canvas, 0, 0);
            const { data } = copy.getImageData(Math.round(width / 2), 0, 1, width);
            return [...Array(width).keys()].filter((y) => data[y * 4 + 3] > 0 && data[y * 4 + 3] < 255).length;
        }"""
    )
    assert edge <= 4, "a stroke's two edges are a pixel of the screen wide, not a pixel of the page"


def test_a_drawing_outlives_another_screen_and_another_size(open_pad: OpenPad) -> None:
    pad = open_pad()
    pad.draw([ACROSS])
    for density, width, height in ((3, 800, 700), (1, 390, 664), (2, 664, 390)):
        about = {"width": width, "height": height, "deviceScaleFactor": density, "mobile": False}
        pad.devtools.send("Emulation.setDeviceMetricsOverride", about)
        expect(pad.canvas).to_have_js_property("width", 280 * density)
        assert pad.ink_at(140, 140)
        assert not pad.ink_at(140, 155)


def test_points_are_sent_as_pixels_of_the_canvas_with_their_times(pad: Pad) -> None:
    pad.reads([ACROSS, DOWN])
    across, down = pad.sent_strokes()
    assert across[0] == [60, 140, 0]
    assert down[-1][:2] == [140, 220]
    times = [ms for stroke in (across, down) for _, _, ms in stroke]
    assert times == sorted(times)
    assert all(float(ms).is_integer() for ms in times)
    assert pad.sent[-1]["include"] == ["canonical"]


def test_clear_it_empties_the_pad(pad: Pad) -> None:
    pad.reads(DIGITS[7])
    pad.clear.click()
    assert pad.is_blank()
    expect(pad.digit).to_have_text("")
    assert pad.reads(DIGITS[1]) == "1"
    assert len(pad.sent_strokes()) == 1


def test_undo_takes_back_the_last_stroke(pad: Pad) -> None:
    pad.draw([ACROSS, DOWN])
    pad.undo.click()
    assert pad.ink_at(100, 140)
    assert not pad.ink_at(140, 100)
    pad.page.keyboard.press("Control+z")
    assert pad.is_blank()
    pad.page.keyboard.press("Control+z")
    expect(pad.undo).to_have_attribute("aria-disabled", "true")


def test_clearing_can_be_undone(pad: Pad) -> None:
    pad.draw([ACROSS])
    pad.clear.click()
    assert pad.is_blank()
    pad.undo.click()
    assert pad.ink_at(140, 140)


@pytest.mark.parametrize("button", ["clear", "undo"])
def test_nothing_is_taken_back_while_the_pen_draws(pad: Pad, button: str) -> None:
    pad.draw(DIGITS[1])
    expect(pad.digit).to_have_text("1")
    pad.page.mouse.move(*pad.on_page(60, 200))
    pad.page.mouse.down()
    pad.page.mouse.move(*pad.on_page(90, 210))
    getattr(pad, button).press("Enter")
    pad.page.mouse.move(*pad.on_page(120, 220), steps=3)
    pad.page.mouse.up()
    assert pad.ink_at(60, 200), "the stroke is whole"
    assert pad.ink_at(118, 220)
    pad.undo.click()
    expect(pad.digit).to_have_text("1")
    pad.clear.click()
    pad.expect_state("empty")


def test_what_was_undone_can_be_done_again(pad: Pad) -> None:
    expect(pad.redo).to_have_attribute("aria-disabled", "true")
    pad.draw([ACROSS, DOWN])
    pad.undo.click()
    pad.undo.click()
    assert pad.is_blank()
    pad.redo.click()
    assert pad.ink_at(100, 140)
    assert not pad.ink_at(140, 100)
    pad.page.keyboard.press("Control+Shift+Z")
    assert pad.ink_at(140, 100)
    expect(pad.redo).to_have_attribute("aria-disabled", "true")
    pad.undo.click()
    pad.draw([ACROSS])
    expect(pad.redo).to_have_attribute("aria-disabled", "true")


def test_a_drawing_outlives_a_reload_and_a_turn_of_the_phone(phone: Pad) -> None:
    phone.touch([ACROSS, DOWN])
    phone.page.set_viewport_size({"width": 664, "height": 390})
    assert phone.ink_at(140, 100)
    phone.page.reload()
    phone.await_history()
    assert phone.ink_at(140, 100)
    phone.undo.tap()
    assert phone.ink_at(100, 140)
    assert not phone.ink_at(140, 100)
    phone.clear.tap()
    phone.page.reload()
    phone.await_history()
    assert phone.is_blank()


def test_a_drawing_stays_in_its_own_tab(pad: Pad) -> None:
    pad.draw([ACROSS])
    with pad.page.context.new_page() as other:
        other.goto(pad.page.url)
        assert Pad(other).is_blank()


def test_a_pen_pressed_harder_draws_broader(pad: Pad) -> None:
    for force, broad in ((0.1, False), (1.0, True)):
        pad.clear.click()
        pad.pen([ACROSS], force=force)
        assert pad.ink_at(140, 140)
        assert pad.ink_at(140, 132) is broad


def test_undoing_back_to_what_was_read_shows_its_answer_again(pad: Pad) -> None:
    pad.reads(DIGITS[1])
    pad.draw([ACROSS])
    expect(pad.page.locator("#answer")).to_have_attribute("data-state", re.compile("preview"))
    pad.undo.click()
    pad.expect_state("answered")
    expect(pad.digit).to_have_text("1")


def test_leaving_the_canvas_ends_the_stroke(pad: Pad) -> None:
    mouse = pad.page.mouse
    mouse.move(*pad.on_page(200, 100))
    mouse.down()
    for way in ((260, 100), (300, 100), (310, 160), (300, 200), (260, 200), (200, 200)):
        mouse.move(*pad.on_page(*way), steps=4)
    mouse.up()
    assert pad.ink_at(277, 100), "the ink goes on to the edge"
    assert pad.ink_at(277, 200), "coming back with the button down draws again"
    assert not pad.ink_at(277, 150), "nothing is drawn along the edge"
    pad.predict.click()
    pad.await_answer()
    left, back = pad.sent_strokes()
    assert left[-1][0] == 280
    assert back[0][0] == 280


def test_a_button_let_go_outside_draws_no_more(pad: Pad) -> None:
    mouse = pad.page.mouse
    mouse.move(*pad.on_page(200, 100))
    mouse.down()
    mouse.move(*pad.on_page(320, 100), steps=6)
    mouse.up()
    mouse.move(*pad.on_page(140, 200), steps=6)
    assert not pad.ink_at(140, 200)


def test_the_right_button_does_not_draw(pad: Pad) -> None:
    pad.page.mouse.move(*pad.on_page(60, 60))
    pad.page.mouse.down(button="right")
    pad.page.mouse.move(*pad.on_page(200, 200), steps=5)
    pad.page.mouse.up(button="right")
    assert pad.is_blank()


def test_a_second_finger_is_ignored(phone: Pad) -> None:
    phone.fingers("touchStart", (60, 60))
    phone.fingers("touchMove", (90, 60))
    phone.fingers("touchStart", (90, 60), (220, 200))
    phone.fingers("touchMove", (150, 60), (220, 240))
    phone.fingers("touchMove", (200, 60), (180, 240))
    phone.fingers("touchEnd")
    assert phone.ink_at(150, 60)
    assert not phone.ink_at(220, 220)
    phone.predict.click()
    phone.await_answer()
    assert len(phone.sent_strokes()) == 1


def test_the_page_does_not_scroll_under_the_finger(phone: Pad) -> None:
    up = [(140.0, 260.0), (140.0, 20.0)]
    phone.touch([up])
    assert phone.page.evaluate("scrollY") == 0
    assert phone.ink_at(140, 140)
    beside = [(x - 160, y + 300) for x, y in up]
    phone.touch([beside])
    wait_until(lambda: phone.page.evaluate("scrollY > 0"))


def test_the_page_does_not_scroll_when_a_preview_fails(open_pad: OpenPad, watch: Watch) -> None:
    watch.expected.append("Failed to load resource")
    pad = open_pad(viewport={"width": 320, "height": 568})
    pad.page.route(PREDICTIONS, lambda route: route.fulfill(status=503, body="{}"))
    pad.draw(DIGITS[7])
    pad.expect_state("trouble")
    assert pad.page.evaluate("scrollY") == 0
    pad.predict.click()
    wait_until(lambda: pad.page.evaluate("scrollY > 0"))  # now somebody waits for it


@pytest.mark.parametrize("status", [201, 503])
def test_the_page_does_not_scroll_under_a_pen_that_draws_on(
    open_pad: OpenPad, watch: Watch, status: int
) -> None:
    watch.expected.append("Failed to load resource")
    pad = open_pad(viewport={"width": 320, "height": 568})
    pad.draw(DIGITS[7])
    pad.expect_state("preview")
    if status == 503:
        pad.answered_by(lambda route: route.fulfill(status=503, body="{}"), times=1)
    held = Held(pad.page, PREDICTIONS, "POST", part='"include":["canonical"]}')
    pad.predict.click()
    held.arrived()
    pad.page.mouse.move(*pad.on_page(140, 60))
    pad.page.mouse.down()
    held.let_go()
    pad.page.wait_for_function("document.querySelector('#answer').dataset.state !== 'waiting'")
    pad.page.mouse.move(*pad.on_page(140, 220))
    pad.page.mouse.up()
    assert pad.page.evaluate("scrollY") == 0


def test_a_pen_takes_over_from_a_resting_palm(phone: Pad) -> None:
    phone.fingers("touchStart", (230, 250))
    phone.pen([DOWN])
    phone.fingers("touchEnd")
    assert phone.ink_at(140, 140)
    assert not phone.ink_at(230, 250)


def test_a_palm_that_comes_down_between_a_pens_strokes_draws_nothing(phone: Pad) -> None:
    phone.moment = time.time() - 2  # all at once, however slow the machine
    phone.pen([DOWN])
    phone.fingers("touchStart", (230, 250))
    phone.fingers("touchMove", (200, 250))
    phone.fingers("touchEnd")
    assert phone.ink_at(140, 140)
    assert not phone.ink_at(230, 250)
    phone.moment = None

    def draws_again() -> bool:
        phone.touch([ACROSS])
        return phone.ink_at(100, 140)

    # The browser may still send events of the pen by itself; once the last is long ago, the finger draws.
    wait_until(draws_again)


def test_a_finger_does_not_disturb_a_pen_that_draws(phone: Pad) -> None:
    left, top = phone.on_page(0, 0)
    phone.stylus("mousePressed", (left + 60, top + 60), 0.5)
    phone.stylus("mouseMoved", (left + 100, top + 60), 0.5)
    phone.fingers("touchStart", (200, 200))
    phone.fingers("touchMove", (230, 230))
    phone.stylus("mouseMoved", (left + 200, top + 60), 0.5)
    phone.fingers("touchEnd")
    phone.stylus("mouseReleased", (left + 200, top + 60), 0.5)
    assert phone.ink_at(150, 60)
    assert not phone.ink_at(200, 200)
    phone.predict.click()
    phone.await_answer()
    assert len(phone.sent_strokes()) == 1


def test_a_hovering_pen_draws_nothing(pad: Pad) -> None:
    left, top = pad.on_page(0, 0)
    for x in (60, 140, 220):
        about = {"x": left + x, "y": top + 140, "buttons": 0, "pointerType": "pen"}
        pad.devtools.send("Input.dispatchMouseEvent", {"type": "mouseMoved", **about})
    assert pad.is_blank()


def test_a_mouse_and_a_finger_take_turns(phone: Pad) -> None:
    phone.fingers("touchStart", (60, 60))
    phone.fingers("touchMove", (100, 60))
    phone.page.mouse.move(*phone.on_page(60, 200))
    phone.page.mouse.down()
    phone.page.mouse.move(*phone.on_page(220, 200), steps=4)
    phone.fingers("touchMove", (220, 60))
    phone.page.mouse.up()
    phone.fingers("touchEnd")
    assert phone.ink_at(160, 60), "who came first goes on drawing"
    assert not phone.ink_at(140, 200)
    phone.draw([[(60.0, 200.0), (220.0, 200.0)]])
    assert phone.ink_at(140, 200)


def test_a_double_click_makes_dots_and_selects_nothing(pad: Pad) -> None:
    pad.page.mouse.dblclick(*pad.on_page(90, 90))
    assert pad.ink_at(90, 90)
    assert pad.page.evaluate("getSelection().toString()") == ""
    assert pad.page.evaluate("visualViewport.scale") == 1
    pad.undo.click()
    pad.undo.click()
    assert pad.is_blank()


def test_drawing_selects_no_text(pad: Pad) -> None:
    pad.draw([[(140.0, 140.0), (500.0, 60.0)]])
    assert pad.page.evaluate("getSelection().toString()") == ""
