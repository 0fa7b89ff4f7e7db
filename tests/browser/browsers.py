"""Debian's Firefox and WebKit, each as a window in which to look, point and type.

Selenium drives both: WebKit through its own driver, Firefox over WebDriver BiDi, which it speaks natively (geckodriver,
Selenium's usual way to it, is not in Debian). Pointer and keyboard input is the same for both: the W3C's action
sequences.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from selenium.webdriver import Remote
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.command import Command
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.remote.websocket_connection import WebSocketConnection
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.handwriting import Way, paced
from tests.needs import missing
from tests.server import wait_until

TAB, ENTER, CONTROL = "\ue004", "\ue007", "\ue009"  # as WebDriver names keys
PATIENCE = 30  # seconds: the machine may be busy
Actions = dict[str, Any]


class Driver(Protocol):
    """What each browser driver offers."""

    complaints: list[str]
    downloads: Path
    """The folder that takes what is downloaded."""

    def go(self, url: str) -> None: ...

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression as plain JSON types; promises are awaited."""
        ...

    def perform(self, *sources: Actions) -> None: ...


class Firefox:
    """One tab, by WebDriver BiDi."""

    def __init__(self, address: str, downloads: Path) -> None:
        self.complaints: list[str] = []
        self.downloads = downloads
        self._connection = WebSocketConnection(f"{address}/session", PATIENCE, 0.01)
        self._ask("session.new", {"capabilities": {}})
        self._ask("session.subscribe", {"events": ["log.entryAdded"]})
        self._connection.callbacks["log.entryAdded"] = [self._heard]
        # A new tab: the one that Firefox starts with is internal and never gets the focus.
        self._tab = self._ask("browsingContext.create", {"type": "tab"})["context"]

    def go(self, url: str) -> None:
        self._ask("browsingContext.navigate", {"context": self._tab, "url": url, "wait": "complete"})

    def evaluate(self, expression: str) -> Any:
        asked = f"(async () => JSON.stringify(await ({expression})))()"
        wanted = {"expression": asked, "target": {"context": self._tab}, "awaitPromise": True}
        answer = self._ask("script.evaluate", wanted)
        assert answer["type"] == "success", answer
        return json.loads(answer["result"].get("value", "null"))

    def perform(self, *sources: Actions) -> None:
        self._ask("input.performActions", {"context": self._tab, "actions": list(sources)})

    def close(self) -> None:
        self._connection.close()

    def _ask(self, method: str, params: Actions) -> Any:
        answer = self._connection.send_cmd(method, params)
        assert "result" in answer, answer
        return answer["result"]

    def _heard(self, entry: Actions) -> None:
        if entry["level"] in {"warn", "error"}:
            self.complaints.append(entry["text"])


class WebKit:
    """One window of MiniBrowser, by WebKitWebDriver, which does not report console messages."""

    def __init__(self, driver: Remote, downloads: Path) -> None:
        self.complaints: list[str] = []
        self.downloads = downloads
        self._driver = driver
        driver.set_script_timeout(PATIENCE)
        driver.set_window_size(1040, 900)

    def go(self, url: str) -> None:
        self._driver.get(url)

    def evaluate(self, expression: str) -> Any:
        asked = f"const done = arguments[0]; (async () => JSON.stringify(await ({expression})))().then(done);"
        return json.loads(self._driver.execute_async_script(asked) or "null")

    def perform(self, *sources: Actions) -> None:
        self._driver.execute(Command.W3C_ACTIONS, {"actions": list(sources)})


