"""The page on which a class draws: the way in by its code, one digit after the other, and waiting drawings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.classes import Class, all_sent, asked, done, drawn, seated, told
from tests.browser.conftest import OpenPad, Watch
from tests.browser.pad import Pad
from tests.handwriting import DIGITS, LETTER_M
from tests.server import Server

pytestmark = pytest.mark.browser

AWAY = "ERR_CONNECTION|Failed to load resource"


@contextmanager
def of_their_own(open_pad: OpenPad, tmp_path: Path) -> Iterator[tuple[Server, Class, Pad]]:
    """A server that may be stopped, a class on it, and a pupil's pad."""
    with Server(tmp_path, options=("--workers", "1")) as server:
        begun = Class(server)
        yield server, begun, seated(open_pad(url=server.url), begun)


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
    pad.page.keyboard.press("Control+Shift+z")
    assert not pad.is_blank()
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


def test_nothing_is_skipped_in_the_middle_of_a_stroke(pad: Pad, begun: Class) -> None:
    seated(pad, begun)
    drawn(pad)
    digit = asked(pad.page)
    pad.page.mouse.move(*pad.on_page(80, 70))
    pad.page.mouse.down()
    pad.page.mouse.move(*pad.on_page(200, 66), steps=3)
    for name in ("skip this one", "take the last one back", "somebody else’s turn"):
        pad.page.get_by_role("button", name=name).focus()
        pad.page.keyboard.press("Enter")
    pad.page.mouse.move(*pad.on_page(124, 232), steps=6)
    pad.page.mouse.up()
    expect(pad.page.get_by_role("dialog")).to_be_hidden()
    assert asked(pad.page) == digit
    assert pad.ink_at(140, 68)


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
    all_sent(pad, begun)
    assert begun.drawings() == []


def test_after_twenty_it_is_enough_and_may_go_on(pad: Pad, begun: Class) -> None:
    seated(pad, begun)
    for number in range(1, 21):
        pad.draw([[(140, 60), (140, 100)]])
        done(pad)
        expect(pad.page.locator("#count")).to_have_text(f"{number} of 20")
    told(pad, "Thank you, that is enough! You may go on if you like.")
    all_sent(pad, begun)
    told(pad, "Thank you, that is enough! You may go on if you like.")
    assert sorted(each["asked"] for each in begun.drawings()) == sorted([*range(10)] * 2)
    pad.draw([[(140, 60), (140, 100)]])
    done(pad)
    expect(pad.page.locator("#count")).to_have_text("21 of 40")


def test_while_the_server_is_away_drawings_wait_through_a_reload_and_arrive_once(
    open_pad: OpenPad, watch: Watch, tmp_path: Path
) -> None:
    watch.expected.append(AWAY)
    with of_their_own(open_pad, tmp_path) as (server, begun, pad):
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
        all_sent(pad, begun)
        expect(waiting).to_have_text("")
        assert [each["asked"] for each in begun.drawings()] == [third, second, first]


# ── One device for several ───────────────────────────────────────────────────────────────────────────────


def test_whoever_is_next_begins_anew_and_sees_nothing_of_the_one_before(pad: Pad, begun: Class) -> None:
    page = pad.page
    pad.reads(DIGITS[7])
    expect(pad.drawings).to_have_count(1)
    other_tab = page.context.new_page()
    other_tab.goto(f"{begun.server.url}/drawings")
    expect(other_tab.locator("#list li")).to_have_count(1)
    page.bring_to_front()  # a tab in the background gets no frames, and nobody draws there
    seated(pad, begun)
    digit = drawn(pad)
    pad.draw(DIGITS[4])
    before = visitor(page)
    turn(page, "Not yet")
    expect(page.locator("#count")).to_have_text("1 of 20")
    turn(page, "Begin anew")
    told(pad, "Now it is your turn. What was drawn before can no longer be seen here.")
    expect(page.locator("#count")).to_have_text("0 of 20")
    assert pad.is_blank()
    page.keyboard.press("Control+z")
    assert pad.is_blank()
    expect(page.get_by_role("button", name="take the last one back")).to_be_disabled()
    expect(other_tab.locator("#said")).to_have_text("You have no drawings here yet.")
    assert visitor(page) != before
    assert [each["asked"] for each in begun.drawings()] == [digit]
    page.goto(f"{begun.server.url}/")
    pad.await_history()
    expect(pad.drawings).to_have_count(0)
    assert pad.is_blank()
    seated(pad, begun)
    second = drawn(pad)
    assert [each["asked"] for each in begun.drawings()] == [second, digit]


