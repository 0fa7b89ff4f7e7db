"""The main path in Firefox and in WebKit: draw, predict, see it, find it kept, clear, and all of it by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.browsers import CONTROL, ENTER, TAB, Window, firefox, webkit
from tests.handwriting import DIGITS
from tests.server import Server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", params=[firefox, webkit], ids=lambda each: each.__name__)
def window(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    with request.param(tmp_path_factory.mktemp("browser")) as driver:
        yield Window(driver)


@pytest.fixture
def page(window: Window, server: Server) -> Iterator[Window]:
    """The page as it opens, with nothing on the pad; the visitor stays from test to test."""
    window.driver.complaints.clear()
    window.driver.go(server.url + "/")
    window.expect("document.querySelector('#history').getAttribute('aria-busy') === 'false'")
    window.evaluate("sessionStorage.clear()")
    window.driver.go(server.url + "/")
    window.expect("document.querySelector('#history').getAttribute('aria-busy') === 'false'")
    yield window
    assert window.driver.complaints == []


def kept(page: Window) -> int:
    count: int = page.evaluate("document.querySelectorAll('#history li:not([aria-hidden])').length")
    return count


@pytest.mark.parametrize("by", ["mouse", "touch"])
def test_a_drawing_is_read_kept_and_cleared(page: Window, by: str) -> None:
    before = kept(page)
    page.draw(DIGITS[7], by=by)
    assert page.inked() > 1000
    page.expect_state("preview")
    page.expect("document.querySelector('.digit').textContent === '7'")
    page.click("Predict it")
    page.expect_state("answered")
    assert page.text(".digit") == "7"
    assert "sure" in page.text(".verdict")
    page.expect("document.querySelector('[role=status]').textContent.startsWith('7')")
    page.expect(f"document.querySelectorAll('#history li:not([aria-hidden])').length === {before + 1}")
    page.expect("document.querySelector('#history img').naturalWidth === 280")
    assert page.evaluate("document.querySelector('#records').dataset.state") == "recorded"
    page.click("Clear it")
    page.expect_state("empty")
    assert page.inked() == 0


def test_all_but_drawing_is_done_by_keyboard(page: Window) -> None:
    page.draw(DIGITS[4])
    page.draw(DIGITS[4][:1])
    page.press(CONTROL, "z")
    page.evaluate("(document.activeElement?.blur(), scrollTo(0, 0))")
    name = "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"
    for _ in range(10):
        page.press(TAB)
        if page.evaluate(name) == "Predict it":
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.press(ENTER)
    page.expect_state("answered")
    assert page.text(".digit") == "4"
    page.press(TAB)
    assert page.evaluate(name) == "Clear it"
    page.press(ENTER)
    page.expect_state("empty")
    page.press(CONTROL, "z")
    page.expect_state("answered")


def test_a_drawing_outlives_a_reload(page: Window, server: Server) -> None:
    page.draw(DIGITS[1])
    before = page.inked()
    page.driver.go(server.url + "/")
    page.expect_state("preview")
    assert page.inked() == pytest.approx(before, rel=0.02)
