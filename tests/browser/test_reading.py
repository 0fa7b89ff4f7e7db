"""The answer during drawing: it follows the pen, and nothing is recorded."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.browser.pad import Held, Pad
from tests.browser.test_answer import PREDICTIONS, changed
from tests.handwriting import DIGITS
from tests.server import wait_until

pytestmark = pytest.mark.browser


def test_the_answer_follows_the_pen_and_nothing_is_recorded(pad: Pad) -> None:
    pad.draw(DIGITS[7])
    pad.expect_state("preview")
    expect(pad.digit).to_have_text("7")
    expect(pad.answer).to_contain_text("Not recorded yet")
    expect(pad.spoken).to_be_empty()
    assert pad.ink_seen() > 40
    assert pad.sent == []
    assert pad.previews
    pad.page.reload()
    pad.await_history()
    expect(pad.drawings).to_have_count(0)
    expect(pad.digit).to_have_text("7")


def test_the_answer_comes_before_the_pen_is_lifted(pad: Pad) -> None:
    mouse = pad.page.mouse
    mouse.move(*pad.on_page(146, 54))
    mouse.down()
    mouse.move(*pad.on_page(143, 228), steps=12)
    expect(pad.digit).to_have_text("1")
    mouse.up()


def test_one_preview_is_under_way_and_the_last_one_reads_all_of_the_drawing(pad: Pad) -> None:
    pad.page.evaluate(
        """() => {
            const real = fetch;
            let underWay = 0;
            globalThis.most = 0;
            globalThis.fetch = async (...request) => {
                most = Math.max(most, ++underWay);
                return real(...request).finally(() => (underWay -= 1));
            };
        }"""
    )
    drawn = (4, 7, 4)
    for digit in drawn:
        pad.clear.click()
        pad.draw(DIGITS[digit])
        kept = pad.page.evaluate("JSON.parse(sessionStorage.getItem('digitpad.drawing'))")
        wait_until(lambda: pad.page.evaluate("true") and pad.previews[-1]["ink"] == kept)  # noqa: B023
        expect(pad.digit).to_have_text(str(digit))
    assert len(pad.previews) > len(drawn), "it reads while one draws, as often as the server is quick"
    assert pad.page.evaluate("most") == 1


def test_an_answer_to_what_was_cleared_is_dropped(pad: Pad) -> None:
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    pad.page.route(PREDICTIONS, hold)
    with pad.page.expect_request(PREDICTIONS):
        pad.draw([[(140.0, 60.0), (140.0, 220.0)]])
    expect(pad.verdict).to_have_text("Finished?")
    pad.clear.click()
    assert len(waiting) == 1, "one preview is under way at most"
    with pad.page.expect_response(PREDICTIONS):
        waiting[0].continue_()
    assert pad.is_blank()
    pad.expect_state("empty")


def test_a_preview_that_is_stuck_does_not_hold_up_what_is_recorded(pad: Pad) -> None:
    held = Held(pad.page, PREDICTIONS, "POST", part='"record":false')
    pad.draw(DIGITS[7])
    held.arrived()
    pad.predict.click()
    expect(pad.drawings).to_have_count(1, timeout=10_000)  # the preview is given up after 15 s
    pad.expect_state("answered")
    expect(pad.digit).to_have_text("7")


def test_what_is_refused_while_drawing_says_what_it_would_be(pad: Pad) -> None:
    pad.page.route(PREDICTIONS, changed({"digit": None, "p_digit": 0.03}))
    pad.draw(DIGITS[7])
    pad.expect_state("preview-refused")
    expect(pad.otherwise).to_have_text("if it is one, a 7, perhaps")
