"""Any record that a store can keep, made by hypothesis."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from hypothesis import strategies as some

from digitpad import Ink, picture
from digitpad.records import Record
from digitpad.records.record import LABELS, to_millisecond
from tests.records.records import id_at

CHANCES = some.floats(0, 1)
COORDINATES = some.floats(-1_000_000, 1_000_000) | some.integers(-1_000_000, 1_000_000)
POINTS = some.tuples(COORDINATES, COORDINATES) | some.tuples(COORDINATES, COORDINATES, some.floats(0, 1e6))
INKS = some.lists(some.lists(POINTS, min_size=1, max_size=4), max_size=3).map(
    lambda strokes: Ink.from_strokes(strokes).to_json()
)
PICTURES = some.builds(
    lambda width, shades: picture.to_png(np.frombuffer(shades * width, np.uint8).reshape(-1, width)),
    some.integers(1, 8),
    some.binary(min_size=1, max_size=8),
)
MOMENTS = some.datetimes(
    datetime(1970, 1, 1), datetime(2099, 12, 31), timezones=some.just(UTC), allow_imaginary=False
)
CORRECTIONS = some.none() | some.tuples(some.sampled_from(sorted(LABELS)), MOMENTS)


@some.composite
def records(draw: some.DrawFn) -> Record:
    """Any record: refused or not, ink or picture or neither, corrected or not."""
    source = draw(some.sampled_from(["ink", "picture"]))
    drawings = INKS if source == "ink" else PICTURES
    correction = draw(CORRECTIONS)
    return Record(
        id=draw(some.builds(id_at, MOMENTS, some.integers(0, 2**62 - 1))),
        digit=draw(some.none() | some.integers(0, 9)),
        confidence=draw(CHANCES),
        p_digit=draw(CHANCES),
        probabilities=tuple(draw(some.lists(CHANCES, min_size=10, max_size=10))),
        model=draw(some.text(some.characters(exclude_categories=["Cs"]), max_size=20)),
        visitor=draw(some.uuids()),
        source="ink" if source == "ink" else "picture",
        drawing=draw(some.none() | drawings),
        label=correction and LABELS[correction[0]],
        labelled_at=correction and to_millisecond(correction[1]),
    )
