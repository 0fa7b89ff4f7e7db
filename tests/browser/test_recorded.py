"""What was recorded is known again, whatever is undone, redone and read meanwhile."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.browser.pad import Held, Pad
from tests.browser.test_answer import PREDICTIONS
from tests.handwriting import DIGITS
from tests.server import wait_until

pytestmark = pytest.mark.browser

FIRST, SECOND = DIGITS[4]
RECORDED = '"include":["canonical"]}'


def test_a_correction_is_of_the_drawing_that_is_shown(pad: Pad) -> None:
    pad.draw([FIRST])
    pad.predict.click()
    pad.await_answer()
    held = Held(pad.page, PREDICTIONS, "POST", part=RECORDED)
    pad.draw([SECOND])
    pad.predict.click()
    held.arrived()
    pad.undo.click()
    held.let_go()
    expect(pad.drawings.nth(1)).to_contain_text("now")  # both are recorded, and the first one is shown
    pad.page.get_by_role("button", name="6", exact=True).click()
    expect(pad.answer).to_contain_text("Thank you: kept as a 6.")
    expect(pad.drawings.nth(1)).to_contain_text("→ 6")
    expect(pad.drawings.nth(0)).not_to_contain_text("→")


def test_undoing_leads_past_every_answer_that_was_recorded(pad: Pad) -> None:
    for count, way in enumerate((FIRST, SECOND), 1):
        pad.draw([way])
        pad.predict.click()
        pad.await_answer()
        expect(pad.drawings.nth(count - 1)).to_contain_text("now")
    spoken = pad.spoken.inner_text()
    pad.undo.click()
    pad.await_answer()
    expect(pad.answer).not_to_contain_text("Not recorded yet")
    pad.redo.click()
    expect(pad.spoken).to_have_text(spoken)
    pad.await_answer()


def test_what_is_undone_and_redone_while_it_is_read_is_shown_as_recorded(pad: Pad) -> None:
    held = Held(pad.page, PREDICTIONS, "POST", part=RECORDED)
    pad.draw(DIGITS[7])
    pad.predict.click()
    held.arrived()
    pad.undo.click()
    pad.redo.click()
    held.let_go()
    pad.await_answer()
    expect(pad.drawings.nth(0)).to_contain_text("now")
    pad.expect_state("answered")


@pytest.mark.parametrize("tinted", [False, True])
def test_what_is_pressed_again_after_a_reload_is_recorded_once(pad: Pad, tinted: bool) -> None:
    arrived: list[Route] = []

    def lose(route: Route) -> None:
        route.fetch()  # the server has recorded it, and the page is reloaded before the answer comes
        arrived.append(route)

    if tinted:
        pad.reads(DIGITS[1])
        pad.page.get_by_role("button", name="which ink mattered?").click()
        pad.clear.click()
    pad.draw(DIGITS[7])
    pad.expect_state("preview")
    pad.answered_by(lose)
    pad.predict.click()
    wait_until(lambda: bool(pad.page.evaluate("true")) and bool(arrived))
    pad.page.reload()
    pad.page.unroute_all(behavior="ignoreErrors")
    pad.await_history()
    expect(pad.drawings).to_have_count(1 + tinted)
    pad.expect_state("preview")
    for count in (1, 2):  # what is pressed later is another prediction
        pad.predict.click()
        pad.await_answer()
        expect(pad.drawings).to_have_count(count + tinted)
        pad.page.reload()
        pad.await_history()


def test_undoing_shows_which_ink_mattered_where_that_is_asked(pad: Pad) -> None:
    pad.reads(DIGITS[7])
    pad.draw([SECOND])
    pad.expect_state("preview")
    mattered = pad.page.get_by_role("button", name="which ink mattered?")
    mattered.click()
    pad.undo.click()
    pad.expect_state("answered")
    expect(mattered).to_have_attribute("aria-pressed", "true")
    wait_until(pad.yellow_seen)
