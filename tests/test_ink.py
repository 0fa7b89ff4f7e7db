"""Ink: what is accepted, what is refused, and that JSON loses nothing."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitpad import Ink
from digitpad.errors import BadInk
from digitpad.ink import MAX_COORDINATE, MAX_POINTS, MAX_STROKES

coordinates = st.floats(-MAX_COORDINATE, MAX_COORDINATE)
strokes = st.lists(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=8), max_size=5)


@given(strokes)
def test_ink_survives_json(drawn: list[list[tuple[float, float]]]) -> None:
    ink = Ink.from_strokes(drawn)
    assert Ink.from_json(ink.to_json()) == ink


def test_times_are_kept() -> None:
    ink = Ink.from_strokes([[(1, 2, 0), (3, 4, 16)], [(5, 6)]])
    assert ink.times[0] is not None
    assert ink.times[0].tolist() == [0, 16]
    assert ink.times[1] is None
    assert ink.to_json() == b'{"strokes":[[[1.0,2.0,0.0],[3.0,4.0,16.0]],[[5.0,6.0]]]}'


def test_a_stroke_with_a_time_missing_has_no_times() -> None:
    assert Ink.from_strokes([[(1, 2, 0), (3, 4)]]).times == (None,)


def test_empty_strokes_are_dropped() -> None:
    assert Ink.from_strokes([[], []]).is_blank
    assert Ink.from_strokes([]) == Ink.from_strokes([[]])


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, MAX_COORDINATE * 1.001, 1e308])
def test_a_number_out_of_bounds_is_refused(bad: float) -> None:
    for point in ((bad, 0.0), (0.0, bad)):
        with pytest.raises(BadInk, match="coordinates"):
            Ink.from_strokes([[point]])


@pytest.mark.parametrize(
    "bad", [[[1, 2]], [[(1,)]], [[(1, 2, 3, 4)]], [[("x", "y")]], [[None]], 7, [[(1, None)]]]
)
def test_what_is_not_a_list_of_points_is_refused(bad: object) -> None:
    with pytest.raises(BadInk):
        Ink.from_strokes(bad)  # type: ignore[arg-type]


def test_limits_are_inclusive() -> None:
    assert len(Ink.from_strokes([[(0, 0)]] * MAX_STROKES).strokes) == MAX_STROKES
    assert len(Ink.from_strokes([[(0, 0)] * MAX_POINTS]).strokes[0]) == MAX_POINTS
    with pytest.raises(BadInk, match="1,001 strokes"):
        Ink.from_strokes([[(0, 0)]] * (MAX_STROKES + 1))
    with pytest.raises(BadInk, match="20,001 points"):
        Ink.from_strokes([[(0, 0)] * (MAX_POINTS + 1)])


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", '{"strokes": 1}', '{"strokes": [[[1, "2"]]]}'),
        *("[" * 100_000, '{"other": ' + "[" * 100_000, b'{"strokes": "\xff"}', b'{"\xff": 1}', "\ud800"),
    ],
)
def test_json_that_is_not_ink_is_refused(text: bytes | str) -> None:
    with pytest.raises(BadInk):
        Ink.from_json(text)
