"""What the operator sees, in a real Chromium, with and without JavaScript; and the pictures for the documentation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from digitpad import Recognizer
from digitpad.records import Record
from digitpad.records.sqlite.store import SQLiteStore
from tests.browser import pictures
from tests.browser.conftest import Watch
from tests.browser.test_accessibility import axe, complaints
from tests.busy_month import month
from tests.server import Server

__all__ = ["axe"]

pytestmark = pytest.mark.browser

TOKEN = "a token of ours"
OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def kept(recognizer: Recognizer) -> list[Record]:
    # The page shows the last 30 days: they include all records at any hour, also after midnight.
    return month(recognizer, datetime.now(UTC), days=28)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, kept: list[Record]) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("filled")
    with closing(SQLiteStore(folder / "records.db")) as store:
        store.add(kept)
    with Server(folder, environment={"DIGITPAD_OPERATOR_TOKEN": TOKEN}) as server:
        yield server


@pytest.fixture
def open_page(chromium: Browser, watch: Watch, filled: Server) -> Iterator[OpenPage]:
    """Log in as the operator: `open_page(**context_options)`."""
    contexts = []

    def open_page(**options: Any) -> Page:
        context = chromium.new_context(**{"viewport": {"width": 1040, "height": 800}, **options})
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        watch.over(page, filled.url)
        page.goto(f"{filled.url}/operator")
        page.get_by_label("The operator’s token").fill(TOKEN)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", name="Predictions a day")).to_be_visible()
        page.wait_for_load_state()  # what is below the heading has loaded, too
        return page

    yield open_page
    for context in contexts:
        context.close()


def cards(page: Page) -> Any:
    return page.locator("a.drawing")


def test_a_wrong_token_is_said_and_the_right_one_lets_in_until_one_leaves(
    chromium: Browser, filled: Server, watch: Watch
) -> None:
    context = chromium.new_context()
    page = context.new_page()
    watch.expected.append("401")
    watch.over(page, filled.url)
    page.goto(f"{filled.url}/operator/predictions")
    page.get_by_label("The operator’s token").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("This is not the operator’s token.")
    page.get_by_label("The operator’s token").fill(TOKEN)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{filled.url}/operator/predictions")
    (cookie,) = [each for each in context.cookies() if each.get("name") == "digitpad_operator"]
    assert (cookie.get("httpOnly"), cookie.get("sameSite"), cookie.get("path")) == (
        True,
        "Strict",
        "/operator",
    )
    assert page.evaluate("document.cookie").count("digitpad_operator") == 0
    page.get_by_role("button", name="Log out").click()
    page.goto(f"{filled.url}/operator")
    expect(page.get_by_label("The operator’s token")).to_be_visible()
    context.close()


@pytest.mark.parametrize("script", [True, False])
def test_figures_say_what_was_kept(open_page: OpenPage, kept: list[Record], script: bool) -> None:
    page = open_page(java_script_enabled=script)
    corrected = [each for each in kept if each.label is not None]
    sums = page.locator(".sums div").all_inner_texts()
    assert [each.split("\n")[-1] for each in sums[:1] + sums[2:4]] == [
        str(len(kept)),
        str(sum(each.digit is None for each in kept)),
        str(len(corrected)),
    ]
    for name in ("Predictions a day", "Mean confidence a day", "Corrections"):
        expect(page.get_by_role("img", name=name).first).to_be_visible()
    assert cards(page).count() == 12
    inside = page.locator(".matrix .count").all_text_contents()
    assert sum(map(int, inside)) == len(corrected)


def test_each_chart_has_its_numbers_as_a_table(open_page: OpenPage) -> None:
    page = open_page()
    for at, columns in enumerate((2, 3, 3)):
        details = page.locator("details").nth(at)
        details.locator("summary").click()
        expect(details.get_by_role("table")).to_be_visible()
        expect(details.get_by_role("columnheader")).to_have_count(columns)
    bars = page.locator(".chart").first.locator("rect")
    expect(page.locator("details").first.locator("tbody tr")).to_have_count(bars.count())


def test_filters_narrow_what_is_shown_and_links_keep_them(open_page: OpenPage, kept: list[Record]) -> None:
    page = open_page()
    page.get_by_label("Read as", exact=True).select_option("7")
    page.get_by_label("Corrected", exact=True).select_option("wrong")
    page.get_by_role("button", name="Show", exact=True).click()
    wanted = [each for each in kept if each.digit == 7 and each.label not in {None, 7}]
    expect(page.locator(".sums dd").first).to_have_text(str(len(wanted)))
    page.get_by_role("link", name="Predictions", exact=True).click()
    expect(page.get_by_label("Read as", exact=True)).to_have_value("7")
    expect(cards(page)).to_have_count(len(wanted))
    page.get_by_role("link", name="show all").click()
    expect(cards(page)).to_have_count(48)
    page.get_by_role("link", name="further back").click()
    expect(page.get_by_role("link", name="newest")).to_be_visible()


def test_a_mistake_leads_to_its_drawings(open_page: OpenPage) -> None:
    page = open_page()
    line = page.locator(".beside li").first
    count = int(line.inner_text().rpartition("×")[2])
    line.get_by_role("link").click()
    expect(cards(page)).to_have_count(count)
    expect(page.get_by_role("img").first).to_have_js_property("naturalWidth", 280)


def test_what_is_asked_for_can_be_taken_along(open_page: OpenPage, kept: list[Record]) -> None:
    page = open_page()
    page.goto(page.url + "/predictions?digit=refused")
    with page.expect_download() as download:
        page.locator(".export li").first.get_by_role("link", name="JSON lines").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert len(lines) == sum(each.digit is None for each in kept)
    assert download.value.suggested_filename == "digitpad.jsonl"


@pytest.mark.parametrize("script", [True, False])
def test_one_is_corrected_and_one_removed(
    chromium: Browser, watch: Watch, recognizer: Recognizer, tmp_path: Path, script: bool
) -> None:
    few = month(recognizer, datetime.now(UTC), days=1, a_day=4)
    with closing(SQLiteStore(tmp_path / "records.db")) as store:
        store.add(few)
    with Server(tmp_path, environment={"DIGITPAD_OPERATOR_TOKEN": TOKEN}) as server:
        context = chromium.new_context(java_script_enabled=script)
        page = context.new_page()
        watch.over(page, server.url)
        page.goto(f"{server.url}/operator")
        page.get_by_label("The operator’s token").fill(TOKEN)
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("link", name="Predictions", exact=True).click()
        cards(page).first.click()
        page.get_by_label("It is", exact=True).select_option("not-a-digit")
        page.get_by_role("button", name="Keep this correction").click()
        expect(page.get_by_role("heading", name="corrected to no digit")).to_be_visible()
        page.get_by_role("button", name="Remove").click()  # the box is not ticked: nothing is sent
        expect(page.get_by_role("heading", name="corrected to no digit")).to_be_visible()
        page.get_by_label("Remove it for good").check()
        page.get_by_role("button", name="Remove").click()
        expect(cards(page)).to_have_count(len(few) - 1)
        context.close()


@pytest.mark.parametrize("width", [320, 390, 720, 1040, 1600])
def test_nothing_is_cut_off_at_any_width(open_page: OpenPage, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 800})
    home = page.url
    for path in ("", "/predictions"):
        page.goto(home + path)
        page.locator("details").evaluate_all("all => all.forEach((each) => { each.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") == width
    cards(page).first.click()
    expect(page.locator(".facts")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_text_of_twice_the_size_is_not_cut_off(open_page: OpenPage) -> None:
    page = open_page(viewport={"width": 360, "height": 800})
    sizes = {"fontSizes": {"standard": 32, "fixed": 26}}
    page.context.new_cdp_session(page).send("Page.setFontSizes", sizes)
    page.goto(f"{page.url}?lang=de")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.goto(page.url.partition("?")[0] + "/predictions")
    cards(page).first.click()
    expect(page.locator(".facts")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("options", [{}, {"viewport": {"width": 390, "height": 800}}])
def test_axe_finds_nothing(open_page: OpenPage, axe: str, options: dict[str, Any]) -> None:
    page = open_page(bypass_csp=True, **options)
    home, found = page.url, {}
    page.locator("details").evaluate_all("all => all.forEach((each) => { each.open = true; })")
    found["figures"] = complaints(page, axe)
    for path in ("?until=1999-01-01", "/predictions", "/predictions?until=1999-01-01", "/login"):
        page.goto(home + path)
        found[path] = complaints(page, axe)
    page.goto(home + "/predictions")
    cards(page).first.click()
    page.locator(".facts").wait_for()
    found["one"] = complaints(page, axe)
    assert {name: each for name, each in found.items() if each} == {}


def test_the_keyboard_reaches_the_filters_and_shows_where_it_is(open_page: OpenPage) -> None:
    page = open_page()
    reached = []
    for _ in range(5):
        page.keyboard.press("Tab")
        focused = page.locator(":focus-visible")
        expect(focused).to_have_css("outline-style", "solid")
        reached.append(focused.evaluate("each => each.id || each.innerText"))
    assert reached == ["digitpad", "Figures", "Predictions", "Log out", "since"]


def test_targets_are_large_enough_for_a_finger(open_page: OpenPage) -> None:
    page = open_page(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    for target in page.locator(
        "button:visible, a:visible, summary:visible, input:visible, select:visible"
    ).all():
        box = target.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24, target.inner_text()


def test_forced_colours_still_show_bars_and_cells(open_page: OpenPage) -> None:
    page = open_page(forced_colors="active")
    fill = "each => [getComputedStyle(each).fill, getComputedStyle(document.body).backgroundColor]"
    for part in (".chart rect", ".chart circle", ".matrix .count"):
        mark, ground = page.locator(part).first.evaluate(fill)
        assert mark != ground


def test_it_speaks_german_too(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("link", name="Deutsch").click()
    expect(page.get_by_role("heading", name="Die schwersten Zeichnungen")).to_be_visible()
    assert "," in page.locator(".sums dd").nth(1).inner_text()


@pictures.wanted
def test_take_the_pictures(open_page: OpenPage) -> None:
    page = open_page(viewport={"width": 1040, "height": 1400})
    for image in page.locator("img").all():
        image.scroll_into_view_if_needed()
    pictures.take(page, "operator-light", full_page=True)
