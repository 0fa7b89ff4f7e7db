"""How the operator's pages write numbers, shares and times, in the reader's language."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from digitpad.records import Record
from digitpad.web.operator_pages.filters import CORRECTIONS, DIGITS, REFUSED
from digitpad.web.pages import words

SPACE: Final = "\u202f"
"""A narrow no-break space, which both languages may have in numbers (ISO 80000-1)."""


def for_templates() -> dict[str, Any]:
    """The functions that templates call, and the choices of their filter forms."""
    called = {each.__name__: each for each in (number, percent, moment, read_as, named, combined)}
    return {**called, "digits": DIGITS, "corrections": CORRECTIONS}


def number(count: int) -> str:
    """A whole number, such as 5 000."""
    return f"{count:,}".replace(",", SPACE)


def percent(share: float) -> str:
    """A share from 0 to 1, such as 98.7 %. Rounding never makes it 0 % or 100 %."""
    if 0 < share < 0.0005:
        text = "< 0.1"
    elif 0.9995 <= share < 1:
        text = "> 99.9"
    else:
        text = f"{share * 100:.1f}"
    return f"{text}{SPACE}%".replace(".", str(words.language().say("operator.decimal")))


def moment(at: datetime) -> str:
    """A time in UTC, such as 2026-11-25 06:41: all days here are UTC days."""
    return f"{at:%Y-%m-%d %H:%M}"


def combined(query: dict[str, str], **more: object) -> dict[str, str]:
    """A query with parameters added or replaced."""
    return {**query, **{name: str(value) for name, value in more.items()}}


def named(what: object) -> str:
    """A digit, a label or a refusal, in words."""
    say = words.language().say
    if what in {None, REFUSED}:
        return str(say("operator.refused"))
    return str(say("operator.none") if what == "not-a-digit" else what)


def read_as(record: Record) -> str:
    """The alternative text of a drawing."""
    say = words.language().say
    read = say("operator.alt_refused") if record.digit is None else say("operator.alt", digit=record.digit)
    if record.label is None:
        return read
    return f"{read}, {say('operator.alt_corrected', label=named(record.label))}"
