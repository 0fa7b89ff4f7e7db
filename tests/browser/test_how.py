"""“How does it work?”: the drawing's way through the network, in pictures and plain words."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser import pictures
from tests.browser.conftest import OpenPad, Watch
from tests.browser.pad import Pad
from tests.browser.test_picture import choose, photograph
from tests.handwriting import DIGITS, LETTER_M
from tests.server import Server

pytestmark = pytest.mark.browser

STEPS = ("drawn", "found", "placed", "pixels", "numbers", "maps", "second-maps", "features", "mattered")


def explained(pad: Pad) -> Page:
    """Follow the link, as a person does, and wait for all pictures."""
    pad.page.get_by_role("link", name="How does it work?").click()
    await_whole(pad.page)
    return pad.page


def await_whole(page: Page) -> None:
    expect(page.locator("#way")).to_have_attribute("data-state", "whole")


def shades(page: Page, canvas: str) -> int:
    """How many different colours a picture has."""
    count: int = page.locator(f"#{canvas}").evaluate(
        """(canvas) => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
            const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
            copy.drawImage(canvas, 0, 0);
            const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
            done(new Set(new Uint32Array(data.buffer)).size);
        })))"""
    )
    return count


def test_each_step_shows_the_very_drawing(pad: Pad) -> None:
    pad.draw(DIGITS[7])
    page = explained(pad)
    assert {step: shades(page, step) > 1 for step in STEPS} == dict.fromkeys(STEPS, True)
    expect(page.get_by_text("The best fit is a 7.")).to_be_visible()
    expect(page.locator('[data-digit="7"]')).to_have_class("best worth-saying")
    expect(page.locator('[data-verdict="read"]')).to_be_visible()
    expect(page.locator('[data-verdict="refused"]')).to_be_hidden()
    assert page.locator("#way").get_by_text("784 numbers").count()
    kept = page.request.get(f"{page.url.removesuffix('/how')}/api/v1/predictions").json()
    assert kept["predictions"] == [], "looking leaves no record"


def test_the_frame_is_around_the_ink(pad: Pad) -> None:
    pad.draw(DIGITS[7])
    page = explained(pad)
    canvas, frame = page.locator("#found").bounding_box(), page.locator("#frame").bounding_box()
    assert canvas is not None
    assert frame is not None
    assert (frame["x"] - canvas["x"], frame["y"] - canvas["y"]) == pytest.approx((73, 57), abs=2)
    assert (frame["width"], frame["height"]) == pytest.approx((134, 182), abs=2)


def test_as_many_pictures_are_counted_as_the_network_has(pad: Pad) -> None:
    pad.draw(DIGITS[3])
    page = explained(pad)
    asked = {"ink": {"strokes": DIGITS[3]}, "record": False, "include": ["maps", "second_maps", "features"]}
    answer = page.request.post(f"{page.url.removesuffix('/how')}/api/v1/predictions", data=asked).json()
    for name, count in (
        ("maps", "maps-count"),
        ("second_maps", "second-maps-count"),
        ("features", "features-count"),
    ):
        expect(page.locator(f'[data-value="{count}"]')).to_have_text(str(len(answer[name])))


def test_a_refused_drawing_is_told_why(pad: Pad) -> None:
    pad.draw(LETTER_M)
    page = explained(pad)
    expect(page.locator('[data-verdict="refused"]')).to_contain_text("This does not look like a digit")
    expect(page.locator('[data-verdict="read"]')).to_be_hidden()
    needle, mark = page.locator("#needle").bounding_box(), page.locator("#mark").bounding_box()
    assert needle is not None
    assert mark is not None
    assert needle["x"] < mark["x"]


def test_with_nothing_drawn_it_says_so_and_shows_an_example(pad: Pad) -> None:
    page = explained(pad)
    expect(page.locator('[data-from="example"]')).to_contain_text("no drawing of yours yet")
    expect(page.get_by_text("The best fit is a 7.")).to_be_visible()
    page.get_by_role("link", name="draw a digit").click()
    expect(pad.canvas).to_be_visible()


@pytest.mark.parametrize("blank", [False, True])
def test_a_picture_shows_what_was_found_in_it(pad: Pad, blank: bool) -> None:
    content = photograph(4) if not blank else photograph(4, ink=False)
    choose(pad, content)
    pad.expect_state("preview-refused" if blank else "preview")
    page = explained(pad)
    expect(page.locator('[data-from="picture"]')).to_be_visible()
    if blank:
        expect(page.locator('#way li [data-verdict="nothing"]').first).to_contain_text(
            "nothing that could be ink"
        )
    else:
        expect(page.locator("#frame")).to_be_visible()
        assert min(shades(page, step) for step in STEPS) > 1


def test_without_the_server_the_first_steps_are_there(pad: Pad, watch: Watch) -> None:
    watch.expected.append("ERR_CONNECTION_FAILED|Failed to load resource")
    pad.draw(DIGITS[5])
    pad.page.route("**/api/v1/predictions", lambda route: route.abort("connectionfailed"))
    pad.page.get_by_role("link", name="How does it work?").click()
    page = pad.page
    expect(page.get_by_role("status")).to_have_text("The server cannot be reached")
    assert min(shades(page, step) for step in ("drawn", "found", "placed", "pixels", "numbers")) > 1
    again = page.get_by_role("button", name="try again")
    with page.expect_event("requestfailed"):
        again.press("Enter")
    expect(again).to_be_focused()
    page.unroute_all()
    again.press("Enter")
    await_whole(page)
    expect(page.get_by_role("status")).to_be_empty()
    expect(again).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_it_is_reached_by_keyboard_and_speaks(pad: Pad) -> None:
    pad.draw(DIGITS[2])
    link = pad.page.get_by_role("link", name="How does it work?")
    link.focus()
    pad.page.keyboard.press("Enter")
    await_whole(pad.page)
    assert all(pad.page.locator("#way canvas").evaluate_all("all => all.map((each) => each.ariaLabel)"))
    levels = pad.page.locator("h1, h2, h3").evaluate_all("all => all.map((each) => each.tagName)")
    assert levels == ["H1", *["H2"] * 10]
    pad.page.go_back()
    expect(pad.digit).to_have_text("2")


def test_the_first_view_does_not_pay_for_it(pad: Pad) -> None:
    asked = pad.page.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")
    assert [name for name in asked if "how" in name or "canonical" in name] == []


@pytest.mark.parametrize("width", [320, 390, 720, 940, 1040])
def test_it_fits_every_width(open_pad: OpenPad, width: int) -> None:
    pad = open_pad(viewport={"width": width, "height": 800}, locale="de")
    pad.page.goto(pad.page.url + "how")
    await_whole(pad.page)
    assert pad.page.evaluate("document.documentElement.scrollWidth") == width


def test_nothing_moves_for_who_asked_for_that(open_pad: OpenPad) -> None:
    pad = open_pad(reduced_motion="reduce")
    pad.page.goto(pad.page.url + "how")
    await_whole(pad.page)
    assert pad.page.evaluate("document.getAnimations().length") == 0


def test_without_javascript_it_says_what_it_needs(open_pad: OpenPad, server: Server) -> None:
    page = open_pad(java_script_enabled=False).page
    page.goto(server.url + "/how")
    expect(page.locator(".notice")).to_contain_text("JavaScript")
    expect(page.get_by_role("heading", name="Ten scores")).to_be_visible()
    expect(page.locator(".later").first).to_have_css("opacity", "1")  # its text can be read
    expect(page.get_by_text("it is only a line")).to_be_visible()
    expect(page.locator("#drawn")).to_be_hidden()


@pictures.wanted
def test_take_the_picture(open_pad: OpenPad) -> None:
    pad = open_pad(viewport={"width": 1040, "height": 970}, device_scale_factor=1.5)
    pad.draw(DIGITS[4])
    pictures.take(explained(pad), "how", top=".way > li:nth-child(4)")
