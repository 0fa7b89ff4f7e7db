"""Light: how much the first view and later ones transfer, and that the page can be installed."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import OpenPad
from tests.browser.pad import Pad
from tests.server import Server

pytestmark = pytest.mark.browser

FIRST_VIEW = 60_000  # bytes


def transferred(page: Page, url: str) -> dict[str, int]:
    """Bytes over the wire, headers included, for each URL that a visit requests."""
    devtools = page.context.new_cdp_session(page)
    asked: dict[str, str] = {}
    found: dict[str, int] = {}

    def finished(event: dict[str, Any]) -> None:
        address = asked[event["requestId"]]
        found[address] = found.get(address, 0) + int(event["encodedDataLength"])

    devtools.on("Network.requestWillBeSent", lambda e: asked.update({e["requestId"]: e["request"]["url"]}))
    devtools.on("Network.loadingFinished", finished)
    devtools.send("Network.enable")
    page.goto(url, wait_until="networkidle")
    return found


def test_the_first_view_is_light_and_the_next_one_asks_for_what_changes_only(open_pad: OpenPad) -> None:
    fresh = open_pad()
    fresh.devtools.send("Network.clearBrowserCache")
    first = transferred(fresh.page, fresh.page.url)
    assert any("main.js" in address for address in first)
    assert 5_000 < sum(first.values()) <= FIRST_VIEW
    second = transferred(fresh.page, fresh.page.url)
    assert sum(size for address, size in second.items() if "/static/" in address) == 0
    assert sum(second.values()) < 6_000


def test_every_module_is_asked_for_in_the_first_round(pad: Pad) -> None:
    loaded = pad.page.evaluate(
        "performance.getEntriesByType('resource').map((each) => each.name).filter((name) => /js$/.test(name))"
    )
    named = pad.page.locator("link[rel=modulepreload], script[src]").evaluate_all(
        "all => all.map((each) => each.href ?? each.src)"
    )
    assert sorted(set(loaded)) == sorted(named)


def test_files_are_kept_for_good_under_an_address_of_their_content(server: Server, pad: Pad) -> None:
    address = pad.page.locator("script[src$='main.js']").get_attribute("src")
    answer = server.request("GET", str(address), headers={"Accept-Encoding": "gzip"})
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in server.request("GET", str(address)).headers
    earlier = server.request("GET", "/static/0123456789ab/main.js")
    assert (earlier.status, earlier.headers["Cache-Control"]) == (200, "no-cache")


def test_the_page_can_be_installed(pad: Pad) -> None:
    found = pad.devtools.send("Page.getAppManifest")
    assert found["errors"] == []
    assert found["url"].endswith("digitpad.en.webmanifest")
    manifest = pad.page.request.get(found["url"]).json()
    for icon in manifest["icons"]:
        assert pad.page.request.get(found["url"].rpartition("/")[0] + "/" + icon["src"]).status == 200
