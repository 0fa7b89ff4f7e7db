"""What the web tests request, and how they check an answer."""

from __future__ import annotations

from uuid import uuid4

from tests.handwriting import DIGITS
from tests.server import Answer

PREDICTIONS = "/api/v1/predictions"
CLASSES = "/api/v1/classes"
BATCH = f"{PREDICTIONS}/batch"
SEVEN = {"ink": {"strokes": DIGITS[7]}}
THREE = {"ink": {"strokes": DIGITS[3]}}


def new_visitor() -> dict[str, str]:
    """The headers of a new visitor."""
    return {"Cookie": f"digitpad_visitor={uuid4()}"}


def is_problem(answer: Answer, status: int, code: str) -> None:
    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["code"] == code
    assert problem["detail"]
    assert problem["title"]
