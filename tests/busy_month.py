"""Records of a busy month: hundreds of drawings, read by the real model, some corrected by people."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from math import cos, sin
from uuid import UUID

from digitpad import Ink, Recognizer
from digitpad.records import Label, Record
from digitpad.records.record import to_millisecond
from tests.handwriting import DIGITS, LETTER_M, Way, paced
from tests.records.records import id_at


def month(recognizer: Recognizer, last: datetime, *, days: int = 30, a_day: int = 20) -> list[Record]:
    """Drawings of the `days` up to `last`, oldest first, the same each time except for their visitors."""
    chance = random.Random(7)
    people = [UUID(int=chance.getrandbits(128), version=4) for _ in range(9)]
    plan = [
        (last - timedelta(days=day, minutes=chance.uniform(0, 600)), _drawn(chance))
        for day in range(days)
        for _ in range(round(a_day * chance.uniform(0.2, 1.8)))
    ]
    plan.sort(key=lambda each: each[0])
    read = recognizer.predict_many([ink for _, (_, ink) in plan])
    records = [
        Record(
            id=id_at(moment, chance.getrandbits(62)),
            digit=prediction.digit,
            confidence=prediction.confidence,
            p_digit=prediction.p_digit,
            probabilities=prediction.probabilities,
            model=recognizer.card.version,
            visitor=chance.choice(people),
            source="ink",
            drawing=ink.to_json(),
        )
        for (moment, (_, ink)), prediction in zip(plan, read, strict=True)
    ]
    return [
        replace(record, label=truth, labelled_at=to_millisecond(moment + timedelta(minutes=1)))
        if record.digit != truth or chance.random() < 0.1
        else record
        for record, (moment, (truth, _)) in zip(records, plan, strict=True)
    ]


def _drawn(chance: random.Random) -> tuple[Label, Ink]:
    """Return the digit that was meant and its ink: turned, squeezed, and drawn by an unsteady hand."""
    truth = chance.choice([*range(10)])
    if chance.random() < 0.02:
        return "not-a-digit", Ink.from_strokes(_bent(LETTER_M, chance))
    return truth, Ink.from_strokes(_bent(DIGITS[truth], chance))


def _bent(ways: list[Way], chance: random.Random) -> list[Way]:
    turn, lean = chance.gauss(0, 0.22), chance.gauss(0, 0.22)
    wide, high = chance.uniform(0.55, 1.15), chance.uniform(0.7, 1.1)
    sway, pace = chance.gauss(0, 7), chance.uniform(0.02, 0.05)

    def moved(x: float, y: float) -> tuple[float, float]:
        x, y = (x - 140) * wide + sway * sin(pace * y + sway), (y - 150) * high + sway * cos(pace * x)
        x += lean * y
        x, y = 140 + x * cos(turn) - y * sin(turn), 140 + x * sin(turn) + y * cos(turn)
        return round(min(max(x, 0), 280), 1), round(min(max(y, 0), 280), 1)

    return [[moved(x, y) for x, y in paced(way)] for way in ways]
