"""A class that has begun, and its page as one of the pupils uses it."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.pad import Pad
from tests.handwriting import DIGITS
from tests.server import Server, wait_until
from tests.web.asking import CLASSES


class Class:
    """A class that has begun on `server`: its pages, and what it has drawn."""

    def __init__(self, server: Server) -> None:
        self.server = server
        made = server.request("POST", CLASSES).json()
        self.code, self.key = made["code"], made["key"]
        self.page = f"{server.url}/collect/{self.code}"
        self.wall = f"{self.page}/wall#{self.key}"

    def drawings(self) -> list[dict[str, Any]]:
        """The drawings on its wall, newest first."""
        endpoint = f"{CLASSES}/{self.code}/drawings"
        found: list[dict[str, Any]] = self.server.request(
            "GET", endpoint, headers={"Class-Key": self.key}
        ).json()["drawings"]
        return found

    def add(self, drawing: dict[str, Any], asked: int) -> None:
        """Record a drawing by somebody else."""
        answer = self.server.request("POST", f"{CLASSES}/{self.code}/drawings", {**drawing, "asked": asked})
        assert answer.status == 201


def seated(pad: Pad, begun: Class) -> Pad:
    """Open the class's page as a pupil."""
    pad.page.goto(begun.page)
    expect(pad.page.locator("#ask")).to_have_text(re.compile("^Draw an? [0-9]$"))
    return pad


def asked(page: Page) -> int:
    return int(page.locator("#ask").inner_text()[-1])


def done(pad: Pad) -> None:
    pad.page.get_by_role("button", name="Done").click()


def told(pad: Pad, text: str) -> None:
    expect(pad.page.locator("#last")).to_have_text(text)


def all_sent(pad: Pad, begun: Class) -> None:
    """Wait until the page has sent everything and has had the last answer."""
    left = "code => JSON.parse(localStorage.getItem(`digitpad.class.${code}.waiting`)).waiting.length"
    wait_until(lambda: pad.page.evaluate(left, begun.code) == 0)


def drawn(pad: Pad, by: str = "draw") -> int:
    """Draw the digit asked for, wait until it has arrived, and return it."""
    digit = asked(pad.page)
    getattr(pad, by)(DIGITS[digit])
    done(pad)
    expect(pad.page.locator("#last")).to_contain_text("Recorded.")
    return digit
