"""axe-core finds no problem in any state of the page. npm fetches it once, into a cache."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Literal

import platformdirs
import pytest
from playwright.sync_api import Page

from tests.browser.conftest import OpenPad, Watch
from tests.browser.pad import Pad
from tests.browser.test_answer import PREDICTIONS, changed
from tests.browser.test_picture import photograph
from tests.handwriting import DIGITS, LETTER_M
from tests.needs import missing

pytestmark = pytest.mark.browser

AXE = "4.11.0"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    folder = Path(platformdirs.user_cache_dir("digitpad-tests")) / f"axe-core-{AXE}"
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        npm = shutil.which("npm")
        if npm is None:
            missing("no npm on this machine: install the package npm")
        folder.mkdir(parents=True, exist_ok=True)
        command = [
            npm,
            "install",
            "--prefix",
            str(folder),
            "--no-save",
            "--ignore-scripts",
            f"axe-core@{AXE}",
        ]
        run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        if run.returncode:
            missing(f"npm did not bring axe-core: {run.stderr.strip()[-300:]}")
    return script.read_text()


def complaints(page: Page, axe: str) -> list[str]:
    """What axe-core finds in the light theme and in the dark one, where only the colours differ."""
    page.evaluate(axe)
    return [*_found(page, "light", RULES), *_found(page, "dark", ["color-contrast"])]


def _found(page: Page, scheme: Literal["light", "dark"], rules: list[str]) -> list[str]:
    page.emulate_media(color_scheme=scheme)
    page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished.catch(() => null)))")
    found: dict[str, list[dict[str, Any]]] = page.evaluate("rules => axe.run({ runOnly: rules })", rules)
    assert found["passes"], "it has looked at nothing"
    return [
        f"{scheme}: {each['id']}: {json.dumps([node['html'] for node in each['nodes']])}"
        for each in found["violations"]
    ]


def blank(pad: Pad) -> None:
    pad.predict.click()


def preview(pad: Pad) -> None:
    pad.draw(DIGITS[7])
    pad.expect_state("preview")


def answered(pad: Pad) -> None:
    pad.reads(DIGITS[7])


def corrected(pad: Pad) -> None:
    pad.reads(DIGITS[7])
    pad.page.get_by_role("button", name="1", exact=True).click()
    pad.page.locator("#asked", has_text="Thank you").wait_for()


def refused(pad: Pad) -> None:
    pad.page.route(PREDICTIONS, changed({"digit": None, "p_digit": 0.03}))
    pad.reads(LETTER_M)


def in_trouble(pad: Pad) -> None:
    pad.page.get_by_role("button", name="choose a picture").wait_for()
    pad.page.locator("#file").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"no"})
    pad.expect_state("trouble")


def all_drawings(pad: Pad) -> None:
    pad.reads(DIGITS[7])
    pad.page.get_by_role("link", name="all of them").click()
    pad.page.locator("#list li").first.wait_for()


def asked_to_delete(pad: Pad) -> None:
    all_drawings(pad)
    pad.page.get_by_role("button", name="delete all").click()


def explained(pad: Pad) -> None:
    pad.draw(DIGITS[7])
    how(pad)


def explained_refused(pad: Pad) -> None:
    pad.draw(LETTER_M)
    how(pad)


def how(pad: Pad) -> None:
    pad.page.get_by_role("link", name="How does it work?").click()
    pad.page.locator('[data-state="whole"]').wait_for()


def reference(pad: Pad) -> None:
    pad.page.get_by_role("link", name="The API").click()
    pad.page.locator("#schema-Prediction summary").click()


def read_from_a_form(pad: Pad, content: bytes | None = None) -> None:
    """The page that answers the form, which only appears without JavaScript."""
    form = pad.page.locator("noscript").first.text_content()
    pad.page.evaluate("form => document.body.insertAdjacentHTML('afterbegin', form)", form)
    pad.page.locator("#upload").set_input_files(
        {"name": "seven.png", "mimeType": "image/png", "buffer": content or photograph(7)}
    )
    pad.page.locator(".upload button").click()
    pad.page.get_by_role("link", name="another picture").wait_for()


def not_read_from_a_form(pad: Pad) -> None:
    read_from_a_form(pad, b"no picture")


def shown_similar(pad: Pad) -> None:
    pad.reads(DIGITS[7])
    all_drawings(pad)
    pad.page.get_by_role("button", name="similar").first.click()
    pad.page.locator("#alike li").wait_for()


STATES = [
    blank,
    preview,
    answered,
    corrected,
    refused,
    in_trouble,
    all_drawings,
    asked_to_delete,
    explained,
    explained_refused,
    how,
    reference,
    read_from_a_form,
    not_read_from_a_form,
    shown_similar,
]


def test_axe_finds_nothing(open_pad: OpenPad, watch: Watch, axe: str) -> None:
    watch.expected.append("422")  # the form sends something that is not a picture
    found = {}
    for state in STATES:
        pad = open_pad(bypass_csp=True)
        state(pad)
        found[state.__name__] = complaints(pad.page, axe)
        pad.page.context.close()
    assert {name: each for name, each in found.items() if each} == {}


def test_axe_finds_nothing_on_a_phone(phone: Pad, axe: str) -> None:
    phone.reads(DIGITS[7], by="touch")
    assert complaints(phone.page, axe) == []
