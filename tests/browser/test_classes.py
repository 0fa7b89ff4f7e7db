"""A class as it sees itself: the way in, the page that asks for digits, and the wall on which they arrive."""

from __future__ import annotations

import json
import os
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPad, Watch
from tests.browser.pad import Pad
from tests.browser.test_accessibility import axe, complaints
from tests.handwriting import DIGITS, LETTER_M
from tests.server import Server
from tests.web.asking import CLASSES, SEVEN, THREE

__all__ = ["axe"]

pytestmark = pytest.mark.browser

IMAGES = Path(__file__).parents[2] / "docs" / "images"
AWAY = "ERR_CONNECTION|Failed to load resource"


class Class:
    """A class that has begun on `server`: its pages, and what it has drawn."""

    def __init__(self, server: Server) -> None:
        self.server = server
        made = server.request("POST", CLASSES).json()
        self.code, self.key = made["code"], made["key"]
        self.page = f"{server.url}/collect/{self.code}"
        self.wall = f"{self.page}/wall#{self.key}"

    def drawings(self) -> list[dict[str, Any]]:
        """What its wall shows, newest first."""
        door = f"{CLASSES}/{self.code}/drawings"
        found: list[dict[str, Any]] = self.server.request(
            "GET", door, headers={"Class-Key": self.key}
        ).json()["drawings"]
        return found

    def add(self, drawing: dict[str, Any], asked: int) -> None:
        """Somebody else draws."""
        answer = self.server.request("POST", f"{CLASSES}/{self.code}/drawings", {**drawing, "asked": asked})
        assert answer.status == 201


@pytest.fixture
def begun(server: Server) -> Class:
    return Class(server)


def seated(pad: Pad, begun: Class) -> Pad:
    """Somebody of the class opens its page."""
    pad.page.goto(begun.page)
    expect(pad.page.locator("#ask")).to_have_text(re.compile("^Draw an? [0-9]$"))
    return pad


def asked(page: Page) -> int:
    return int(page.locator("#ask").inner_text()[-1])


def done(pad: Pad) -> None:
    pad.page.get_by_role("button", name="Done").click()


def told(pad: Pad, text: str) -> None:
    expect(pad.page.locator("#last")).to_have_text(text)


def drawn(pad: Pad, by: str = "draw") -> int:
    """Draw what is asked for, wait until it has arrived, and say which it was."""
    digit = asked(pad.page)
    getattr(pad, by)(DIGITS[digit])
    done(pad)
    expect(pad.page.locator("#last")).to_contain_text("Recorded.")
    return digit


# ── The way in ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_teacher_begins_a_class_and_the_key_is_in_no_request(pad: Pad) -> None:
    page, requests = pad.page, []
    page.on("request", lambda request: requests.append(request.url + str(request.headers)))
    page.get_by_role("link", name="For a class").click()
    page.get_by_role("button", name="Begin a class").click()
    expect(page.get_by_role("status")).to_have_text(re.compile(r"Class ...-...-... has begun\."))
    wall = page.get_by_role("link", name="the wall")
    key = str(wall.get_attribute("href")).partition("#")[2]
    assert len(key) == 26
    code = page.locator("#join-link").inner_text().rpartition("/")[2]
    wall.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Class {code}")
    expect(page.get_by_role("status")).to_contain_text("Nothing drawn yet.")
    addresses = [each.partition("{")[0] for each in requests]
    assert not any(key in each for each in addresses)
    assert sum(key in each for each in requests) == 1  # the wall's own, in the header Class-Key
    page.go_back()


def test_a_code_leads_to_its_class_however_it_is_typed(pad: Pad, watch: Watch, begun: Class) -> None:
    watch.expected.append("404")
    page = pad.page
    page.goto(f"{begun.server.url}/collect")
    page.get_by_label("The code of your class").fill("K7P-M2X-QD5")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("no class with the code “K7P-M2X-QD5”")
    page.get_by_label("The code of your class").fill(begun.code.lower().replace("-", ""))
    page.keyboard.press("Enter")
    page.wait_for_url(begun.page)
    expect(page.locator("#code")).to_have_text(begun.code)


# ── Drawing ──────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_drawn_is_recorded_with_what_was_asked_for_and_the_next_digit_follows(
    pad: Pad, begun: Class
) -> None:
    seated(pad, begun)
    digits = [drawn(pad) for _ in range(3)]
    assert len({*digits, asked(pad.page)}) == 4
    expect(pad.page.locator("#count")).to_have_text("3 of 20")
    assert [each["asked"] for each in begun.drawings()] == digits[::-1]
    assert [each["digit"] for each in begun.drawings()] == digits[::-1]
    assert pad.is_blank()


def test_a_finger_draws_too(phone: Pad, begun: Class) -> None:
    seated(phone, begun)
    digit = drawn(phone, by="touch")
    assert [each["asked"] for each in begun.drawings()] == [digit]


