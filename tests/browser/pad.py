"""The page as a person uses it: draw with a mouse, a finger or a pen, press, look."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from playwright.sync_api import CDPSession, Locator, Page, Request, Route, expect

from tests.handwriting import Way, paced
from tests.server import wait_until


def is_recorded(request: Request) -> bool:
    """Whether a request is to be recorded, that is, not a preview."""
    return (request.post_data_json or {}).get("record", True) is not False


class Held:
    """Holds back what `page` sends by `method` to URLs that match `pattern`, until it is let go.

    :param part: what the body of a request must hold for it to be held
    """

    def __init__(self, page: Page, pattern: str, method: str, part: str = "") -> None:
        self._page = page
        self._pattern = pattern
        self._waiting: list[Route] = []

        def hold(route: Route) -> None:
            if route.request.method == method and part in (route.request.post_data or ""):
                self._waiting.append(route)
            else:
                route.fallback()

        page.route(pattern, hold)

    def arrived(self, count: int = 1) -> None:
        """Wait until `count` requests are held."""
        wait_until(lambda: self._page.evaluate("true") and len(self._waiting) == count)

    def let_go(self) -> None:
        """Let the held requests through, wait for their answers, and let through all that follow."""
        for route in self._waiting:
            with self._page.expect_request_finished(lambda request: request == route.request):  # noqa: B023
                route.continue_()
        self._page.unroute(self._pattern)


class Pad:
    """One open page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.canvas = page.locator("#canvas")
        self.predict = page.get_by_role("button", name="Predict it", exact=True)
        self.clear = page.get_by_role("button", name="Clear it", exact=True)
        self.undo = page.get_by_role("button", name="Undo", exact=True)
        self.redo = page.get_by_role("button", name="Redo", exact=True)
        self.answer = page.get_by_role("region", name="The answer")
        self.digit = page.locator(".digit")
        self.verdict = page.locator(".verdict")
        self.otherwise = page.locator(".otherwise")
        self.spoken = page.get_by_role("status")
        self.drawings = page.get_by_role("region", name="My drawings").get_by_role("listitem")
        self.records = page.locator("#records")
        self.sent: list[dict[str, Any]] = []
        self.previews: list[dict[str, Any]] = []
        page.on("request", self._note)
        self.moment: float | None = None
        """When what fingers and pens do is done, in seconds since 1970; None: when it is sent."""
        self._devtools: CDPSession | None = None

    # ── Drawing ──────────────────────────────────────────────────────────────────────────────────────────

    def draw(self, ways: Iterable[Way]) -> None:
        """Draw with the mouse."""
        for way in ways:
            left, top = self.on_page(0, 0)
            points = [(left + x, top + y) for x, y in paced(way)]
            self.page.mouse.move(*points[0])
            self.page.mouse.down()
            for point in points[1:]:
                self.page.mouse.move(*point)
            self.page.mouse.up()

    def touch(self, ways: Iterable[Way]) -> None:
        """Draw with one finger."""
        for way in ways:
            left, top = self.on_page(0, 0)
            points = [(left + x, top + y) for x, y in paced(way)]
            self._touch("touchStart", points[0])
            for point in points[1:]:
                self._touch("touchMove", point)
            self._touch("touchEnd")

    def pen(self, ways: Iterable[Way], *, force: float = 0.5) -> None:
        """Draw with a pen that is pressed with `force`, 0 to 1."""
        for way in ways:
            left, top = self.on_page(0, 0)
            points = [(left + x, top + y) for x, y in paced(way)]
            self.stylus("mousePressed", points[0], force)
            for point in points[1:]:
                self.stylus("mouseMoved", point, force)
            self.stylus("mouseReleased", points[-1], force)

    def fingers(self, event: str, *points: tuple[float, float]) -> None:
        """One touch event with a finger on each of `points`, in the canvas's pixels."""
        self._touch(event, *(self.on_page(x, y) for x, y in points))

    def _touch(self, event: str, *points: tuple[float, float]) -> None:
        touches = [
            {"x": x, "y": y, "id": finger, "radiusX": 8, "radiusY": 8, "force": 0.5}
            for finger, (x, y) in enumerate(points)
        ]
        about = {"type": event, "touchPoints": touches, **self._dated()}
        self.devtools.send("Input.dispatchTouchEvent", about)

    def stylus(self, event: str, point: tuple[float, float], force: float) -> None:
        """One event of a pen, at a point of the window."""
        self.devtools.send(
            "Input.dispatchMouseEvent",
            {
                "type": event,
                "x": point[0],
                "y": point[1],
                "button": "left",
                "buttons": 0 if event == "mouseReleased" else 1,
                "clickCount": 1,
                "pointerType": "pen",
                "force": force,
                **self._dated(),
            },
        )

    def _dated(self) -> dict[str, float]:
        return {} if self.moment is None else {"timestamp": self.moment}

    def on_page(self, x: float, y: float) -> tuple[float, float]:
        """Convert a point of the canvas to window coordinates."""
        box = self.canvas.bounding_box()
        assert box is not None
        return box["x"] + x, box["y"] + y

    @property
    def devtools(self) -> CDPSession:
        if self._devtools is None:
            self._devtools = self.page.context.new_cdp_session(self.page)
        return self._devtools

    def answered_by(self, handler: Callable[[Route], None], *, times: int | None = None) -> None:
        """Let `handler` answer the predictions that are to be recorded, in place of the server."""
        left = [times]

        def handle(route: Route) -> None:
            if route.request.method != "POST" or not is_recorded(route.request) or left[0] == 0:
                return route.fallback()
            left[0] = left[0] - 1 if left[0] else left[0]
            return handler(route)

        self.page.route("**/api/v1/predictions", handle)

    # ── Looking ──────────────────────────────────────────────────────────────────────────────────────────

    def reads(self, ways: Iterable[Way], *, by: str = "draw") -> str:
        """Draw on a cleared pad, press “Predict it”, return the digit that is shown."""
        self.clear.click()
        getattr(self, by)(ways)
        self.predict.click()
        self.await_answer()
        return self.digit.inner_text()

    def await_answer(self) -> None:
        self.page.wait_for_selector('[data-state="answered"], [data-state="refused"]')

    def await_history(self) -> None:
        """Wait until the page has loaded the list of drawings."""
        expect(self.page.locator("#history")).to_have_attribute("aria-busy", "false")

    def expect_state(self, state: str) -> None:
        expect(self.page.locator("#answer")).to_have_attribute("data-state", state)

    def ink_at(self, x: float, y: float) -> bool:
        """Whether there is ink at a point of the canvas, once the drawing has been rendered."""
        return self._inked(self.canvas, (x, y, 1, 1)) != []

    def is_blank(self) -> bool:
        """Whether there is no ink at all on the canvas."""
        return self._inked(self.canvas, (0, 0, 280, 280)) == []

    def ink_seen(self) -> int:
        """How many pixels of the picture that the network saw are ink."""
        return len(self._inked(self.page.locator('[data-part="seen"]'), (0, 0, 280, 280)))

    def yellow_seen(self) -> int:
        """How many pixels of the picture that the network saw are yellow: the ink that mattered."""
        count: int = self.page.locator('[data-part="seen"]').evaluate(
            """(canvas) => {
                const copy = new OffscreenCanvas(28, 28).getContext("2d", { willReadFrequently: true });
                copy.drawImage(canvas, 0, 0);
                const { data } = copy.getImageData(0, 0, 28, 28);
                const isYellow = (at) => data[at + 3] > 99 && data[at] > data[at + 2] + 9;
                return [...data.keys()].filter((at) => at % 4 === 0 && isYellow(at)).length;
            }"""
        )
        return count

    def _inked(self, canvas: Locator, area: tuple[float, float, float, float]) -> list[int]:
        """Tell which pixels in an area of a canvas are ink; areas are in 280ths of its side."""
        inked: list[int] = canvas.evaluate(
            """(canvas, area) => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
                const { width, height } = canvas;
                const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
                copy.drawImage(canvas, 0, 0);
                const [x, y, across, down] = area.map((pixels) => (pixels * width) / 280);
                const { data } = copy.getImageData(x, y, Math.max(1, across), Math.max(1, down));
                done([...data.keys()].filter((at) => at % 4 === 3 && data[at] > 127));
            })))""",
            list(area),
        )
        return inked

    def column(self, digit: int) -> Locator:
        return self.page.locator(f'.columns [data-digit="{digit}"]')

    def _note(self, request: Request) -> None:
        if request.method == "POST" and request.post_data_json:
            kept = self.sent if is_recorded(request) else self.previews
            kept.append(request.post_data_json)

    def sent_strokes(self) -> list[list[list[float]]]:
        """The strokes of the latest drawing sent."""
        strokes: list[list[list[float]]] = self.sent[-1]["ink"]["strokes"]
        return strokes
