"""The look: nothing overlaps, moves or hides, from 320 pixels up, light and dark; and the README's pictures."""

from __future__ import annotations

from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.browser import pictures
from tests.browser.conftest import OpenPad, Watch
from tests.browser.pad import Pad
from tests.browser.test_answer import PREDICTIONS, changed
from tests.handwriting import DIGITS
from tests.server import wait_until

pytestmark = pytest.mark.browser

WIDTHS = (320, 390, 719, 720, 1040, 1600)


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_cut_off_at_any_width(open_pad: OpenPad, width: int) -> None:
    pad = open_pad(viewport={"width": width, "height": 800})
    pad.reads(DIGITS[7])
    assert pad.page.evaluate("document.documentElement.scrollWidth") == width
    box = pad.canvas.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert (box["width"], box["height"]) == (280, 280)


def test_the_answer_is_on_the_right_and_below_on_a_narrow_screen(open_pad: OpenPad) -> None:
    for width, right in ((1040, True), (390, False)):
        pad = open_pad(viewport={"width": width, "height": 800})
        canvas, answer = pad.canvas.bounding_box(), pad.answer.bounding_box()
        assert canvas is not None
        assert answer is not None
        assert (answer["x"] > canvas["x"] + canvas["width"]) is right
        assert (answer["y"] > canvas["y"] + canvas["height"]) is not right


@pytest.mark.parametrize("width", [390, 1040])
def test_nothing_moves_when_the_answer_comes(open_pad: OpenPad, width: int) -> None:
    pad = open_pad(viewport={"width": width, "height": 1400})
    places = """() => [...document.querySelectorAll("canvas, .buttons button, .columns, h2, footer")]
        .map((element) => { const { x, y } = element.getBoundingClientRect(); return [x, y]; })"""
    before = pad.page.evaluate(places)
    pad.reads(DIGITS[7])
    expect(pad.drawings).to_have_count(1)
    assert pad.page.evaluate(places) == before
    shift = """() => new Promise((done) => new PerformanceObserver((list) =>
        done(list.getEntries().filter((entry) => !entry.hadRecentInput) // words may change under a moving pen
            .reduce((sum, entry) => sum + entry.value, 0)))
        .observe({ type: "layout-shift", buffered: true }) ?? setTimeout(() => done(0), 100))"""
    assert pad.page.evaluate(shift) == 0


@pytest.mark.parametrize("width", [320, 360, 390, 800, 1040])
def test_nothing_moves_whatever_the_answer_says(open_pad: OpenPad, watch: Watch, width: int) -> None:
    watch.expected.append("Failed to load resource")
    pad = open_pad(viewport={"width": width, "height": 1400})
    places = "[...document.querySelectorAll('.columns, h2')].map((each) => each.getBoundingClientRect().y)"
    before = pad.page.evaluate(places)
    pad.predict.click()
    pad.expect_state("nothing-drawn")
    assert pad.page.evaluate(places) == before
    refused = {"digit": None, "p_digit": 0.03}
    unrecorded = {"id": None, "recorded": False, "recorded_at": None}
    for state, fields in (
        ("preview", {}),
        ("preview-refused", refused),
        ("refused", refused),
        ("answered", unrecorded),
        ("answered", unrecorded | {"cookieless": True}),
        ("refused", refused | unrecorded),
    ):
        pad.page.route(PREDICTIONS, changed(fields))
        pad.clear.click()
        pad.draw(DIGITS[7])
        if not state.startswith("preview"):
            pad.predict.click()
        pad.expect_state(state)
        assert pad.page.evaluate(places) == before, (state, fields)
    pad.page.route(PREDICTIONS, lambda route: route.fulfill(status=503, body="{}"))
    pad.clear.click()
    pad.draw(DIGITS[7])
    pad.expect_state("trouble")
    assert pad.page.evaluate(places) == before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(open_pad: OpenPad, scheme: str) -> None:
    pad = open_pad(color_scheme=scheme)
    pad.reads(DIGITS[7])
    for name, ratio in pad.page.evaluate(CONTRASTS):
        assert ratio >= 4.5, name


def test_day_is_paper_and_ink_and_night_is_slate_and_chalk(open_pad: OpenPad) -> None:
    lightness = {}
    for scheme in ("light", "dark"):
        pad = open_pad(color_scheme=scheme)
        for part, colour in (("ground", "backgroundColor"), ("ink", "color")):
            rgb = pad.page.evaluate(f"getComputedStyle(document.body).{colour}.match(/[0-9]+/g).map(Number)")
            lightness[scheme, part] = sum(rgb) / 3
    assert lightness["light", "ground"] > 230
    assert lightness["light", "ink"] < 80
    assert lightness["dark", "ground"] < 50
    assert lightness["dark", "ink"] > 220


def test_a_drawing_takes_the_colour_of_the_hour(pad: Pad) -> None:
    pad.draw(DIGITS[7])
    wait_until(lambda: pad.page.evaluate(INK_IS, [0, 100]))
    pad.page.emulate_media(color_scheme="dark")
    wait_until(lambda: pad.page.evaluate(INK_IS, [200, 255]))


