"""Away to another page and back by the browser's “Back”: as it was left, or reloaded if the browser did not keep it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Browser, Error, Page, Playwright, Route, expect

from tests.browser.conftest import Watch, launched
from tests.browser.pad import Pad
from tests.browser.test_answer import PREDICTIONS
from tests.handwriting import DIGITS
from tests.server import Server, wait_until

pytestmark = pytest.mark.browser

DOWN = [(140.0, 60.0), (140.0, 220.0)]


@pytest.fixture(scope="module", params=[True, False], ids=["as-it-was-left", "loaded-anew"])
def browser(request: pytest.FixtureRequest, playwright: Playwright) -> Iterator[tuple[Browser, bool]]:
    """A browser, and whether it keeps pages as they were left."""
    with launched(playwright, keeps_pages=request.param) as browser:
        yield browser, request.param


@pytest.fixture
def pad(browser: tuple[Browser, bool], watch: Watch, server: Server) -> Iterator[Pad]:
    chromium, keeps_pages = browser
    context = chromium.new_context(viewport={"width": 1040, "height": 800})
    context.set_default_timeout(30_000)
    context.add_init_script(
        "addEventListener('pageshow', ({ persisted }) => persisted && sessionStorage.setItem('kept', 'yes'))"
    )
    page = context.new_page()
    watch.over(page, server.url)
    page.goto(server.url + "/")
    pad = Pad(page)
    pad.await_history()
    yield pad
    assert (page.evaluate("sessionStorage.getItem('kept')") == "yes") is keeps_pages, "it came the other way"
    context.close()


def away(page: Page, link: str) -> None:
    """Follow a link on the page."""
    with page.expect_navigation():  # the page being left finished loading long ago
        page.get_by_role("link", name=link).first.click()


def back(page: Page, url: str) -> None:
    """Go back as the browser's “Back” does. It may load nothing, and Playwright would wait for a load."""
    page.evaluate("void setTimeout(() => history.back())")  # after this call returns, as it ends the page

    def is_there() -> bool:
        with suppress(Error):  # one page is just replacing the other
            return bool(
                page.evaluate("url => location.href === url && document.readyState === 'complete'", url)
            )
        return False

    wait_until(is_there)


def test_drawing_answer_and_history_are_there_again(pad: Pad, server: Server) -> None:
    pad.reads(DIGITS[7])
    expect(pad.drawings).to_have_count(1)
    away(pad.page, "How does it work?")
    back(pad.page, server.url + "/")
    assert pad.ink_at(140, 66)
    pad.expect_state("answered")
    expect(pad.digit).to_have_text("7")
    expect(pad.drawings).to_have_count(1)
    assert pad.ink_seen() > 40
    pad.page.get_by_role("button", name="1", exact=True).click()
    expect(pad.answer).to_contain_text("Thank you: kept as a 1.")
    expect(pad.drawings.nth(0)).to_have_text("7 → 1 now")


def test_what_was_deleted_meanwhile_is_gone_and_read_as_a_preview(pad: Pad, server: Server) -> None:
    pad.reads(DIGITS[7])
    away(pad.page, "all of them")
    pad.page.get_by_role("button", name="delete all").click()
    pad.page.get_by_role("button", name="Delete", exact=True).click()
    expect(pad.page.get_by_role("status")).to_have_text("All of your drawings are deleted.")
    back(pad.page, server.url + "/")
    expect(pad.drawings).to_have_count(0)
    pad.expect_state("preview")
    expect(pad.answer).to_contain_text("Not recorded yet")
    expect(pad.page.get_by_role("group", name="Tell it what it is")).to_be_hidden()
    assert pad.ink_at(140, 66)


def test_who_left_in_the_middle_of_a_stroke_draws_on(pad: Pad, server: Server) -> None:
    pad.page.mouse.move(*pad.on_page(60, 60))
    pad.page.mouse.down()
    pad.page.mouse.move(*pad.on_page(120, 60), steps=6)
    pad.page.evaluate("location.href = 'how'")
    pad.page.wait_for_url("**/how")
    pad.page.mouse.up()
    back(pad.page, server.url + "/")
    assert pad.ink_at(90, 60)
    pad.draw([DOWN])
    assert pad.ink_at(140, 140)
    assert pad.reads(DIGITS[7]) == "7"


@pytest.mark.parametrize("pressed", [False, True], ids=["preview", "predicted"])
def test_who_left_before_the_answer_finds_it(pad: Pad, server: Server, pressed: bool) -> None:
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    pad.page.route(PREDICTIONS, hold)
    pad.draw(DIGITS[7])
    if pressed:
        pad.predict.click()
    pad.page.unroute(PREDICTIONS)
    away(pad.page, "How does it work?")
    back(pad.page, server.url + "/")
    expect(pad.digit).to_have_text("7")
    if pressed:
        pad.predict.click()
    pad.expect_state("answered" if pressed else "preview")


def test_other_pages_show_what_was_drawn_since(pad: Pad, server: Server) -> None:
    page = pad.page
    pad.reads(DIGITS[7])
    away(page, "all of them")
    expect(page.locator("#list li")).to_have_count(1)
    away(page, "draw another")
    away(page, "How does it work?")
    expect(page.locator('[data-digit="7"]')).to_have_class("best worth-saying")
    away(page, "draw another")
    pad.reads(DIGITS[1])
    expect(pad.drawings).to_have_count(2)
    back(page, server.url + "/how")
    expect(page.locator('[data-digit="1"]')).to_have_class("best worth-saying")
    back(page, server.url + "/")
    back(page, server.url + "/drawings")
    expect(page.locator("#list li")).to_have_count(2)
