"""The page's own files and words, at addresses that change with their content, so that browsers can cache them.

The digest is in the folder's name, not in each file's: modules import one another by relative addresses, which then
include it without a build step.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flask import Flask, Response, abort, request

from digitpad.web.pages import words

FOLDER: Final = Path(__file__).parents[1] / "static"
TYPES: Final = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
A_YEAR: Final = 31_536_000  # seconds


@dataclass(frozen=True, slots=True)
class File:
    """One file, as it is and compressed."""

    mimetype: str
    content: bytes
    zipped: bytes | None
    """None if the type is already compressed."""


def init_app(app: Flask) -> None:
    """Serve the folder `static` from memory, as the endpoint `static`."""
    files = {path.name: _read(path) for path in sorted(FOLDER.iterdir()) if path.suffix in TYPES}
    files |= {f"words.{tag}.js": _packed(".js", each.module()) for tag, each in words.LANGUAGES.items()}
    files |= {
        f"digitpad.{tag}.webmanifest": _packed(".webmanifest", _manifest(each))
        for tag, each in words.LANGUAGES.items()
    }
    digest = hashlib.sha256(
        b"".join(name.encode() + hashlib.sha256(file.content).digest() for name, file in files.items())
    ).hexdigest()[:12]

    def static(filename: str, version: str = "") -> Response:
        # Another version's address, from a page loaded before an upgrade, gets the current file, but not for good.
        if filename not in files:
            abort(404)
        return _answer(files[filename], for_good=version == digest)

    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values.setdefault("version", digest)

    app.add_url_rule("/static/<version>/<filename>", "static", static)
    app.add_url_rule("/static/<filename>", "static", static)  # for requests without a version
    app.url_defaults(add_version)


def _read(path: Path) -> File:
    return _packed(path.suffix, path.read_bytes())


def _packed(suffix: str, content: bytes) -> File:
    zipped = None if suffix == ".png" else gzip.compress(content, 9, mtime=0)
    return File(TYPES[suffix], content, zipped)


def _manifest(language: words.Language) -> bytes:
    """The manifest with which a phone installs the application, in one language."""
    manifest = json.loads((FOLDER / "digitpad.webmanifest").read_bytes())
    manifest |= {"lang": language.tag, "description": language.said["page.motto"]}
    return json.dumps(manifest, ensure_ascii=False).encode()


def _answer(file: File, *, for_good: bool) -> Response:
    zipped = file.zipped if request.accept_encodings["gzip"] else None
    response = Response(zipped or file.content, mimetype=file.mimetype)
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable" if for_good else "no-cache"
    return response
