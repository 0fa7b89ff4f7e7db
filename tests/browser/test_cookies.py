"""A browser without cookies: everything is read, “Predict it” records nothing, and a class works as usual."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.browser.classes import Class, drawn, seated
from tests.browser.conftest import OPTIONS, OpenPad, Watch, chromium_path
from tests.browser.pad import Pad
from tests.handwriting import DIGITS
from tests.server import Server

pytestmark = pytest.mark.browser

BLOCKED = {"profile": {"default_content_setting_values": {"cookies": 2}}}
"""As the switch “block all cookies” in Chromium's settings leaves it."""


@pytest.fixture
def cookieless(playwright: Playwright, watch: Watch, server: Server, tmp_path: Path) -> Iterator[Page]:
    """A page in a Chromium that stores neither cookies nor anything else for a page."""
    watch.expected.append("status of 400")  # a key without a visitor
    (tmp_path / "Default").mkdir()
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(BLOCKED))
    context = playwright.chromium.launch_persistent_context(
        tmp_path, executable_path=chromium_path(), args=OPTIONS, viewport={"width": 1040, "height": 800}
    )
    context.set_default_timeout(10_000)
    page = context.new_page()
    watch.over(page, server.url)
    yield page
    context.close()


def test_a_drawing_is_read_and_said_to_be_unrecorded(cookieless: Page, server: Server) -> None:
    cookieless.goto(server.url + "/")
    pad = Pad(cookieless)
    for digit in (7, 3):
        assert pad.reads(DIGITS[digit]) == str(digit)
        expect(pad.answer).to_contain_text("Not recorded: cookies are off")
        expect(pad.spoken).to_contain_text("cookies are off")
        expect(pad.records).to_contain_text("your last drawing was not recorded")
    expect(pad.drawings).to_have_count(0)


def test_a_class_gets_what_is_drawn(cookieless: Page, server: Server, begun: Class) -> None:
    pad = seated(Pad(cookieless), begun)
    digits = [drawn(pad) for _ in range(2)]
    assert [each["asked"] for each in begun.drawings()] == digits[::-1]


def test_who_deletes_the_cookie_meanwhile_gets_another(open_pad: OpenPad, watch: Watch) -> None:
    watch.expected.append("status of 400")
    pad = open_pad()
    assert pad.reads(DIGITS[7]) == "7"
    expect(pad.drawings).to_have_count(1)
    pad.page.context.clear_cookies()
    assert pad.reads(DIGITS[3]) == "3"
    expect(pad.records).to_contain_text("your last at")
    expect(pad.answer).not_to_contain_text("ot recorded")
