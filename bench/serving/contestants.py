"""The contestants: the original's design, this server in several ways, its peers, and the ceiling."""

from __future__ import annotations

import base64
import io
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from PIL import Image

from bench import load
from bench.drawings import INKS, grey_png, rgba_png
from bench.serving import venv
from bench.serving.processes import SOURCE, UNLIMITED, Process, ours
from digitpad import Ink
from digitpad.forms import to_form

PEERS: Final = Path(__file__).parent / "peers"
IN_BATCH: Final = 64  # drawings of 28×28 in a batch
BATCH: Final = f"batch of {IN_BATCH}"
_ENDPOINT: Final = "/api/v1/predictions"
_COOKIE: Final = "digitpad_visitor=0b5c2a3e-6f0d-4f0e-9b7a-2d7c1c0f4a11"

Kind = Literal["ours", "peer", "original", "ceiling"]


@dataclass(frozen=True)
class Contestant:
    """A server, and the requests that it is sent."""

    name: str
    server: str
    requests: list[bytes]
    kind: Kind = "ours"
    drawings: int = 1
    """In each request."""


GREY: Final = [grey_png(ink) for ink in INKS]
RGBA: Final = [rgba_png(ink) for ink in INKS]


def all_of_them() -> list[Contestant]:
    """Everyone, the original first and the ceiling last."""
    raw = [load.request("/predict", png, "image/png") for png in GREY]
    body = [load.request(_ENDPOINT, png, "image/png", cookie=_COOKIE) for png in GREY]
    upload = [_upload("/predict", "file", png) for png in GREY]
    image = [_upload("/predict", "image", png) for png in GREY]
    in_json = [_json("/predict", {"image": base64.b64encode(png).decode()}) for png in GREY]
    gradio = [_json("/gradio_api/run/predict", {"data": [{"url": data_url(png)}]}) for png in GREY]
    original = [load.request("/predict/", data_url(png).encode(), "text/plain") for png in GREY]
    return [
        Contestant("the original's design", "original", original, "original"),
        Contestant("Gradio", "gradio", gradio, "peer"),
        Contestant("BentoML", "bentoml", image, "peer"),
        Contestant("LitServe", "litserve", in_json, "peer"),
        Contestant("FastAPI, upload in a plain route", "fastapi-upload", upload, "peer"),
        Contestant("FastAPI, raw PNG in an async route", "fastapi-raw", raw, "peer"),
        *_ours("digitpad"),
        Contestant("digitpad: grey PNG as the body, recorded", "digitpad", body),
        *_ours("digitpad-cassandra", ", Cassandra", ("strokes", "grey PNG"), (True,)),
        Contestant("Flask on granian, a constant", "constant", raw, "ceiling"),
    ]


def _ours(
    server: str, store: str = "", of: Sequence[str] = (), recorded: Sequence[bool] = (True, False)
) -> list[Contestant]:
    """This server with each form that a drawing may have, or those in `of`, recorded and not."""
    forms: dict[str, list[dict[str, Any]]] = {
        "strokes": [{"ink": {"strokes": strokes}} for strokes in INKS],
        "grey PNG": [{"image": data_url(png)} for png in GREY],
        "RGBA PNG": [{"image": data_url(png)} for png in RGBA],
        BATCH: [_batch(IN_BATCH)],
    }
    return [
        Contestant(
            f"digitpad: {form}{store}, {'recorded' if record else 'not recorded'}",
            server,
            [
                _json(_ENDPOINT + "/batch" * (form == BATCH), {**body, "record": record})
                for body in forms[form]
            ],
            drawings=IN_BATCH if form == BATCH else 1,
        )
        for form in of or forms
        for record in recorded
    ]


def batch_request(number: int, *, record: bool) -> bytes:
    """A batch request with `number` drawings of 28×28."""
    return _json(f"{_ENDPOINT}/batch", {**_batch(number), "record": record})


def _batch(number: int) -> dict[str, Any]:
    return {"drawings": [{"image": data_url(png)} for png in small_pngs(number)]}


def small_pngs(number: int) -> list[bytes]:
    """`number` digits as PNGs of 28×28, as in MNIST."""
    forms = [to_form(Ink.from_strokes(ink)) for ink in INKS]
    found = []
    for at in range(number):
        out = io.BytesIO()
        Image.fromarray((forms[at % len(forms)] * 255).astype(np.uint8)).save(out, "PNG")
        found.append(out.getvalue())
    return found


def servers(cassandra: str | None) -> Mapping[str, Callable[[int, Path], Process]]:
    """How each server is started, on a port and in a folder of its own.

    :param cassandra: the address of a cluster; None if there is none
    """

    def peer(program: str, *arguments: str) -> Callable[[int, Path], Process]:
        return lambda port, folder: Process(
            [str(venv.BIN / program), *(each.format(port=port) for each in arguments)],
            port,
            folder,
            {
                **_PATH,
                "BENTOML_HOME": str(folder),
                "BENTOML_DO_NOT_TRACK": "1",
                "GRADIO_ANALYTICS_ENABLED": "0",
            },
        )

    def here(*arguments: str) -> Callable[[int, Path], Process]:
        return lambda port, folder: Process(
            [sys.executable, *(each.format(port=port) for each in arguments)], port, folder, _PATH
        )

    uvicorn = ("--app-dir", str(PEERS), "--workers", "2", "--port", "{port}")
    granian = ("--interface", "wsgi", "--workers", "2", "--blocking-threads", "2", "--port", "{port}")
    return {
        "original": here(str(PEERS / "original.py"), "{port}"),
        "gradio": peer("python", str(PEERS / "gradio_interface.py"), "{port}"),
        "bentoml": peer(
            "bentoml", "serve", "bentoml_service:Digits", "--working-dir", str(PEERS), "--port", "{port}"
        ),
        "litserve": peer("python", str(PEERS / "litserve_api.py"), "{port}"),
        "fastapi-upload": peer("uvicorn", "fastapi_upload:app", *uvicorn),
        "fastapi-raw": peer("uvicorn", "fastapi_raw:app", *uvicorn),
        "constant": here("-m", "granian", *granian, "constant:app"),
        "digitpad": lambda port, folder: ours(port, f"sqlite:///{folder}/records.db", folder, *UNLIMITED),
        **(
            {"digitpad-cassandra": lambda port, folder: ours(port, cassandra, folder, *UNLIMITED)}
            if cassandra
            else {}
        ),
    }


_PATH: Final = {"PYTHONPATH": f"{SOURCE}:{PEERS}"}


def _json(path: str, body: object) -> bytes:
    return load.request(path, json.dumps(body).encode(), "application/json", cookie=_COOKIE)


def data_url(png: bytes) -> str:
    """A picture as `canvas.toDataURL` gives it."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _upload(path: str, field: str, png: bytes) -> bytes:
    """A form with one file, as a browser sends it."""
    head = f'--frontier\r\nContent-Disposition: form-data; name="{field}"; filename="digit.png"\r\n'
    body = head.encode() + b"Content-Type: image/png\r\n\r\n" + png + b"\r\n--frontier--\r\n"
    return load.request(path, body, "multipart/form-data; boundary=frontier")