def test_targets_are_large_enough_for_a_finger(phone: Pad) -> None:
    phone.reads(DIGITS[7], by="touch")
    for target in phone.page.locator("button:visible, a:visible").all():
        box = target.bounding_box()
        assert box is not None
        assert box["width"] >= 24
        assert box["height"] >= 24


def test_the_keyboard_reaches_everything_and_shows_where_it_is(pad: Pad) -> None:
    reached = []
    pad.draw(DIGITS[7])
    pad.page.reload()
    pad.expect_state("preview")
    for _ in range(11):
        pad.page.keyboard.press("Tab")
        focused = pad.page.locator(":focus-visible")
        expect(focused).to_have_css("outline-style", "solid")
        reached.append(focused.get_attribute("aria-label") or focused.inner_text())
    assert reached == [
        "How does it work?",
        "The model",
        "The API",
        "Predict it",
        "Clear it",
        "Undo",
        "Redo",
        "choose a picture",
        "copy it as a picture",
        "which ink mattered?",
        "all of them, download, delete",
    ]


def test_nothing_moves_for_who_asked_for_that(open_pad: OpenPad) -> None:
    pad = open_pad(reduced_motion="reduce")
    pad.reads(DIGITS[7])
    pad.clear.click()
    assert pad.page.evaluate("document.getAnimations().length") == 0
    assert pad.page.locator(".leaving").count() == 0


def test_a_cleared_sheet_leaves_and_is_gone(pad: Pad) -> None:
    pad.draw(DIGITS[7])
    pad.clear.click()
    expect(pad.page.locator(".leaving")).to_have_count(0)
    assert pad.is_blank()


def test_forced_colours_still_show_ink_columns_and_drawings(open_pad: OpenPad) -> None:
    pad = open_pad(forced_colors="active")
    assert pad.reads(DIGITS[7]) == "7"
    assert pad.ink_at(140, 66)
    for part in (".pad", ".bar"):
        expect(pad.page.locator(part).first).to_have_css("border-top-style", "solid")
    expect(pad.undo).to_have_css("color", colour(pad, "ButtonText"))
    expect(pad.redo).to_have_css("color", colour(pad, "GrayText"))
    pad.page.get_by_role("button", name="1", exact=True).click()
    chosen = pad.page.locator("#choices [aria-pressed=true]")
    expect(chosen).to_have_css("background-color", colour(pad, "Highlight"))


def test_who_asks_for_more_contrast_gets_edges_and_dark_text(open_pad: OpenPad) -> None:
    pad = open_pad(contrast="more")
    ink = colour(pad, "var(--ink)")
    expect(pad.otherwise).to_have_css("color", ink)
    expect(pad.clear).to_have_css("border-top-color", ink)
    expect(pad.undo).to_have_css("border-top-style", "dashed")


def colour(pad: Pad, name: str) -> str:
    """A colour of the style sheet, as the browser computes it."""
    found: str = pad.page.evaluate(
        """(name) => {
            const probe = document.body.appendChild(document.createElement("i"));
            probe.style.color = name;
            const { color } = getComputedStyle(probe);
            probe.remove();
            return color;
        }""",
        name,
    )
    return found


def test_headings_go_down_one_level_at_a_time(pad: Pad) -> None:
    levels = pad.page.locator("h1, h2, h3").evaluate_all("all => all.map((each) => Number(each.tagName[1]))")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_without_javascript_the_page_says_what_it_needs(open_pad: OpenPad) -> None:
    pad = open_pad(java_script_enabled=False)
    expect(pad.page.locator(".notice")).to_be_visible()
    expect(pad.page.locator(".notice")).to_contain_text("Drawing needs JavaScript.")
    expect(pad.page.get_by_label("A PNG or JPEG of one digit")).to_be_visible()
    expect(pad.predict).to_have_count(1)  # and no button that does nothing
    for part in ("#canvas", "#answer", ".slot >> nth=0"):  # nor a place for what cannot come
        expect(pad.page.locator(part)).to_be_hidden()


@pictures.wanted
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_take_the_pictures(open_pad: OpenPad, scheme: str) -> None:
    pad = open_pad(device_scale_factor=2, color_scheme=scheme)
    for digit in (6, 1, 8, 0, 3, 4, 2, 7):
        assert pad.reads(DIGITS[digit]) == str(digit)
    expect(pad.drawings).to_have_count(8)
    pictures.take(pad.page, f"page-{scheme}")


INK_IS = """([least, most]) => {
    const copy = new OffscreenCanvas(280, 280).getContext("2d", { willReadFrequently: true });
    copy.drawImage(document.querySelector("#canvas"), 0, 0, 280, 280);
    const [red, green, blue, alpha] = copy.getImageData(140, 64, 1, 1).data;
    return alpha === 255 && [red, green, blue].every((value) => value >= least && value <= most);
}"""
CONTRASTS = """() => {
    const parse = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
    const linear = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    const ground = (element) => {
        for (let each = element; each; each = each.parentElement) {
            const colour = parse(getComputedStyle(each).backgroundColor);
            if (colour.length === 3 || colour[3] > 0) return colour;
        }
        return [255, 255, 255];
    };
    const texts = [...document.querySelectorAll("body *")].filter(
        (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
    return texts.map((element) => {
        const [one, other] = [parse(getComputedStyle(element).color), ground(element)].map(luminance);
        return [element.outerHTML, (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)];
    });
}"""
