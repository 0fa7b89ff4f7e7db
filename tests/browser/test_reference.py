"""The API's page, in a real browser: nothing is blocked, no other host is asked, and it fits a phone."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Watch
from tests.server import Server


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1040, 360])
def test_the_page_of_the_api_obeys_its_policy_and_fits(
    chromium: Browser, watch: Watch, server: Server, scheme: Literal["light", "dark"], width: int
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    watch.over(page, server.url)
    page.goto(f"{server.url}/docs")
    expect(page.get_by_role("heading", name="POST /api/v1/predictions/batch")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_text("PredictionBody", exact=True).click()
    expect(page.get_by_text('"additionalProperties": false').first).to_be_visible()
    context.close()
