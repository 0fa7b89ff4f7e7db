"""The answer, in words and numbers: read, refused, not recorded, or an error. And what is kept of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import OpenPad, Watch
from tests.browser.pad import Held, Pad
from tests.handwriting import DIGITS, LETTER_M
from tests.server import Server, wait_until

pytestmark = pytest.mark.browser

PREDICTIONS = "**/api/v1/predictions"
HTTP_ERROR = "Failed to load resource"  # what Chromium's console says of each


def test_the_answer_comes_in_words_and_numbers(pad: Pad) -> None:
    assert pad.reads(DIGITS[7]) == "7"
    expect(pad.verdict).to_have_text("Quite sure: over 99 %")
    expect(pad.column(7)).to_have_class("best worth-saying")
    expect(pad.column(7).locator(".share")).to_have_text("> 99 %")
    assert pad.page.locator(".columns li").count() == 10
    expect(pad.spoken).to_contain_text("7. Quite sure: over 99 %")


def test_what_was_spoken_goes_with_its_answer(pad: Pad) -> None:
    pad.reads(DIGITS[7])
    expect(pad.spoken).to_contain_text("7. Quite sure")
    pad.draw([[(140.0, 60.0), (140.0, 220.0)]])
    expect(pad.spoken).to_be_empty()
    pad.reads(DIGITS[7])
    expect(pad.spoken).to_contain_text("7. Quite sure")
    pad.clear.click()
    expect(pad.spoken).to_be_empty()


def test_the_column_of_the_digit_stands_tallest(pad: Pad) -> None:
    pad.reads(DIGITS[4])
    shares = [
        float(pad.column(digit).evaluate("column => column.style.getPropertyValue('--share')"))
        for digit in range(10)
    ]
    assert max(range(10), key=shares.__getitem__) == 4
    assert sum(shares) == pytest.approx(1, abs=0.01)


def test_which_ink_mattered_is_shown_when_asked(pad: Pad) -> None:
    button = pad.page.get_by_role("button", name="which ink mattered?")
    pad.reads(DIGITS[7])
    assert pad.yellow_seen() == 0
    with pad.page.expect_response(PREDICTIONS):
        button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    wait_until(pad.yellow_seen)
    pad.expect_state("answered")
    with pad.page.expect_response(PREDICTIONS):
        button.click()
    wait_until(lambda: pad.yellow_seen() == 0)


def test_ink_stays_white_where_it_is_asked_no_more_which_mattered(pad: Pad) -> None:
    button = pad.page.get_by_role("button", name="which ink mattered?")
    pad.reads(DIGITS[7])
    held = Held(pad.page, PREDICTIONS, "POST", part="saliency")
    button.click()
    held.arrived()
    button.click()
    held.let_go()
    assert pad.ink_seen() > 40
    assert pad.yellow_seen() == 0


def test_a_wrong_answer_is_put_right(pad: Pad) -> None:
    group = pad.page.get_by_role("group", name="Tell it what it is")
    pad.draw(DIGITS[7])
    pad.expect_state("preview")
    expect(group).to_be_hidden()
    pad.reads(DIGITS[7])
    expect(group).to_contain_text("Not a 7?")
    expect(group.get_by_role("button", name="7")).to_be_disabled()
    group.get_by_role("button", name="1", exact=True).click()
    expect(pad.answer).to_contain_text("Thank you: kept as a 1.")
    expect(pad.spoken).to_contain_text("kept as a 1")
    expect(pad.drawings.nth(0)).to_have_text("7 → 1 now")
    again = pad.page.get_by_role("button", name="not a digit")
    again.click()
    expect(again).to_have_attribute("aria-pressed", "true")
    expect(pad.drawings.nth(0)).to_have_text("7 → ? now")


def test_a_correction_that_cannot_be_kept_says_so(pad: Pad, watch: Watch) -> None:
    watch.expected.append(HTTP_ERROR)
    pad.reads(DIGITS[7])
    pad.page.route("**/label", lambda route: route.fulfill(status=503, body="{}"))
    pad.page.get_by_role("button", name="1", exact=True).click()
    expect(pad.answer).to_contain_text("could not be kept")


def test_what_another_tab_has_deleted_cannot_be_put_right(pad: Pad, server: Server, watch: Watch) -> None:
    watch.expected.append(HTTP_ERROR)
    pad.reads(DIGITS[7])
    assert pad.page.request.delete(f"{server.url}/api/v1/predictions").ok
    pad.page.get_by_role("button", name="1", exact=True).click()
    expect(pad.spoken).to_contain_text("has been deleted")
    pad.expect_state("preview")
    expect(pad.drawings).to_have_count(0)
    expect(pad.page.get_by_role("group", name="Tell it what it is")).to_be_hidden()


def test_the_picture_that_the_network_saw_is_shown(pad: Pad) -> None:
    assert pad.ink_seen() == 0
    pad.reads(DIGITS[0])
    assert 40 < pad.ink_seen() < 250


def test_a_blank_pad_says_what_to_do_and_sends_nothing(pad: Pad) -> None:
    pad.predict.click()
    expect(pad.verdict).to_have_text("There is nothing to read yet")
    expect(pad.otherwise).to_contain_text("Draw a digit")
    expect(pad.spoken).to_contain_text("nothing to read")
    assert pad.sent == []


def test_what_is_no_digit_is_said_to_be_none(pad: Pad) -> None:
    pad.answered_by(changed({"digit": None, "p_digit": 0.03}))
    assert pad.reads([*LETTER_M]) == "?"
    expect(pad.verdict).to_have_text("This does not look like a digit")
    expect(pad.otherwise).to_contain_text("if it is one")
    assert pad.page.locator(".columns .best").count() == 0


def test_what_could_not_be_recorded_is_said_to_be_read_only(pad: Pad) -> None:
    pad.answered_by(changed({"id": None, "recorded": False, "recorded_at": None}))
    assert pad.reads(DIGITS[1]) == "1"
    expect(pad.answer).to_contain_text("Read, but not recorded just now")
    expect(pad.records).to_contain_text("your last drawing was not recorded")
    pad.page.unroute(PREDICTIONS)
    pad.predict.click()
    expect(pad.records).to_contain_text("your last at")
    expect(pad.answer).not_to_contain_text("not recorded")


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (413, {}, "This drawing is too large"),
        (422, {}, "Its strokes are too many"),
        (429, {"Retry-After": "12"}, "in 12 seconds"),
        (500, {}, "Something went wrong on the server"),
        (503, {}, "not ready just now"),
    ],
)
def test_an_error_is_said_in_words_and_keeps_the_drawing(
    pad: Pad, watch: Watch, status: int, headers: dict[str, str], said: str
) -> None:
    watch.expected.append(HTTP_ERROR)
    body = {"title": "Wrong", "status": status, "detail": "coordinates must be finite", "code": "bad-ink"}
    pad.answered_by(
        lambda route: route.fulfill(
            status=status,
            headers=headers,
            content_type="application/problem+json",
            body=json.dumps(body),
        ),
        times=1,
    )
    pad.draw(DIGITS[7])
    pad.predict.click()
    expect(pad.answer).to_contain_text(said)
    expect(pad.spoken).to_contain_text(said)
    assert pad.ink_at(140, 66)
    pad.predict.click()
    expect(pad.digit).to_have_text("7")


def test_an_answer_that_is_not_json_is_an_error_in_words(pad: Pad, watch: Watch) -> None:
    watch.expected.append(HTTP_ERROR)
    pad.answered_by(lambda route: route.fulfill(status=502, body="<h1>Bad Gateway</h1>"))
    pad.draw(DIGITS[7])
    pad.predict.click()
    expect(pad.verdict).to_have_text("The server is not ready just now")


def test_a_server_away_is_said_and_the_drawing_stays(open_pad: OpenPad, watch: Watch, tmp_path: Path) -> None:
    watch.expected.append(HTTP_ERROR)
    with Server(tmp_path, options=("--workers", "1")) as server:
        pad = open_pad(url=server.url)
        pad.draw(DIGITS[4])
        expect(pad.digit).to_have_text("4")
        server.stop()
        pad.predict.click()
        expect(pad.verdict).to_have_text("The server cannot be reached")
        expect(pad.otherwise).to_contain_text("Your drawing is still here")
        assert pad.ink_at(100, 158)
        server.start()
        expect(pad.drawings).to_have_count(1, timeout=20_000)  # the page sends it again by itself
        expect(pad.digit).to_have_text("4")


def test_what_is_drawn_offline_is_recorded_once_the_connection_is_back(pad: Pad, watch: Watch) -> None:
    watch.expected.append(HTTP_ERROR)
    pad.page.context.set_offline(True)
    pad.draw(DIGITS[4])
    expect(pad.verdict).to_have_text("The server cannot be reached")
    pad.predict.click()
    expect(pad.predict).to_have_attribute("aria-busy", "false")
    assert pad.ink_at(100, 158)
    pad.page.context.set_offline(False)
    pad.await_answer()
    expect(pad.digit).to_have_text("4")
    expect(pad.drawings).to_have_count(1)


def test_while_it_is_read_a_second_press_does_nothing(pad: Pad) -> None:
    let_go = held(pad)
    pad.draw(DIGITS[1])
    pad.predict.click()
    expect(pad.predict).to_have_attribute("aria-busy", "true")
    pad.predict.click()
    pad.predict.click()
    let_go()
    expect(pad.digit).to_have_text("1")
    expect(pad.predict).to_have_attribute("aria-busy", "false")
    assert len(pad.sent) == 1


def test_a_double_press_records_once(pad: Pad) -> None:
    pad.draw(DIGITS[1])
    pad.predict.dblclick()
    pad.await_answer()
    expect(pad.drawings).to_have_count(1)
    assert len(pad.sent) == 1


def test_every_press_is_a_prediction_of_its_own(pad: Pad) -> None:
    pad.draw(DIGITS[1])
    for presses in (1, 2):
        pad.predict.click()
        pad.await_answer()
        expect(pad.drawings).to_have_count(presses)
    assert len(pad.sent) == 2


def test_an_answer_to_a_cleared_drawing_is_not_shown(pad: Pad) -> None:
    let_go = held(pad)
    pad.draw(DIGITS[1])
    pad.predict.click()
    pad.clear.click()
    let_go()
    expect(pad.drawings).to_have_count(1)
    expect(pad.digit).to_have_text("")


def test_my_drawings_show_what_was_read_with_its_picture(pad: Pad) -> None:
    expect(pad.page.get_by_text("What you have predicted is kept here.")).to_be_visible()
    pad.reads(DIGITS[1])
    pad.reads(DIGITS[7])
    expect(pad.drawings).to_have_count(2)
    expect(pad.drawings.nth(0)).to_have_text("7 now")
    expect(pad.drawings.nth(1)).to_have_text("1 now")
    picture = pad.drawings.nth(0).get_by_role("img", name="A drawing, read as a 7")
    expect(picture).to_have_js_property("naturalWidth", 280)
    pad.page.reload()
    expect(pad.drawings).to_have_count(2)
    expect(pad.records).to_contain_text("your last at")


def test_my_drawings_hold_the_latest_eight(pad: Pad) -> None:
    for _ in range(9):
        answer = pad.page.request.post(
            pad.page.url + "api/v1/predictions", data={"ink": {"strokes": [[[140, 60], [138, 220]]]}}
        )
        assert answer.status == 201
    pad.reads(DIGITS[7])
    expect(pad.drawings.nth(0)).to_have_text("7 now")
    expect(pad.drawings).to_have_count(8)


def test_two_visitors_see_their_own_drawings_only(open_pad: OpenPad) -> None:
    one, other = open_pad(), open_pad()
    one.reads(DIGITS[1])
    expect(one.drawings).to_have_count(1)
    other.page.reload()
    other.await_history()
    expect(other.drawings).to_have_count(0)


def test_a_history_that_cannot_be_shown_says_so(open_pad: OpenPad, pad: Pad, watch: Watch) -> None:
    watch.expected.append(HTTP_ERROR)
    pad.page.route(PREDICTIONS + "?*", lambda route: route.fulfill(status=503, body="{}"))
    pad.page.reload()
    expect(pad.page.get_by_text("They cannot be shown just now.")).to_be_visible()
    assert pad.reads(DIGITS[7]) == "7"


def test_the_foot_names_the_store_and_the_model(pad: Pad, server: Server) -> None:
    card = server.request("GET", "/api/v1/model").json()
    expect(pad.page.get_by_role("contentinfo")).to_contain_text("Records are kept in SQLite")
    expect(pad.page.get_by_role("contentinfo")).to_contain_text(card["version"])


def test_every_link_leads_somewhere(pad: Pad) -> None:
    links = pad.page.locator("a[href]").evaluate_all("links => links.map((link) => link.href)")
    assert links
    assert [pad.page.request.get(link).status for link in links] == [200] * len(links)


def changed(fields: dict[str, Any]) -> Callable[[Route], None]:
    """Let the server answer, then change `fields` of its answer."""

    def handle(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), **fields})

    return handle


def held(pad: Pad) -> Callable[[], None]:
    """Hold back what the page sends until the returned function is called."""
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    def let_go() -> None:
        for route in waiting:
            route.continue_()
        pad.page.unroute(PREDICTIONS)

    pad.answered_by(hold)
    return let_go
