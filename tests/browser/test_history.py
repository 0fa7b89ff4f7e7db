"""My drawings, all of them: view, download, delete."""

from __future__ import annotations

import json
from pathlib import Path
from unittest.mock import ANY

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watch
from tests.browser.pad import Held, Pad
from tests.handwriting import DIGITS

pytestmark = pytest.mark.browser


def opened(pad: Pad, *digits: int) -> Page:
    for digit in digits:
        pad.reads(DIGITS[digit])
    pad.page.get_by_role("link", name="all of them").click()
    expect(pad.page.locator("#list li")).to_have_count(len(digits))
    return pad.page


def test_all_drawings_are_shown_with_what_was_read_and_said(pad: Pad) -> None:
    pad.reads(DIGITS[7])
    pad.page.get_by_role("button", name="1", exact=True).click()
    expect(pad.drawings.nth(0)).to_contain_text("→ 1")
    pad.page.get_by_role("link", name="all of them").click()
    expect(pad.page.locator("#list li")).to_contain_text("7 → 1")
    expect(pad.page.get_by_role("img")).to_have_js_property("naturalWidth", 280)


def test_picture_strokes_and_data_set_can_be_taken_along(pad: Pad) -> None:
    page = opened(pad, 7, 1)
    fetched = {}
    for name in ("picture: A drawing, read as a 7", "strokes: A drawing, read as a 7", "download all"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        fetched[name.partition(":")[0]] = Path(download.value.path()).read_bytes()
    assert fetched["picture"].startswith(b"\x89PNG")
    assert len(json.loads(fetched["strokes"])["strokes"]) == 1
    lines = [json.loads(line) for line in fetched["download all"].splitlines()]
    assert [line["digit"] for line in lines] == [1, 7]


def test_similar_ones_are_shown_beside_one_another(pad: Pad) -> None:
    page = opened(pad, 7, 1, 7)
    page.get_by_role("button", name="similar: A drawing, read as a 7").first.click()
    dialog = page.get_by_role("dialog", name="The earlier drawings most like this one")
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    expect(dialog.get_by_role("listitem").first).to_contain_text("7 over 99 % alike")
    expect(dialog.get_by_role("img").first).to_have_js_property("naturalWidth", 280)
    row = dialog.get_by_role("list").evaluate(
        "(list) => getComputedStyle(list).gridTemplateColumns.split(' ')"
    )
    assert len(row) == 3  # six are two full rows
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="similar: A drawing, read as a 7").last.click()
    expect(dialog.get_by_role("status")).to_have_text("There is no earlier one to compare it with.")


def test_what_is_similar_to_another_one_comes_too_late(pad: Pad) -> None:
    page = opened(pad, 7, 1, 7)
    held = Held(page, "**/similar?*", "GET")
    page.get_by_role("button", name="similar: A drawing, read as a 7").first.click()
    dialog = page.get_by_role("dialog", name="The earlier drawings most like this one")
    dialog.get_by_role("button", name="Close").click()
    held.arrived()
    page.route("**/similar?*", lambda route: route.continue_())
    page.get_by_role("button", name="similar: A drawing, read as a 7").last.click()
    none = "There is no earlier one to compare it with."
    expect(dialog.get_by_role("status")).to_have_text(none)
    held.let_go()
    assert page.evaluate("new Promise(requestAnimationFrame)")
    expect(dialog.get_by_role("status")).to_have_text(none)
    expect(dialog.get_by_role("listitem")).to_have_count(0)


def test_one_is_deleted_after_a_question(pad: Pad) -> None:
    page = opened(pad, 7, 1)
    page.get_by_role("button", name="delete: A drawing, read as a 7").click()
    page.get_by_role("button", name="Keep").click()
    expect(page.locator("#list li")).to_have_count(2)
    page.get_by_role("button", name="delete: A drawing, read as a 7").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Deleted.")
    page.reload()
    expect(page.locator("#list li")).to_have_count(1)


