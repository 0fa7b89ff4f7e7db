"""A real Chromium with a page that fails its test if the console shows an error or a warning."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Playwright, Request

from tests.browser.classes import Class
from tests.browser.pad import Pad
from tests.needs import missing
from tests.server import Server

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
OpenPad = Callable[..., Pad]


def chromium_path() -> str:
    """The system's Chromium."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        missing("no Chromium on this machine: install the package chromium")
    return path


@contextmanager
def launched(
    playwright: Playwright, program: str | Path | None = None, *, keeps_pages: bool = False
) -> Iterator[Browser]:
    """Start the system's Chromium, headless, or another executable.

    :param keeps_pages: whether “Back” restores a page as it was left, which Playwright prevents by default
    """
    path = program or chromium_path()
    less = ["--disable-back-forward-cache"] if keeps_pages else None
    browser = playwright.chromium.launch(executable_path=path, args=OPTIONS, ignore_default_args=less)
    try:
        yield browser
    finally:
        browser.close()


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The browser of all tests that do not need their own."""
    with launched(playwright) as browser:
        yield browser


class Watch:
    """Notes what a page must not do: log an error, or send requests to another host."""

    def __init__(self) -> None:
        self.expected: list[str] = []
        self._complaints: list[str] = []

    def over(self, page: Page, url: str) -> None:
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.on("pageerror", lambda error: self._complaints.append(f"uncaught: {error}"))
        page.on("request", lambda request: self._asked(request, urlsplit(url).netloc))

    def complaints(self) -> list[str]:
        """Everything except what the test has said to expect."""
        return [each for each in self._complaints if not any(re.search(one, each) for one in self.expected)]

    def _heard(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:  # violations of the Content-Security-Policy are errors
            self._complaints.append(f"{kind}: {text}")

    def _asked(self, request: Request, host: str) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != host:
            self._complaints.append(f"asked another host: {request.url}")


@pytest.fixture
def watch() -> Iterator[Watch]:
    watch = Watch()
    yield watch
    assert watch.complaints() == []


@pytest.fixture
def open_pad(chromium: Browser, watch: Watch, server: Server) -> Iterator[OpenPad]:
    """Open the page as a new visitor: `open_pad(**context_options)`, `open_pad(url=…)` for another server."""
    contexts = []

    def open_pad(*, url: str = server.url, **options: Any) -> Pad:
        options.setdefault("viewport", {"width": 1040, "height": 800})
        context = chromium.new_context(**options)
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        watch.over(page, url)
        page.goto(url + "/")
        pad = Pad(page)
        if options.get("java_script_enabled", True):
            pad.await_history()
        return pad

    yield open_pad
    for context in contexts:
        for page in context.pages:  # their handlers may be in the middle of an answer
            page.unroute_all(behavior="ignoreErrors")
        context.close()


@pytest.fixture
def pad(open_pad: OpenPad) -> Pad:
    """The page on a laptop."""
    return open_pad()


@pytest.fixture
def phone(open_pad: OpenPad) -> Pad:
    """The page on a phone, for fingers."""
    return open_pad(
        viewport={"width": 390, "height": 664}, device_scale_factor=2, has_touch=True, is_mobile=True
    )


@pytest.fixture
def begun(server: Server) -> Class:
    """A class that has begun, in which nobody has drawn yet."""
    return Class(server)
