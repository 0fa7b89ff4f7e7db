"""With the keyboard alone, a picture is read, corrected and deleted, and the focus is never lost on the way."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.classes import Class, asked, seated
from tests.browser.pad import Held, Pad
from tests.browser.test_picture import photograph
from tests.handwriting import DIGITS

pytestmark = pytest.mark.browser

SEVEN = {"ink": {"strokes": DIGITS[7]}}


def tab_to(page: Page, target: Locator, *, back: bool = False) -> None:
    """Press Tab until `target` has the focus, which must be visible."""
    expect(target).to_be_visible()
    for _ in range(80):
        if target.evaluate("element => element === document.activeElement"):
            break
        page.keyboard.press("Shift+Tab" if back else "Tab")
    expect(target).to_be_focused()
    expect(target).to_have_css("outline-style", "solid")


def press(page: Page, name: str, *, key: str = "Enter", back: bool = False) -> Locator:
    """Reach a button or link by its name and press it."""
    target = page.get_by_role("button", name=name, exact=True).or_(
        page.get_by_role("link", name=name, exact=True)
    )
    tab_to(page, target.first, back=back)
    page.keyboard.press(key)
    return target.first


def test_who_cannot_draw_has_a_picture_read_corrected_and_deleted(pad: Pad, tmp_path: Path) -> None:
    page = pad.page
    file = tmp_path / "seven.png"
    file.write_bytes(photograph(7))
    with page.expect_file_chooser() as chooser:
        press(page, "choose a picture")
    chooser.value.set_files(file)
    pad.expect_state("preview")
    press(page, "Predict it", back=True)
    pad.await_answer()
    expect(pad.spoken).to_contain_text("7. Quite sure")
    press(page, "1", key="Space")
    expect(pad.spoken).to_have_text("Thank you: kept as a 1.")
    expect(page.get_by_role("button", name="1", exact=True)).to_be_focused()
    press(page, "all of them, download, delete")
    page.wait_for_url("**/drawings")
    expect(page.locator("#list li")).to_have_count(1)
    press(page, "delete all")
    expect(page.get_by_role("button", name="Keep")).to_be_focused()
    press(page, "Delete")
    expect(page.get_by_role("status").first).to_have_text("All of your drawings are deleted.")
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_a_key_that_is_held_presses_once(pad: Pad, begun: Class) -> None:
    pad.draw(DIGITS[7])
    pad.predict.focus()
    for _ in range(3):  # all but the first are key repeats
        pad.page.keyboard.down("Enter")
        pad.await_answer()
    pad.page.keyboard.up("Enter")
    expect(pad.drawings).to_have_count(1)
    assert len(pad.sent) == 1
    seated(pad, begun)
    pad.page.get_by_role("button", name="skip this one").focus()
    shown = [asked(pad.page)]
    for _ in range(3):
        pad.page.keyboard.down("Enter")
    pad.page.keyboard.up("Enter")
    shown.append(asked(pad.page))
    for _ in range(8):
        pad.page.keyboard.press("Enter")
        shown.append(asked(pad.page))
    assert sorted(shown) == [*range(10)], "none was passed over"


def test_undoing_takes_the_correction_away_but_not_the_focus(pad: Pad) -> None:
    for name in ("not a digit", "which ink mattered?", "copy it as a picture"):
        pad.reads(DIGITS[7])
        pad.page.get_by_role("button", name=name).focus()
        pad.page.keyboard.press("Control+z")
        pad.expect_state("empty")
        expect(pad.answer).to_be_focused()
    pad.page.keyboard.press("Tab")
    expect(pad.page.get_by_role("link", name="all of them")).to_be_focused()


def test_trouble_hides_what_the_network_saw_but_not_the_focus(pad: Pad) -> None:
    pad.draw(DIGITS[7])
    pad.page.reload()  # then only one preview comes: no later one replaces the error
    pad.expect_state("preview")
    pad.page.get_by_role("button", name="which ink mattered?").focus()
    pad.page.evaluate("""() => {
        const data = new DataTransfer();
        data.items.add(new File(["no"], "a.png", { type: "image/png" }));
        document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data }));
    }""")
    pad.expect_state("trouble")
    expect(pad.answer).to_be_focused()


def test_after_deleting_one_the_focus_is_on_its_neighbour(pad: Pad) -> None:
    page = pad.page
    for digit in (7, 1, 0):
        pad.reads(DIGITS[digit])
    page.goto(page.url + "drawings")
    expect(page.locator("#list li")).to_have_count(3)
    for left, focused in ((2, "picture: A drawing, read as a 7"), (1, "picture: A drawing, read as a 0")):
        # Delete the middle one, then the last: the focus goes to the next one, or else to the one before.
        page.locator("#list li").nth(1).get_by_role("button", name="delete").focus()
        page.keyboard.press("Enter")
        press(page, "Delete")
        expect(page.locator("#list li")).to_have_count(left)
        expect(page.get_by_role("link", name=focused)).to_be_focused()


def test_a_dialog_gives_the_focus_back(pad: Pad) -> None:
    pad.reads(DIGITS[7])
    pad.page.goto(pad.page.url + "drawings")
    for name, way in (("delete", "Keep"), ("delete", "Escape"), ("similar", "Close"), ("similar", "Escape")):
        asked = pad.page.locator("#list li").get_by_role("button", name=name)
        asked.focus()
        pad.page.keyboard.press("Enter")
        expect(pad.page.get_by_role("dialog")).to_be_visible()
        if way == "Escape":
            pad.page.keyboard.press("Escape")
        else:
            press(pad.page, way)
        expect(pad.page.get_by_role("dialog")).to_be_hidden()
        expect(asked).to_be_focused()


def test_showing_more_leads_to_the_first_of_them(pad: Pad) -> None:
    for _ in range(49):
        pad.page.request.post(pad.page.url + "api/v1/predictions", data=SEVEN)
    pad.page.goto(pad.page.url + "drawings")
    expect(pad.page.locator("#list li")).to_have_count(48)
    held = Held(pad.page, "**/api/v1/predictions?*", "GET")
    pad.page.get_by_role("button", name="show more").focus()
    for _ in range(2):  # the second one while the first is under way
        pad.page.keyboard.press("Enter")
    held.arrived()
    held.let_go()
    expect(pad.page.locator("#list li")).to_have_count(49)
    expect(pad.page.get_by_role("button", name="show more")).to_be_hidden()
    expect(pad.page.locator("#list li").last.get_by_role("link", name="picture")).to_be_focused()
