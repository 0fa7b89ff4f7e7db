"""The pages of a class at every width, by touch and for screen readers; and their screenshots."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.classes import Class, asked, drawn, seated
from tests.browser.conftest import OpenPad, Watch
from tests.browser.pad import Pad
from tests.browser.test_accessibility import axe, complaints
from tests.browser.test_reflow import CUT_OFF
from tests.handwriting import DIGITS
from tests.web.asking import SEVEN, THREE

__all__ = ["axe"]

pytestmark = pytest.mark.browser

IMAGES = Path(__file__).parents[2] / "docs" / "images"


@pytest.mark.parametrize("width", [320, 390, 720, 1040, 1600])
def test_nothing_is_cut_off_at_any_width(open_pad: OpenPad, begun: Class, width: int) -> None:
    begun.add(SEVEN, 1)
    pad = open_pad(viewport={"width": width, "height": 800})
    for address in (f"{begun.server.url}/collect", begun.page, begun.wall, f"{begun.server.url}/kept"):
        for language in ("en", "de"):
            path, _, key = address.partition("#")
            pad.page.goto("about:blank")
            pad.page.goto(f"{path}?lang={language}#{key}")
            pad.page.wait_for_load_state("networkidle") if not key else pad.page.locator("main li").wait_for()
            assert pad.page.evaluate("document.documentElement.scrollWidth") == width, (address, language)


def test_text_of_twice_the_size_is_not_cut_off(open_pad: OpenPad, begun: Class) -> None:
    begun.add(SEVEN, 1)
    pad = open_pad(viewport={"width": 360, "height": 800}, locale="de-DE")
    pad.devtools.send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})
    pad.page.goto(begun.page)
    expect(pad.page.locator("#ask")).to_contain_text("Zeichne")
    assert pad.page.evaluate(CUT_OFF) == []
    lines = "(ask) => ask.getClientRects()[0].height / parseFloat(getComputedStyle(ask).lineHeight)"
    assert pad.page.locator("#ask").evaluate(lines) < 2.5  # each word is whole
    pad.page.goto(begun.wall)
    pad.page.locator("main li").wait_for()
    assert pad.page.evaluate(CUT_OFF) == []


def test_a_field_has_an_edge_that_is_seen(pad: Pad, begun: Class) -> None:
    """1.4.11: at least 3 to 1."""
    pad.page.goto(f"{begun.server.url}/collect")
    muted = pad.page.locator(".kept").first.evaluate("(text) => getComputedStyle(text).color")
    expect(pad.page.get_by_label("The code of your class")).to_have_css("border-top-color", muted)


def test_without_javascript_there_is_no_button_that_does_nothing(open_pad: OpenPad, begun: Class) -> None:
    page = open_pad(java_script_enabled=False).page
    page.goto(f"{begun.server.url}/collect")
    expect(page.locator(".notice")).to_contain_text("This needs JavaScript.")
    expect(page.get_by_role("button")).to_have_text("Go")  # the way to a class is a form


def test_targets_are_large_enough_for_a_finger(phone: Pad, begun: Class) -> None:
    begun.add(SEVEN, 7)
    for address in (f"{begun.server.url}/collect", begun.page, begun.wall, f"{begun.server.url}/kept"):
        phone.page.goto(address)
        if address == begun.wall:
            phone.page.get_by_role("listitem").wait_for()
        for target in phone.page.locator("button:visible, a:visible, input:visible").all():
            box = target.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 24, target.inner_html()


def test_axe_finds_nothing(open_pad: OpenPad, watch: Watch, axe: str, begun: Class) -> None:
    watch.expected.append("404")
    begun.add(SEVEN, 7)
    begun.add(THREE, 1)
    pad = open_pad(bypass_csp=True)
    page, found = pad.page, {}
    for name in ("collect", "collect?class=none", "kept"):
        page.goto(f"{begun.server.url}/{name}")
        found[name] = complaints(page, axe)
    page.goto(f"{begun.server.url}/collect")
    page.get_by_role("button", name="Begin a class").click()
    page.locator("#begun").wait_for()
    found["begun"] = complaints(page, axe)
    seated(pad, begun)
    drawn(pad)
    found["drawn"] = complaints(page, axe)
    page.goto(begun.wall)
    page.get_by_role("listitem").first.wait_for()
    found["wall"] = complaints(page, axe)
    page.get_by_role("button", name="erase").click()
    found["erase"] = complaints(page, axe)
    assert {name: each for name, each in found.items() if each} == {}


@pytest.mark.skipif(not os.environ.get("DIGITPAD_PICTURES"), reason="DIGITPAD_PICTURES=1 takes the pictures")
def test_take_the_pictures(open_pad: OpenPad, begun: Class) -> None:
    for number in range(21):
        wanted = number % 10
        begun.add({"ink": {"strokes": DIGITS[7 if number == 11 else wanted]}}, wanted)
    wall = open_pad(viewport={"width": 1280, "height": 780}).page
    wall.goto(begun.wall)
    expect(wall.get_by_role("listitem")).to_have_count(21)
    wall.locator(".join b").evaluate(
        "(element, code) => (element.textContent = `digits.example/collect/${code}`)", begun.code
    )
    wall.get_by_role("button", name="full screen").click()
    wall.mouse.move(0, 0)
    wall.screenshot(path=IMAGES / "class-wall.png")
    pad = seated(
        open_pad(
            viewport={"width": 390, "height": 700}, has_touch=True, is_mobile=True, device_scale_factor=2
        ),
        begun,
    )
    drawn(pad, by="touch")
    pad.touch(DIGITS[asked(pad.page)])
    pad.page.screenshot(path=IMAGES / "class-phone.png")
