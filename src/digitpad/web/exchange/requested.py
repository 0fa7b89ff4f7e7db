"""What many endpoints need of a request: whether a person asks, limits and ids in the query, the caller's records."""

from __future__ import annotations

from uuid import UUID

from flask import request

from digitpad.errors import DigitpadError
from digitpad.records import Record, timeuuid
from digitpad.web.guards import visitors
from digitpad.web.recording.predicting import predictor


class BadParameter(DigitpadError, ValueError):
    """A query parameter that makes no sense."""

    code = "bad-parameter"


class NotFound(DigitpadError):
    """No such record or endpoint, or not the caller's."""

    code = "not-found"


def wants_page() -> bool:
    """Whether a person asks, by a link or a form; requests for pictures and by programs accept anything."""
    return "text/html" in request.headers.get("Accept", "")


def own_record(record_id: UUID) -> Record:
    """The record, if it is the caller's; others get the same error as for a record that never existed."""
    operator = visitors.is_operator()
    record = predictor().store.get(record_id)
    if record is None or not (operator or record.visitor == visitors.current()):
        raise NotFound(f"there is no prediction {record_id} of yours")
    return record


def limit_of_request(default: int, most: int) -> int:
    """The query parameter `limit`.

    :raises BadParameter: it is not a whole number from 1 to `most`
    """
    text = request.args.get("limit", str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= most):
        raise BadParameter(f"“limit” must be a whole number from 1 to {most}")
    return int(text)


def id_of_request(name: str, of: str = "prediction") -> UUID | None:
    """The id of a record in the query parameter `name`; None if it is missing.

    :raises BadParameter: it is not an id that a record could have
    """
    text = request.args.get(name)
    if text is None:
        return None
    try:
        found = UUID(text)
    except ValueError:
        found = None
    if found is None or not timeuuid.is_timeuuid(found):
        raise BadParameter(f"“{name}” must be the id of a {of}")
    return found