def test_each_deletion_is_said_anew_and_nothing_moves(pad: Pad) -> None:
    page = opened(pad, 7, 1, 7)
    top = page.locator("#list").bounding_box()
    page.evaluate(
        """() => {
            window.said = [];
            const seen = () => said.push(document.querySelector("#said").textContent);
            new MutationObserver(seen).observe(document.querySelector("#said"), { childList: true });
        }"""
    )
    for left in (2, 1):
        page.get_by_role("button", name="delete: A drawing").first.click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(page.locator("#list li")).to_have_count(left)
        expect(page.locator("#said")).to_have_text("Deleted.")
    assert page.evaluate("said.filter((text, at) => text !== said[at - 1])") == ["Deleted.", "", "Deleted."]
    assert page.locator("#list").bounding_box() == {**(top or {}), "height": ANY}


def test_a_question_about_another_one_leaves_what_is_being_deleted(pad: Pad) -> None:
    page = opened(pad, 7, 1)
    held = Held(page, "**/api/v1/predictions/*", "DELETE")
    page.get_by_role("button", name="delete: A drawing, read as a 7").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="delete: A drawing, read as a 1").click()
    held.arrived()
    held.let_go()
    expect(page.locator("#said")).to_have_text("Deleted.")
    page.get_by_role("button", name="Keep").click()
    expect(page.locator("#list li")).to_have_count(1)
    expect(page.get_by_role("img")).to_have_attribute("alt", "A drawing, read as a 1")


def test_what_another_tab_has_deleted_goes_from_this_one(pad: Pad, watch: Watch) -> None:
    watch.expected.append("404")
    page = opened(pad, 7, 1)
    api = f"{page.url.removesuffix('/drawings')}/api/v1/predictions"
    newest = page.request.get(api).json()["predictions"][0]["id"]
    page.request.delete(f"{api}/{newest}")
    page.get_by_role("button", name="delete: A drawing, read as a 1").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator("#said")).to_have_text("Deleted.")
    expect(page.locator("#list li")).to_have_count(1)


def test_all_are_deleted_after_a_question(pad: Pad) -> None:
    page = opened(pad, 7, 1)
    page.get_by_role("button", name="delete all").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("All of your drawings are deleted.")
    page.reload()
    expect(page.get_by_role("status")).to_have_text("You have no drawings here yet.")


def test_a_history_that_is_not_whole_says_so(pad: Pad) -> None:
    pad.reads(DIGITS[7])
    pad.page.route(
        "**/api/v1/predictions?*",
        lambda route: route.fulfill(json={**route.fetch().json(), "complete": False}),
    )
    pad.page.reload()
    expect(pad.page.get_by_text("The database is away")).to_be_visible()
    pad.page.get_by_role("link", name="all of them").click()
    expect(pad.page.get_by_role("status")).to_contain_text("The database is away")


def read_and_unfetched(pad: Pad, watch: Watch) -> None:
    """A seven is read, and the page is loaded again while no list of drawings can be fetched."""
    watch.expected.append("ERR_FAILED")
    pad.reads(DIGITS[7])
    pad.page.route("**/api/v1/predictions?*", lambda route: route.abort())
    pad.page.reload()
    expect(pad.page.get_by_text("They cannot be shown just now.")).to_be_visible()


def test_what_could_not_be_fetched_is_asked_for_again(pad: Pad, watch: Watch) -> None:
    read_and_unfetched(pad, watch)
    pad.page.get_by_role("link", name="all of them").click()
    expect(pad.page.get_by_role("status")).to_have_text("They cannot be shown just now.")
    pad.page.unroute_all()
    again = pad.page.get_by_role("button", name="try again")
    again.press("Enter")
    expect(pad.page.get_by_role("link", name="picture: A drawing, read as a 7")).to_be_focused()
    expect(pad.page.get_by_role("status")).to_be_empty()
    expect(again).to_be_hidden()


def test_the_strip_comes_with_the_connection(pad: Pad, watch: Watch) -> None:
    read_and_unfetched(pad, watch)
    pad.page.unroute_all()
    pad.page.evaluate("dispatchEvent(new Event('online'))")
    expect(pad.drawings.nth(0)).to_contain_text("7")