def test_no_tab_keeps_what_was_drawn_before_wherever_it_has_been(pad: Pad, begun: Class) -> None:
    tab, url = pad.page, begun.server.url
    pad.reads(DIGITS[7])
    tab.goto(f"{url}/kept")
    other_class = seated(Pad(tab.context.new_page()), Class(begun.server))
    drawn(other_class)
    asking = seated(Pad(tab.context.new_page()), begun)
    turn(asking.page, "Begin anew")
    told(asking, "Now it is your turn. What was drawn before can no longer be seen here.")
    expect(other_class.page.locator("#count")).to_have_text("0 of 20")
    expect(other_class.page.get_by_role("button", name="take the last one back")).to_be_disabled()
    all_sent(asking, begun)
    tab.bring_to_front()
    tab.goto(f"{url}/")
    pad.await_history()
    pad.expect_state("empty")
    assert pad.is_blank()


def test_whoever_has_begun_while_the_server_was_away_goes_on(
    open_pad: OpenPad, watch: Watch, tmp_path: Path
) -> None:
    watch.expected.append(AWAY)
    with of_their_own(open_pad, tmp_path) as (server, begun, pad):
        server.stop()
        turn(pad.page, "Begin anew")
        pad.draw(DIGITS[asked(pad.page)])
        done(pad)
        server.start()
        pad.page.reload()
        expect(pad.page.locator("#last")).to_contain_text("Recorded.")
        all_sent(pad, begun)
        pad.page.reload()
        expect(pad.page.locator("#count")).to_have_text("1 of 20")
        expect(pad.page.get_by_role("button", name="take the last one back")).to_be_enabled()


def test_the_next_turn_begins_by_keyboard_and_is_spoken(pad: Pad, begun: Class) -> None:
    seated(pad, begun)
    page = pad.page
    page.get_by_role("button", name="somebody else’s turn").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Not yet")).to_be_focused()
    expect(page.get_by_role("dialog")).to_have_accessible_name("Is it somebody else’s turn?")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="somebody else’s turn")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#ask")).to_be_focused()
    expect(page.locator("#last[role=status]")).to_contain_text("Now it is your turn.")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Done")).to_be_focused()


def turn(page: Page, answer: str) -> None:
    """Press “Somebody else's turn”, and answer the question."""
    page.get_by_role("button", name="somebody else’s turn").click()
    page.get_by_role("dialog").get_by_role("button", name=answer).click()


def visitor(page: Page) -> str:
    return next(each["value"] for each in page.context.cookies() if each["name"] == "digitpad_visitor")


# ── For everyone ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_keyboard_reaches_everything_on_the_page_that_asks(pad: Pad, begun: Class) -> None:
    seated(pad, begun)
    reached = []
    for _ in range(9):
        pad.page.keyboard.press("Tab")
        focused = pad.page.locator(":focus-visible")
        expect(focused).to_have_css("outline-style", "solid")
        reached.append(focused.get_attribute("aria-label") or focused.inner_text())
    assert reached[:3] == ["Done", "Clear it", "Undo"]
    assert reached[3:6] == ["skip this one", "take the last one back", "somebody else’s turn"]
    assert reached[6:] == ["What is kept", "For a class", "Deutsch"]
