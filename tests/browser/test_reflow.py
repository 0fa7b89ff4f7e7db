"""Every page stays usable on a small screen, with large text and with wide spacing (WCAG 2.2)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import OpenPad
from tests.browser.pad import Pad
from tests.handwriting import DIGITS

pytestmark = pytest.mark.browser

PAGES = ["", "drawings", "how", "docs"]

SPACED = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
        word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }`);
    document.adoptedStyleSheets.push(sheet);
}"""

CUT_OFF = """() => [...document.querySelectorAll("body *")]
    .filter((each) => each.checkVisibility() && !each.closest(".visually-hidden, svg, option, .share"))
    .filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .filter((each) => {
        for (let box = each; box !== document.body; box = box.parentElement) {
            const hides = getComputedStyle(box).overflowX !== "visible";
            if (hides && box.scrollWidth > box.clientWidth + 1) return !box.matches("pre, .contents, details");
        }
        const range = document.createRange();
        range.selectNodeContents(each);
        const text = range.getBoundingClientRect();
        return text.right > innerWidth + 1 || text.left < -1;
    })
    .map((each) => each.outerHTML.slice(0, 120))"""

OVERLAPPING = """() => {
    const parts = [...document.querySelectorAll("header, footer, .pad, .desk .buttons, .desk .hint, " +
        ".digit, .words, .seen, .columns, .correction, .history h2, .history .said, .history ol")]
        .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height > 0);
    const boxes = parts.map((each) => {
        const range = document.createRange();
        range.selectNodeContents(each);
        const [box, text] = [each.getBoundingClientRect(), range.getBoundingClientRect()];
        return { name: each.className || each.tagName, left: Math.min(box.left, text.left || box.left),
            top: box.top, right: Math.max(box.right, text.right), bottom: box.bottom };
    });
    return boxes.flatMap((one, at) => boxes.slice(at + 1)
        .filter((two) => one.left < two.right - 2 && two.left < one.right - 2 &&
            one.top < two.bottom - 2 && two.top < one.bottom - 2)
        .map((two) => `${one.name} / ${two.name}`));
}"""


def shown(pad: Pad, name: str) -> Page:
    """A page with content."""
    pad.page.locator("#predict").click()
    pad.await_answer()
    if name:
        pad.page.goto(pad.page.url + name)
        pad.page.wait_for_load_state("networkidle")
    return pad.page


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
def test_nothing_is_cut_off_on_a_small_screen(open_pad: OpenPad, name: str, locale: str) -> None:
    """1.4.10: 320 pixels, the width of a desktop window at 400 %."""
    pad = open_pad(reduced_motion="reduce", viewport={"width": 320, "height": 640}, locale=locale)
    pad.draw(DIGITS[7])
    page = shown(pad, name)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate(OVERLAPPING) == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [320, 1040])
def test_wide_spacing_cuts_nothing_off(open_pad: OpenPad, name: str, width: int) -> None:
    """1.4.12: the spacing that a reader may set."""
    pad = open_pad(reduced_motion="reduce", viewport={"width": width, "height": 800}, bypass_csp=True)
    pad.draw(DIGITS[7])
    page = shown(pad, name)
    page.evaluate(SPACED)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate(OVERLAPPING) == []


@pytest.mark.parametrize("name", [*PAGES, "kept", "collect"])
@pytest.mark.parametrize(("width", "locale"), [(360, "de-DE"), (1280, "en-GB")])
def test_text_of_twice_the_size_overlaps_nothing(
    open_pad: OpenPad, name: str, width: int, locale: str
) -> None:
    """1.4.4: the text size that a reader has set in the browser."""
    pad = open_pad(reduced_motion="reduce", viewport={"width": width, "height": 800}, locale=locale)
    pad.devtools.send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})
    pad.draw(DIGITS[7])
    page = shown(pad, name)
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate(OVERLAPPING) == []


@pytest.mark.parametrize("name", PAGES)
def test_targets_are_large_enough(open_pad: OpenPad, name: str) -> None:
    """2.5.8: 24 pixels each way, except for links within a sentence."""
    pad = open_pad(reduced_motion="reduce", viewport={"width": 390, "height": 800})
    pad.draw(DIGITS[7])
    page = shown(pad, name)
    for target in page.locator("button:visible, a:visible, summary:visible, input:visible").all():
        if target.evaluate(
            "at => at.parentElement.matches('p') && at.parentElement.innerText !== at.innerText"
        ):
            continue
        box = target.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24, target.evaluate("element => element.outerHTML")
