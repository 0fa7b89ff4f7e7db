"""The wall: a teacher begins a class, sees its drawings as they arrive, downloads them and erases them."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.classes import Class, drawn, seated
from tests.browser.conftest import OpenPad, Watch
from tests.browser.pad import Held, Pad
from tests.browser.test_operator import TOKEN
from tests.handwriting import DIGITS
from tests.server import Server, wait_until
from tests.web.asking import CLASSES, SEVEN, THREE

pytestmark = pytest.mark.browser


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
    assert page.locator("#join-link").inner_html().endswith(f"/<wbr>{code}"), "a line may end before the code"
    wall.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Class {code}")
    expect(page.get_by_role("status")).to_contain_text("Nothing drawn yet.")
    addresses = [each.partition("{")[0] for each in requests]
    assert not any(key in each for each in addresses)
    # Only the wall's own key, at each poll, in the header Class-Key.
    knowing = {each.partition("{")[0] for each in requests if key in each}
    assert {urlsplit(each).path for each in knowing} == {f"{CLASSES}/{code}/drawings"}
    page.go_back()


def test_a_double_click_begins_one_class(pad: Pad, server: Server) -> None:
    page = pad.page
    page.goto(f"{server.url}/collect")
    held = Held(page, f"**{CLASSES}", "POST")
    page.get_by_role("button", name="Begin a class").dblclick()
    held.arrived()
    held.let_go()
    expect(page.get_by_role("status")).to_contain_text("has begun.")


def test_a_class_begun_where_a_code_was_mistyped_has_its_links(
    pad: Pad, watch: Watch, server: Server
) -> None:
    watch.expected.append("404")
    page = pad.page
    page.goto(f"{server.url}/collect/BAD")
    page.get_by_role("button", name="Begin a class").click()
    join = page.locator("#join-link")
    expect(join).to_have_attribute("href", re.compile(f"^{server.url}/collect/...-...-...$"))
    expect(join).to_have_text(re.compile("/collect/...-...-...$"))
    page.get_by_role("link", name="the wall").click()
    expect(page.get_by_role("status")).to_contain_text("Nothing drawn yet.")


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


def test_what_the_operator_calls_no_digit_hides_no_other(
    open_pad: OpenPad, watch: Watch, tmp_path: Path
) -> None:
    operator = {"DIGITPAD_OPERATOR_TOKEN": TOKEN}
    with Server(tmp_path, environment=operator, options=("--workers", "1")) as server:
        begun = Class(server)
        begun.add(SEVEN, 7)
        label = f"/api/v1/predictions/{begun.drawings()[0]['id']}/label"
        given = server.request(
            "PUT", label, {"label": "not-a-digit"}, headers={"Authorization": f"Bearer {TOKEN}"}
        )
        assert given.status == 200
        begun.add(THREE, 3)
        page = open_pad(url=server.url).page
        page.goto(begun.wall)
        expect(page.get_by_role("listitem")).to_have_count(2)
        expect(page.get_by_role("img", name="No digit; read: a 7")).to_be_visible()
        expect(page.get_by_role("listitem").last).to_contain_text("?read: 7")
        page.get_by_role("button", name="Remove this drawing: not a digit").click()
        expect(page.get_by_role("listitem")).to_have_count(1)


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


def test_a_wall_that_asks_for_the_link_takes_it(pad: Pad, watch: Watch, begun: Class) -> None:
    watch.expected.append("403")
    begun.add(SEVEN, 7)
    pad.page.goto(f"{begun.page}/wall")
    expect(pad.page.get_by_role("status")).to_contain_text("needs the teacher’s link")
    pad.page.goto(begun.wall)
    expect(pad.page.get_by_role("listitem")).to_have_count(1)


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
    pad.page.get_by_role("button", name="Remove this drawing: a 7").click()
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


def test_what_has_left_the_wall_takes_no_memory(pad: Pad, begun: Class) -> None:
    for _ in range(3):
        begun.add(SEVEN, 7)
    pad.page.goto(begun.wall)
    expect(pad.page.get_by_role("listitem")).to_have_count(3)
    assert canvases(pad) == 3
    begun.server.request("DELETE", f"{CLASSES}/{begun.code}/drawings", headers={"Class-Key": begun.key})
    expect(pad.page.get_by_role("listitem")).to_have_count(0)
    wait_until(lambda: canvases(pad) == 0, lambda: f"{canvases(pad)} are kept")


def canvases(pad: Pad) -> int:
    """How many canvases the page keeps, shown or not."""
    ask = pad.devtools.send
    kind = ask("Runtime.evaluate", {"expression": "HTMLCanvasElement.prototype"})["result"]["objectId"]
    kept = ask("Runtime.queryObjects", {"prototypeObjectId": kind})["objects"]["objectId"]
    count = "function () { return this.length; }"
    found = ask("Runtime.callFunctionOn", {"objectId": kept, "functionDeclaration": count})
    ask("Runtime.releaseObject", {"objectId": kept})  # it would keep them
    return int(found["result"]["value"])
