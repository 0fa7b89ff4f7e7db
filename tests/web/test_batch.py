"""Many drawings at once."""

from __future__ import annotations

import base64
import io

from PIL import Image

from digitpad import Recognizer
from tests.handwriting import DIGITS
from tests.server import Server
from tests.test_canonical import drawn
from tests.test_recognizer import png
from tests.web.asking import BATCH, PREDICTIONS, SEVEN, THREE, is_problem


def test_a_batch_is_answered_in_its_order_and_recorded(server: Server, visitor: dict[str, str]) -> None:
    picture = {"image": base64.b64encode(png(drawn(DIGITS[4]))).decode()}
    answer = server.request("POST", BATCH, {"drawings": [SEVEN, THREE, picture]}, visitor)
    assert answer.status == 201
    made = answer.json()["predictions"]
    assert [each["digit"] for each in made] == [7, 3, 4]
    assert [each["source"] for each in made] == ["ink", "ink", "picture"]
    listed = server.request("GET", PREDICTIONS, headers=visitor).json()["predictions"]
    assert listed == made[::-1]


def test_an_item_that_is_wrong_carries_its_own_error(server: Server, visitor: dict[str, str]) -> None:
    items = [{"image": "?"}, SEVEN, {}, {"ink": {"strokes": [[[1]]]}}, 17, THREE]
    made = server.request("POST", BATCH, {"drawings": items}, visitor).json()["predictions"]
    assert [each.get("error", each).get("code", "read") for each in made] == [
        "bad-picture",
        "read",
        "bad-request-body",
        "bad-ink",
        "bad-request-body",
        "read",
    ]
    assert (made[0]["error"]["status"], made[0]["error"]["title"]) == (422, "Unprocessable Entity")
    assert len(server.request("GET", PREDICTIONS, headers=visitor).json()["predictions"]) == 2


def test_small_files_cannot_unfold_without_end(server: Server, visitor: dict[str, str]) -> None:
    out = io.BytesIO()
    Image.new("L", (2_000, 2_000), 255).save(out, "PNG")  # four megapixels in six kilobytes
    items = [{"image": base64.b64encode(out.getvalue()).decode()}] * 6
    answer = server.request("POST", BATCH, {"drawings": items, "record": False}, visitor)
    codes = [each.get("error", {}).get("code") for each in answer.json()["predictions"]]
    assert codes == [None] * 4 + ["picture-too-large"] * 2


def test_a_batch_of_previews_leaves_no_trace(server: Server, visitor: dict[str, str]) -> None:
    body = {"drawings": [SEVEN], "record": False, "include": ["canonical"]}
    answer = server.request("POST", BATCH, body, visitor)
    assert answer.status == 200
    assert answer.json()["predictions"][0]["recorded"] is False
    assert len(answer.json()["predictions"][0]["canonical"]) == 28
    assert server.request("GET", PREDICTIONS, headers=visitor).json()["predictions"] == []


def test_256_at_once_are_taken_and_one_more_is_not(
    server: Server, recognizer: Recognizer, visitor: dict[str, str]
) -> None:
    answer = server.request("POST", BATCH, {"drawings": [SEVEN] * 256}, visitor)
    assert len({each["id"] for each in answer.json()["predictions"]}) == 256
    is_problem(server.request("POST", BATCH, {"drawings": [SEVEN] * 257}, visitor), 422, "bad-request-body")
    is_problem(server.request("POST", BATCH, {"drawings": []}, visitor), 422, "bad-request-body")
    is_problem(server.request("POST", BATCH, {}, visitor), 422, "bad-request-body")
