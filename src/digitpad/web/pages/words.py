"""All words that people see, by language: `web/words/<language>.json`, one file per translation.

Plain JSON, so that templates and JavaScript modules can read the same file: gettext (Babel) would need its catalogues
compiled twice, for Python and for the browser, and the page has no build step. Templates call
`{{ say("index.predict") }}`, modules `say("answer.ready")` (static/say.js); `{name}` in the words is filled in.
The group "templates" stays here, "modules" goes to the browser as well, as words.<language>.js.

The API's own texts, /docs and problem details, are for programs and their authors and stay in English; a page
explains a problem's `code` in its own words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from flask import Flask, Response, g, request
from markupsafe import Markup, escape

from digitpad.web.guards import cookies

FOLDER: Final = Path(__file__).parents[1] / "words"
COOKIE: Final = "digitpad_language"
DEFAULT: Final = "en"


@dataclass(frozen=True, slots=True)
class Language:
    """One language, as defined in its file."""

    tag: str
    """As in <html lang>: the file's name."""
    name: str
    """What its own speakers call it."""
    locale: str
    """How dates and numbers are written (BCP 47)."""
    said: dict[str, Any]
    """Words by their keys, such as "index.predict"."""
    modules: dict[str, Any]
    """Those that the browser needs as well, nested as in the file."""

    def say(self, key: str, **values: object) -> Markup:
        """The words for `key`, escaped for HTML, with `values` filled in.

        :raises KeyError: there are none
        """
        return Markup(escape(self.said[key])).format(**values)  # noqa: S704  # escaped just before

    def module(self) -> bytes:
        """words.<language>.js: hands the words over to say.js."""
        words = json.dumps(self.modules, ensure_ascii=False, separators=(",", ":"))
        return f'import{{speak}}from"./say.js";speak({json.dumps(self.locale)},{words});\n'.encode()


def flat(words: dict[str, Any] | list[Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Each text with its key: the names that lead to it, joined by dots."""
    for name, each in words.items() if isinstance(words, dict) else enumerate(words):
        if isinstance(each, str):
            yield f"{before}{name}", each
        else:
            yield from flat(each, f"{before}{name}.")


def _read(path: Path) -> Language:
    file = json.loads(path.read_text(encoding="utf-8"))
    said = dict(flat({**file["modules"], **file["templates"]}))
    return Language(path.stem, file["language"], file["locale"], said, file["modules"])


LANGUAGES: Final = {path.stem: _read(path) for path in sorted(FOLDER.glob("*.json"))}


def init_app(app: Flask) -> None:
    """Give templates the words of the reader's language."""
    app.context_processor(_for_templates)
    app.after_request(_mark)


def language() -> Language:
    """The reader's language: from the address (`?lang=`), else an earlier choice (a cookie), else the browser."""
    if "language" not in g:
        # Not werkzeug's best_match: it takes "de-AT, en;q=0.3" for English.
        spoken = (tag.partition("-")[0].lower() for tag, liked in request.accept_languages if liked)
        wanted = (request.args.get("lang"), request.cookies.get(COOKIE), *spoken, DEFAULT)
        g.language = next(LANGUAGES[tag] for tag in wanted if tag in LANGUAGES)
    chosen: Language = g.language
    return chosen


def _for_templates() -> dict[str, Any]:
    here = language()
    others = [
        (each, "?" + urlencode({**request.args, "lang": each.tag}))
        for each in LANGUAGES.values()
        if each is not here and request.method == "GET"
    ]
    return {"say": here.say, "language": here, "other_languages": others}


def _mark(response: Response) -> Response:
    """Say which language a response is in and what that depends on, and remember a choice."""
    if "language" not in g:
        return response
    response.headers.setdefault("Content-Language", g.language.tag)  # /docs is in English for all
    response.vary.update(("Accept-Language", "Cookie"))
    # A page sets its visitor's cookie: no shared cache may store it, and a browser asks before it shows it again.
    response.headers.setdefault("Cache-Control", "private, no-cache")
    if request.args.get("lang") == g.language.tag:
        cookies.give(response, COOKIE, g.language.tag)
    return response
