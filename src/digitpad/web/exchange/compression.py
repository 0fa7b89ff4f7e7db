"""Compresses pages and JSON for clients that accept gzip. The page's own files are compressed once: see static_files.

It uses Python's own zlib. Flask-Compress would add Brotli and zstd, for some 10 % on responses this small, but would
alter ETags and look at every response; the function below is all that is needed of it.

BREACH (Gluck, Harris, Prado, 2013) finds a secret in a compressed response by its length under TLS: another site makes
the reader's browser send requests again and again, with a guess that the response repeats. It takes three things:

- a secret beside text from the request. No body holds a cookie or a token, and no form a CSRF token, since writes are
  checked by Origin (see security). A class's key appears once, when it is made, in a response too small to be
  compressed. But the operator's pages show records beside the filters that were asked for;
- requests that another site causes and that carry the reader's cookies: SameSite withholds the operator's;
- a compressed response: if the browser says in Sec-Fetch-Site that another site caused the request, nothing is
  compressed.
"""

from __future__ import annotations

import zlib
from typing import Final

from flask import Flask, Response, request

PACKED: Final = {"text/html", "application/json", "application/problem+json"}
"""Pictures are already compressed, and exports are streamed."""
LEAST: Final = 500  # bytes: a smaller response fits into one packet anyway
LEVEL: Final = 5
"""Of 9: a preview shrinks 4.7 → 1.0 kB in 22 µs, 50 predictions 24 → 0.9 kB in 45; 9 takes twice that for 2 %."""
GZIP: Final = 16 + zlib.MAX_WBITS  # makes zlib write gzip's header
FOREIGN: Final = {"cross-site", "same-site"}


def init_app(app: Flask) -> None:
    """Compress responses after all other parts but the log: what is registered first runs last."""
    app.after_request(_pack)


def _pack(response: Response) -> Response:
    if response.is_streamed or response.mimetype not in PACKED or (response.content_length or 0) < LEAST:
        return response
    response.headers.add("Vary", "Accept-Encoding")
    # The raw text is checked first: programs seldom accept gzip, and parsing costs 8 µs.
    asked = request.headers.get("Accept-Encoding", "")
    if "gzip" not in asked or not request.accept_encodings["gzip"]:
        return response
    if request.headers.get("Sec-Fetch-Site") in FOREIGN:
        return response
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)
    response.set_data(packer.compress(response.get_data()) + packer.flush())
    response.headers["Content-Encoding"] = "gzip"
    return response
