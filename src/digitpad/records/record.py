"""A record: one prediction, and the correction that a person may have made to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal, get_args
from uuid import UUID

from digitpad.records import timeuuid
from digitpad.records.features import Features

Source = Literal["ink", "picture"]
Label = Literal[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, "not-a-digit"]
LABELS: Final[dict[str, Label]] = {str(label): label for label in get_args(Label)}
"""Each label by its text, which is how both stores keep it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One prediction as it is kept."""

    id: UUID
    """A version 1 UUID made by `timeuuid.new`: it holds the date, and a write can be repeated safely."""
    digit: int | None
    confidence: float
    p_digit: float
    probabilities: tuple[float, ...]
    model: str
    """The version in the model's card."""
    visitor: UUID
    source: Source
    drawing: bytes | None
    """Ink as JSON or a picture as PNG, by `source`. None in listings: `Store.drawing` has it."""
    features: Features | None = field(default=None, compare=False)
    """To be kept with the record. None in records read from a store, which keeps them for `Store.similar`."""
    label: Label | None = None
    """A person's correction."""
    labelled_at: datetime | None = None

    @property
    def recorded_at(self) -> datetime:
        """When it was recorded, in UTC, to the millisecond."""
        return timeuuid.moment(self.id)

    def to_json(self) -> dict[str, Any]:
        """The record as an export and `digitpad records` show it, without its drawing and its visitor.

        The keys are those of the API's answers (`answers.Prediction`).
        """
        return {
            "id": str(self.id),
            "digit": self.digit,
            "confidence": self.confidence,
            "p_digit": self.p_digit,
            "probabilities": list(self.probabilities),
            "model": self.model,
            "recorded_at": iso(self.recorded_at),
            "source": self.source,
            "label": self.label,
            "labelled_at": iso(self.labelled_at) if self.labelled_at else None,
        }


def to_millisecond(moment: datetime) -> datetime:
    """Truncate `moment` to the millisecond, in UTC: both stores can keep that, and so sort alike."""
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def iso(moment: datetime) -> str:
    """A moment in UTC as RFC 3339 with milliseconds, such as 2026-11-22T19:45:03.123Z."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
