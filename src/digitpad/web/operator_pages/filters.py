"""What the operator asks for: the days, the digit, the confidence, and whether somebody corrected it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from digitpad.records import Record, timeuuid
from digitpad.records.record import LABELS
from digitpad.web.endpoints import Parameter, query
from digitpad.web.exchange.requested import BadParameter

REFUSED: Final = "refused"
DIGITS: Final = (*map(str, range(10)), REFUSED)
CORRECTIONS: Final = ("yes", "no", "right", "wrong", *LABELS)
"""Whether and how a record was corrected: at all, not, to what was read, to something else, to this label."""
_FIRST, _LAST = date(1970, 1, 1), date(2999, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which records are wanted; all of them by default."""

    since: date | None = None
    """The first day (UTC)."""
    until: date | None = None
    """The last day (UTC)."""
    digit: str = ""
    """What was read, one of DIGITS."""
    least: int = 0
    """The least confidence, in per cent."""
    most: int = 100
    """The greatest confidence, in per cent."""
    corrected: str = ""
    """One of CORRECTIONS."""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Filters:
        """Parse a query; a field left empty in the form filters nothing.

        :raises BadParameter: a value that makes no sense
        """
        since, until = _day(given, "since"), _day(given, "until")
        if since and until and since > until:
            raise BadParameter("“since” must not be later than “until”")
        return cls(
            since=since,
            until=until,
            digit=_one_of(given, "digit", DIGITS),
            least=_percent(given, "least", 0),
            most=_percent(given, "most", 100),
            corrected=_one_of(given, "corrected", CORRECTIONS),
        )

    def to_query(self) -> dict[str, str]:
        """The query that `of` parses into these filters; default values are left out."""
        said = {row.name: getattr(self, row.name) for row in fields(self)}
        return {name: str(value) for name, value in said.items() if value != getattr(Filters(), name)}

    @property
    def before(self) -> UUID | None:
        """An id newer than all wanted records, and older than those of later days; None: nothing is too new."""
        return None if self.until is None else timeuuid.first_of(self.until + timedelta(days=1))

    @property
    def after(self) -> UUID | None:
        """An id older than all wanted records, and newer than those of earlier days; None: nothing is too old."""
        return None if self.since is None else timeuuid.first_of(self.since)

    def match(self, record: Record) -> bool:
        """Whether a record is wanted."""
        day = record.recorded_at.date()
        return (
            (self.since is None or day >= self.since)
            and (self.until is None or day <= self.until)
            and self.digit in {"", REFUSED if record.digit is None else str(record.digit)}
            and self.least <= record.confidence * 100 <= self.most
            and self.corrected in {"", *_corrections(record)}
        )


def _corrections(record: Record) -> tuple[str, ...]:
    """Which of CORRECTIONS are true of a record."""
    if record.label is None:
        return ("no",)
    read: object = "not-a-digit" if record.digit is None else record.digit
    return ("yes", "right" if record.label == read else "wrong", str(record.label))


def _day(given: Mapping[str, str], name: str) -> date | None:
    text = given.get(name, "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not _FIRST <= day <= _LAST:
        raise BadParameter(f"“{name}” must be a day such as 2026-11-25")
    return day


def _one_of(given: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    text = given.get(name, "").strip()
    if text and text not in choices:
        raise BadParameter(f"“{name}” must be one of {', '.join(choices)}")
    return text


def _percent(given: Mapping[str, str], name: str, otherwise: int) -> int:
    text = given.get(name, "").strip()
    if not text:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) < 4 and int(text) <= 100):
        raise BadParameter(f"“{name}” must be a whole number of per cent, from 0 to 100")
    return int(text)


PARAMETERS: Final[tuple[Parameter, ...]] = (
    query("since", {"type": "string", "format": "date"}, "the first day (UTC)"),
    query("until", {"type": "string", "format": "date"}, "the last day (UTC)"),
    query("digit", {"enum": list(DIGITS)}, "what was read"),
    query("least", {"type": "integer", "minimum": 0, "maximum": 100}, "the least confidence, in per cent"),
    query("most", {"type": "integer", "minimum": 0, "maximum": 100}, "the greatest confidence, in per cent"),
    query(
        "corrected",
        {"enum": list(CORRECTIONS)},
        "whether a person said what it is: yes, no, right (as it was read), wrong (something else), or this label",
    ),
)
"""The query, as endpoints describe it."""
