"""How the operator's pages write numbers, shares and moments, in the reader's language."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from digitpad.records import Record
from digitpad.web.operator_pages.filters import CORRECTIONS, DIGITS, REFUSED
from digitpad.web.pages import words

SPACE: Final = "\u202f"
"""Narrow, and no place for a line to end: both languages may have it in numbers (ISO 80000-1)."""


def for_templates() -> dict[str, Any]:
    """What templates call, and what their filters offer."""
    called = {each.__name__: each for each in (number, percent, moment, read_as, named, combined)}
    return {**called, "digits": DIGITS, "corrections": CORRECTIONS}


def number(count: int) -> str:
    """A whole number, such as 5 000."""
    return f"{count:,}".replace(",", SPACE)


def percent(share: float) -> str:
    """A share from 0 to 1, such as 98.7 %. Rounding makes nothing certain that is not."""
    if 0 < share < 0.0005:
        text = "< 0.1"
    elif 0.9995 <= share < 1:
        text = "> 99.9"
    else:
        text = f"{share * 100:.1f}"
    return f"{text}{SPACE}%".replace(".", str(words.language().say("operator.decimal")))


def moment(at: datetime) -> str:
    """Such as 2026-11-25 06:41, in UTC: all days here are days of UTC."""
    return f"{at:%Y-%m-%d %H:%M}"


def combined(query: dict[str, str], **more: object) -> dict[str, str]:
    """A query with more in it, or other than it was."""
    return {**query, **{name: str(value) for name, value in more.items()}}


def named(what: object) -> str:
    """A digit, a label, or what is none, in a word."""
    say = words.language().say
    if what in {None, REFUSED}:
        return str(say("operator.refused"))
    return str(say("operator.none") if what == "not-a-digit" else what)


def read_as(record: Record) -> str:
    """What a drawing is, for who does not see it."""
    say = words.language().say
    read = say("operator.alt_refused") if record.digit is None else say("operator.alt", digit=record.digit)
    if record.label is None:
        return read
    return f"{read}, {say('operator.alt_corrected', label=named(record.label))}"