def test_what_the_network_reads_otherwise_is_kept_as_what_was_asked_for(pad: Pad, begun: Class) -> None:
    seated(pad, begun)
    digit = asked(pad.page)
    pad.draw(LETTER_M)
    done(pad)
    article = "an 8" if digit == 8 else f"a {digit}"
    expect(pad.page.locator("#last")).to_have_text(
        re.compile(f"^Recorded. The network read .*, and not {article}.$")
    )
    (kept,) = begun.drawings()
    assert kept["asked"] == digit
    assert kept["digit"] != digit


def test_with_nothing_drawn_nothing_is_sent(pad: Pad, begun: Class) -> None:
    seated(pad, begun)
    done(pad)
    expect(pad.page.locator("#last")).to_have_text(re.compile("^Draw an? [0-9] first, then press “Done”.$"))
    assert begun.drawings() == []


def test_strokes_are_taken_back_by_keys_and_buttons(pad: Pad, begun: Class) -> None:
    seated(pad, begun)
    pad.draw(DIGITS[4])
    pad.page.keyboard.press("Control+z")
    assert not pad.is_blank()
    pad.undo.click()
    assert pad.is_blank()
    pad.draw(DIGITS[7])
    pad.clear.click()
    assert pad.is_blank()


def test_a_digit_is_skipped_and_comes_again(pad: Pad, begun: Class) -> None:
    seated(pad, begun)
    first = asked(pad.page)
    pad.page.get_by_role("button", name="skip this one").click()
    assert asked(pad.page) != first
    digits = []
    for _ in range(9):
        digits.append(asked(pad.page))
        pad.page.get_by_role("button", name="skip this one").click()
    assert first not in digits
    assert asked(pad.page) == first


def test_the_last_one_is_taken_back_and_asked_for_again_also_after_a_reload(pad: Pad, begun: Class) -> None:
    seated(pad, begun)
    one, two = drawn(pad), drawn(pad)
    pad.page.reload()
    expect(pad.page.locator("#count")).to_have_text("2 of 20")
    for digit, count in ((two, 1), (one, 0)):
        pad.page.get_by_role("button", name="take the last one back").click()
        told(pad, "Taken back. Draw it once more.")
        assert asked(pad.page) == digit
        expect(pad.page.locator("#count")).to_have_text(f"{count} of 20")
    pad.page.wait_for_load_state("networkidle")
    assert begun.drawings() == []


def test_after_twenty_it_is_enough_and_may_go_on(pad: Pad, begun: Class) -> None:
    seated(pad, begun)
    for number in range(1, 21):
        pad.draw([[(140, 60), (140, 100)]])
        done(pad)
        expect(pad.page.locator("#count")).to_have_text(f"{number} of 20")
    told(pad, "Thank you, that is enough! You may go on if you like.")
    pad.page.wait_for_load_state("networkidle")
    told(pad, "Thank you, that is enough! You may go on if you like.")
    assert sorted(each["asked"] for each in begun.drawings()) == sorted([*range(10)] * 2)
    pad.draw([[(140, 60), (140, 100)]])
    done(pad)
    expect(pad.page.locator("#count")).to_have_text("21 of 40")


def test_while_the_server_is_away_drawings_wait_through_a_reload_and_arrive_once(
    open_pad: OpenPad, watch: Watch, tmp_path: Path
) -> None:
    watch.expected.append(AWAY)
    with Server(tmp_path, options=("--workers", "1")) as server:
        begun = Class(server)
        pad = seated(open_pad(url=server.url), begun)
        first = drawn(pad)
        server.stop()
        second = asked(pad.page)
        pad.draw(DIGITS[second])
        done(pad)
        waiting = pad.page.locator("#waiting")
        expect(waiting).to_have_text("1 drawing waits here until the server can be reached. Just go on.")
        third = asked(pad.page)
        pad.draw(DIGITS[third])
        done(pad)
        expect(waiting).to_contain_text("2 drawings wait here")
        server.start()
        pad.page.reload()
        expect(pad.page.locator("#count")).to_have_text("3 of 20")
        expect(pad.page.locator("#last")).to_contain_text("Recorded.")
        pad.page.wait_for_load_state("networkidle")
        expect(waiting).to_have_text("")
        assert [each["asked"] for each in begun.drawings()] == [third, second, first]


# ── The wall ─────────────────────────────────────────────────────────────────────────────────────────────


def test_drawings_appear_on_the_wall_as_they_are_drawn(open_pad: OpenPad, begun: Class) -> None:
    wall, pad = open_pad().page, seated(open_pad(), begun)
    wall.goto(begun.wall)
    shown = wall.get_by_role("listitem")
    expect(wall.get_by_role("status")).to_contain_text("Nothing drawn yet.")
    first = drawn(pad)
    expect(shown).to_have_count(1)
    second = drawn(pad)
    expect(shown).to_have_count(2)
    expect(shown.first.get_by_role("img")).to_have_attribute(
        "aria-label", re.compile(f" {second}; read: an? {second}$")
    )
    expect(shown.last).to_contain_text(f"{first}✓")
    expect(wall.get_by_role("status")).to_have_text("")
    pad.page.get_by_role("button", name="take the last one back").click()
    expect(shown).to_have_count(1)
    assert Pad(wall)._inked(shown.first.locator("canvas"), (0, 0, 280, 280)) != []