class Window:
    """The page in a browser, as a person uses it: draw, press, type, look."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver

    def draw(self, ways: Iterable[Way], *, by: str = "mouse") -> None:
        """Draw on the pad with a mouse, a finger (`touch`) or a `pen`."""
        self.evaluate("scrollTo(0, 0)")
        left, top = self.evaluate(
            "(({ x, y }) => [x, y])(document.querySelector('#canvas').getBoundingClientRect())"
        )
        for way in ways:
            points = [(round(left + x), round(top + y)) for x, y in paced(way)]
            self._point(by, points)

    def click(self, name: str) -> None:
        """Press the button of that name with the mouse."""
        middle = self.evaluate(
            f"""(() => {{
                const found = [...document.querySelectorAll("button")].find((each) =>
                    (each.getAttribute("aria-label") ?? each.textContent.trim()) === {json.dumps(name)});
                found.scrollIntoView({{ block: "nearest" }});
                const {{ x, y, width, height }} = found.getBoundingClientRect();
                return [x + width / 2, y + height / 2];
            }})()"""
        )
        self._point("mouse", [(round(middle[0]), round(middle[1]))])

    def press(self, *keys: str) -> None:
        """Press keys together: `press(CONTROL, "z")`."""
        actions = [{"type": "keyDown", "value": key} for key in keys]
        actions += [{"type": "keyUp", "value": key} for key in reversed(keys)]
        self.driver.perform({"type": "key", "id": "keys", "actions": actions})

    def evaluate(self, expression: str) -> Any:
        return self.driver.evaluate(expression)

    def text(self, selector: str) -> str:
        """The visible text of the element."""
        text: str = self.evaluate(f"document.querySelector({json.dumps(selector)}).innerText.trim()")
        return text

    def expect(self, expression: str) -> None:
        """Wait until a JavaScript expression is true."""
        wait_until(lambda: self.evaluate(expression), lambda: f"never true: {expression}", seconds=PATIENCE)

    def expect_state(self, *states: str) -> None:
        """Wait until the answer is in one of these states."""
        self.expect(f"{list(states)}.includes(document.querySelector('#answer').dataset.state)")

    def inked(self, canvas: str = "#canvas") -> int:
        """How many pixels of the pad, or of another canvas, have ink, once the drawing has been rendered."""
        count: int = self.evaluate(
            f"""new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {{
                const drawn = document.querySelector({json.dumps(canvas)});
                const {{ width, height }} = drawn;
                const copy = Object.assign(document.createElement("canvas"), {{ width, height }}).getContext("2d");
                copy.drawImage(drawn, 0, 0);
                const {{ data }} = copy.getImageData(0, 0, width, height);
                done(data.filter((level, at) => at % 4 === 3 && level > 127).length);
            }})))"""
        )
        return count

    def _point(self, kind: str, points: list[tuple[int, int]]) -> None:
        moves = [{"type": "pointerMove", "x": x, "y": y, "duration": 0} for x, y in points]
        actions = [
            moves[0],
            {"type": "pointerDown", "button": 0},
            *moves[1:],
            {"type": "pointerUp", "button": 0},
        ]
        source = {"type": "pointer", "id": kind, "parameters": {"pointerType": kind}, "actions": actions}
        self.driver.perform(source)


@contextmanager
def firefox(folder: Path) -> Iterator[Driver]:
    """Start the system's Firefox, headless, with a new profile in `folder`."""
    program, downloads = _program("firefox-esr", "firefox"), folder / "downloads"
    downloads.mkdir()
    (folder / "user.js").write_text(
        preferences({**QUIET, "browser.download.folderList": 2, "browser.download.dir": str(downloads)})
    )
    command = [program, "--headless", "--no-remote", "--profile", str(folder), "--remote-debugging-port", "0"]
    with (folder / "log").open("wb") as log, _running(command, log):
        address = folder / "WebDriverBiDiServer.json"
        wait_until(lambda: _is_json(address), (folder / "log").read_text, seconds=60)
        where = json.loads(address.read_text())
        driver = Firefox(f"ws://{where['ws_host']}:{where['ws_port']}", downloads)
        try:
            yield driver
        finally:
            driver.close()


@contextmanager
def webkit(folder: Path) -> Iterator[Driver]:
    """Start WebKitGTK's MiniBrowser on a screen of its own, which needs no window system."""
    driver, screen, downloads = _program("WebKitWebDriver"), _program("Xvfb"), folder / "downloads"
    downloads.mkdir()
    (folder / ".config").mkdir()
    (folder / ".config" / "user-dirs.dirs").write_text('XDG_DOWNLOAD_DIR="$HOME/downloads"\n')
    display, written = os.pipe()
    command = [screen, "-displayfd", str(written), "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]
    with (folder / "log").open("wb") as log, _running(command, log, pass_fds=[written]):
        os.close(written)
        with os.fdopen(display) as told:
            number = told.readline().strip()
        assert number, (folder / "log").read_text()
        # No graphics card and no accessibility bus: both would only cause warnings.
        own = {
            "DISPLAY": f":{number}",
            "NO_AT_BRIDGE": "1",
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "HOME": str(folder),
        }
        own |= {"WEBKIT_DISABLE_DMABUF_RENDERER": "1", "GIO_USE_VFS": "local"}
        options = Options()
        options.binary_location = _mini_browser()
        options.add_argument("--automation")
        service = Service(driver, env=os.environ | own, log_output=str(folder / "driver.log"))
        service.start()
        # Not with Selenium's own class, which still calls functions that Selenium has deprecated.
        window = Remote(RemoteConnection(client_config=ClientConfig(service.service_url)), options=options)
        try:
            yield WebKit(window, downloads)
        finally:
            window.quit()
            service.stop()


# Nothing that a new Firefox does by itself: no welcome page, no experiments, no phoning home.
QUIET: Actions = {
    "app.normandy.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "nimbus.rollouts.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}


def preferences(values: Actions) -> str:
    """A profile's user.js."""
    return "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in values.items())


def _program(*names: str) -> str:
    path = next(filter(None, map(shutil.which, names)), None)
    return path or missing(f"no {names[0]} on this machine: scripts/test installs it")


def _mini_browser() -> str:
    found = sorted(Path("/usr/lib").glob("*/webkit*gtk-*/MiniBrowser"))
    return str(found[-1]) if found else missing("no MiniBrowser of WebKitGTK: install webkit2gtk-driver")


def _is_json(file: Path) -> bool:
    try:
        return bool(json.loads(file.read_text()))
    except (OSError, ValueError):
        return False


@contextmanager
def _running(command: list[str], log: Any, pass_fds: Iterable[int] = ()) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=log, stderr=log, pass_fds=tuple(pass_fds))
    try:
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)
