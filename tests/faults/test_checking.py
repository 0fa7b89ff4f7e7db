"""The checker detects every kind of error, and reports none where all is well."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.faults.checking import Found, Kept, check
from tests.faults.history import Kind, Operation, Outcome

VISITOR, ONE, OTHER = uuid4(), uuid4(), uuid4()


def did(kind: Kind, outcome: Outcome = Outcome.DONE, record: UUID | None = ONE, **more: Any) -> Operation:
    return Operation(kind=kind, outcome=outcome, visitor=VISITOR, record=record, **more)


PREDICTED = did("predict", drawing=b"one")
CORRECTED = did("correct", label=3, seen=3)
REMOVED = did("remove")
KEPT = Kept(ONE, VISITOR, b"one")


def found(*records: Kept) -> Found:
    return Found(list(records), {VISITOR: [each.id for each in records]}, len(records))


def verdict(history: list[Operation], *records: Kept) -> list[str]:
    """The kinds of violations."""
    return [violation.partition(":")[0] for violation in check(history, found(*records))]


def test_all_is_well() -> None:
    history = [PREDICTED, did("look"), did("predict", record=OTHER, drawing=b"other"), CORRECTED]
    assert verdict(history, Kept(ONE, VISITOR, b"one", 3), Kept(OTHER, VISITOR, b"other")) == []
    assert verdict([PREDICTED, CORRECTED, REMOVED, did("look", Outcome.MISSING)]) == []


@pytest.mark.parametrize("labels", [[3], [3, "not-a-digit"], [3, 5, 3]])
def test_the_newest_correction_wins(labels: list[Any]) -> None:
    history = [PREDICTED, *(did("correct", label=label, seen=label) for label in labels)]
    assert verdict(history, Kept(ONE, VISITOR, b"one", labels[-1])) == []
    assert verdict(history, Kept(ONE, VISITOR, b"one", 7)) == ["lost correction"]
    assert verdict(history, KEPT) == ["lost correction"]


def test_a_correction_that_its_own_answer_does_not_show() -> None:
    history = [PREDICTED, CORRECTED, did("correct", label=5, seen=3)]
    assert verdict(history, Kept(ONE, VISITOR, b"one", 5)) == ["lost correction"]


def test_what_is_not_known_may_be_either() -> None:
    asked = did("predict", Outcome.UNKNOWN, None, drawing=b"one")
    assert verdict([asked]) == verdict([asked], KEPT) == []

    corrected = [PREDICTED, did("correct", Outcome.UNKNOWN, label=4), CORRECTED]
    for label in (3, 4):
        assert verdict(corrected, Kept(ONE, VISITOR, b"one", label)) == []
    assert verdict(corrected, KEPT) == ["lost correction"]

    removed = [PREDICTED, did("remove", Outcome.UNKNOWN)]
    assert verdict(removed) == verdict(removed, KEPT) == verdict([*removed, did("look")], KEPT) == []
    assert verdict([*removed, did("look", Outcome.MISSING)]) == []


def test_a_loss() -> None:
    assert verdict([PREDICTED]) == ["lost"]
    assert verdict([PREDICTED, CORRECTED, did("remove", Outcome.UNREACHED)]) == ["lost"]
    assert "lost" in verdict([PREDICTED, did("look", Outcome.MISSING)], KEPT)


def test_a_duplicate() -> None:
    assert "twice" in verdict([PREDICTED], KEPT, KEPT)
    assert "twice" in verdict([PREDICTED], KEPT, Kept(OTHER, VISITOR, b"one"))
    assert verdict([PREDICTED, PREDICTED], KEPT) == ["twice"]


def test_an_invention() -> None:
    assert verdict([], KEPT) == ["invented"]
    assert verdict([did("predict", Outcome.REFUSED, None, drawing=b"one")], KEPT) == ["invented"]
    assert verdict([did("predict", Outcome.UNREACHED, None, drawing=b"one")], KEPT) == ["invented"]
    asked = did("predict", Outcome.UNKNOWN, None, drawing=b"one")
    assert verdict([asked], Kept(ONE, uuid4(), b"one")) == ["invented", "listing", "listing"]
    assert verdict([asked], Kept(ONE, VISITOR, b"one", 3)) == ["invented"]


def test_a_wrong_drawing_and_a_wrong_visitor() -> None:
    assert verdict([PREDICTED], Kept(ONE, VISITOR, b"other")) == ["wrong drawing"]
    other = uuid4()
    records = Found([Kept(ONE, other, b"one")], {VISITOR: [], other: [ONE]}, 1)
    assert [each.partition(":")[0] for each in check([PREDICTED], records)] == ["wrong visitor"]


def test_an_undone_removal() -> None:
    assert verdict([PREDICTED, REMOVED], KEPT) == ["undone removal"]
    assert verdict([PREDICTED, REMOVED, did("look")]) == ["undone removal"]
    unsure_then_gone = [PREDICTED, did("remove", Outcome.UNKNOWN), did("remove", Outcome.MISSING)]
    assert verdict(unsure_then_gone, KEPT) == ["undone removal"]


def test_sides_that_do_not_agree() -> None:
    assert check([PREDICTED], Found([KEPT], {VISITOR: []}, 2)) == [
        f"listing: visitor {VISITOR} does not see 1 records and sees 0 too many",
        "counts: 2 records are counted and 1 are there",
    ]
    assert len(check([PREDICTED], Found([KEPT], {VISITOR: [ONE, ONE]}, 1))) == 1


def test_an_odd_answer() -> None:
    assert check([did("look", Outcome.ODD, note="status 418")], found()) == [
        "odd: a visitor who wanted to look got status 418"
    ]