def test_what_was_misread_stands_out_and_ink_of_any_size_is_seen(pad: Pad, begun: Class) -> None:
    begun.add(SEVEN, 1)
    far = [[[x * 100 + 5000, y * 100] for x, y in way] for way in DIGITS[3]]
    begun.add({"ink": {"strokes": far}}, 3)
    pad.page.goto(begun.wall)
    shown = pad.page.get_by_role("listitem")
    expect(shown.last).to_have_class("misread")
    expect(shown.last).to_contain_text("1read: 7")
    expect(shown.first).to_have_class("")
    assert pad._inked(shown.first.locator("canvas"), (0, 0, 280, 280)) != []


def test_a_wall_without_its_key_shows_nothing(pad: Pad, watch: Watch, begun: Class) -> None:
    watch.expected.append("403")
    begun.add(SEVEN, 7)
    for key in ("", "#", "#" + "a" * 26):
        pad.page.goto("about:blank")
        pad.page.goto(f"{begun.page}/wall{key}")
        expect(pad.page.get_by_role("status")).to_have_text(
            "This wall needs the teacher’s link, with its key."
        )
        assert pad.page.get_by_role("listitem").count() == 0
        expect(pad.page.locator("#tools")).to_be_hidden()


def test_another_language_and_the_whole_screen_keep_the_key(pad: Pad, begun: Class) -> None:
    begun.add(SEVEN, 7)
    pad.page.goto(begun.wall)
    pad.page.get_by_role("link", name="Deutsch").click()
    expect(pad.page.get_by_role("heading", level=1)).to_have_text(f"Klasse {begun.code}")
    expect(pad.page.get_by_role("listitem")).to_have_count(1)
    whole = pad.page.get_by_role("button", name="Vollbild")
    whole.click()
    expect(whole).to_be_hidden()
    assert pad.page.evaluate("document.fullscreenElement === document.documentElement")


def test_the_teacher_takes_one_off_the_wall(pad: Pad, begun: Class) -> None:
    begun.add(SEVEN, 7)
    begun.add(THREE, 3)
    pad.page.goto(begun.wall)
    pad.page.get_by_role("button", name="Remove this drawing of a 7").click()
    expect(pad.page.get_by_role("listitem")).to_have_count(1)
    expect(pad.page.get_by_role("heading", level=1)).to_be_focused()
    assert [each["asked"] for each in begun.drawings()] == [3]


def test_all_of_a_class_are_one_data_set(pad: Pad, begun: Class) -> None:
    begun.add(SEVEN, 7)
    begun.add(THREE, 3)
    pad.page.goto(begun.wall)
    taken = {}
    for name in ("as JSON", "as CSV", "as idx"):
        with pad.page.expect_download() as download:
            pad.page.get_by_role("button", name=name).click()
        taken[download.value.suggested_filename] = Path(download.value.path())
    assert set(taken) == {f"{begun.code}.{kind}" for kind in ("jsonl", "csv", "zip")}
    lines = taken[f"{begun.code}.jsonl"].read_text().splitlines()
    assert [json.loads(line)["label"] for line in lines] == [3, 7]
    with zipfile.ZipFile(taken[f"{begun.code}.zip"]) as archive:
        assert len(archive.namelist()) == 2


def test_all_of_a_class_are_erased_after_a_question(pad: Pad, begun: Class) -> None:
    begun.add(SEVEN, 7)
    pad.page.goto(begun.wall)
    for answer, left in (("Keep", 1), ("Delete", 0)):
        pad.page.get_by_role("button", name="erase").click()
        pad.page.get_by_role("dialog").get_by_role("button", name=answer).click()
        expect(pad.page.get_by_role("listitem")).to_have_count(left)
    expect(pad.page.get_by_role("status")).to_contain_text("Nothing drawn yet.")
    assert begun.drawings() == []


# ── For everyone ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_keyboard_reaches_everything_on_the_page_that_asks(pad: Pad, begun: Class) -> None:
    seated(pad, begun)
    reached = []
    for _ in range(8):
        pad.page.keyboard.press("Tab")
        focused = pad.page.locator(":focus-visible")
        expect(focused).to_have_css("outline-style", "solid")
        reached.append(focused.get_attribute("aria-label") or focused.inner_text())
    assert reached[:5] == ["Done", "Clear it", "Undo", "skip this one", "take the last one back"]
    assert reached[5:] == ["What is kept", "For a class", "Deutsch"]


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_pad: OpenPad, watch: Watch, axe: str, begun: Class, scheme: str) -> None:
    watch.expected.append("404")
    begun.add(SEVEN, 7)
    begun.add(THREE, 1)
    pad = open_pad(color_scheme=scheme, bypass_csp=True)
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
