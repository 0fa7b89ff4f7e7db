"""The main path in Firefox and WebKit: draw, predict, see the answer, find it kept, clear; and all of it by keyboard.

And a class's: it begins, draws, appears on the wall, is downloaded and passed on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.browsers import CONTROL, ENTER, TAB, Window, firefox, webkit
from tests.browser.classes import Class
from tests.handwriting import DIGITS
from tests.server import Server, wait_until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", params=[firefox, webkit], ids=lambda each: each.__name__)
def window(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    with request.param(tmp_path_factory.mktemp("browser")) as driver:
        yield Window(driver)


@pytest.fixture
def page(window: Window, server: Server) -> Iterator[Window]:
    """The page as it opens, with nothing on the pad; the visitor stays the same for all tests."""
    window.driver.complaints.clear()
    window.driver.go(server.url + "/")
    window.expect("document.querySelector('#history').getAttribute('aria-busy') === 'false'")
    window.evaluate("sessionStorage.clear()")
    window.driver.go(server.url + "/")
    window.expect("document.querySelector('#history').getAttribute('aria-busy') === 'false'")
    yield window
    assert window.driver.complaints == []


@pytest.fixture
def downloads(window: Window) -> Path:
    """The folder for the window's downloads."""
    return window.driver.downloads


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


# ── A class ──────────────────────────────────────────────────────────────────────────────────────────────


def asked(page: Window) -> int:
    page.expect("/^Draw an? [0-9]$/.test(document.querySelector('#ask').textContent)")
    return int(page.text("#ask")[-1])


def drawn(page: Window, by: str = "mouse") -> int:
    """Draw the digit asked for, wait until it has arrived, and return it."""
    digit = asked(page)
    page.draw(DIGITS[digit], by=by)
    page.click("Done")
    page.expect("document.querySelector('#last').textContent.startsWith('Recorded.')")
    return digit


def test_a_class_begins_and_is_joined_by_its_code(page: Window, server: Server) -> None:
    page.driver.go(f"{server.url}/collect")
    page.click("Begin a class")
    page.expect("!document.querySelector('#begun').hidden")
    code = page.text("#join-link").rpartition("/")[2]
    page.driver.go(f"{server.url}/collect?class={code.lower().replace('-', '')}")
    assert page.text("#code") == code
    asked(page)


@pytest.mark.parametrize("by", ["mouse", "touch"])
def test_a_class_draws_and_takes_back(page: Window, begun: Class, by: str) -> None:
    page.driver.go(begun.page)
    digits = [drawn(page, by) for _ in range(2)]
    assert page.inked() == 0
    assert page.text("#count") == "2 of 20"
    assert [each["asked"] for each in begun.drawings()] == digits[::-1]
    page.click("take the last one back")
    page.expect("document.querySelector('#last').textContent.startsWith('Taken back.')")
    assert asked(page) == digits[1]
    wait_until(lambda: len(begun.drawings()) == 1)


def test_a_shared_tablet_is_passed_on(page: Window, begun: Class) -> None:
    page.driver.go(begun.page)
    drawn(page)
    page.click("somebody else’s turn")
    page.expect("document.querySelector('#sure').open")
    page.click("Begin anew")
    page.expect("document.activeElement.id === 'ask'")
    assert page.text("#count") == "0 of 20"
    page.expect("document.querySelector('#back').getAttribute('aria-disabled') === 'true'")
    wait_until(lambda: page.evaluate("localStorage.getItem('digitpad.turn') !== null"))
    drawn(page)
    assert len(begun.drawings()) == 2


def test_the_wall_shows_a_class_takes_it_along_and_erases_it(
    page: Window, begun: Class, downloads: Path
) -> None:
    begun.add({"ink": {"strokes": DIGITS[7]}}, 7)
    page.driver.go(begun.wall)
    page.expect("document.querySelectorAll('main li').length === 1")
    begun.add({"ink": {"strokes": DIGITS[3]}}, 1)
    page.expect("document.querySelectorAll('main li').length === 2")
    assert page.evaluate("document.querySelector('main li').className") == "misread"
    assert page.inked("main li canvas") > 500
    page.click("as JSON")
    file = downloads / f"{begun.code}.jsonl"
    wait_until(lambda: file.is_file() and file.stat().st_size > 0 and not [*downloads.glob("*.part")])
    assert [json.loads(line)["label"] for line in file.read_text().splitlines()] == [1, 7]
    page.click("Remove this drawing: a 1")
    page.expect("document.querySelectorAll('main li').length === 1")
    page.click("erase")
    page.expect("document.querySelector('#sure').open")
    page.click("Delete")
    page.expect("document.querySelector('#said').textContent.startsWith('Nothing drawn yet.')")
    assert begun.drawings() == []
