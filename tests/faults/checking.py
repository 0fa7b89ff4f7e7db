"""The checker: from a history and the store's final content to what went wrong, in words.

It is a pure function, and `test_checking` shows that it detects each kind of error.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from digitpad.records import Label
from tests.faults.history import Operation, Outcome


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as the store has it."""

    id: UUID
    visitor: UUID
    drawing: bytes
    """Its fingerprint, as in the history."""
    label: Label | None = None


@dataclass
class Found:
    """The store's final content, by each way of reading it."""

    records: list[Kept]
    listed: dict[UUID, list[UUID]]
    """What each visitor's own listing shows."""
    counted: int
    """What the counts by day come to."""


@dataclass
class _Expected:
    """The expected state of an acknowledged record, after all that its visitor did with it."""

    visitor: UUID
    drawing: bytes
    labels: set[Label | None] = field(default_factory=lambda: {None})
    """Corrections that it may carry: the last acknowledged one, and each whose outcome is unknown."""
    doubtful: set[Label | None] = field(default_factory=set)
    removed: bool = False
    perhaps_removed: bool = False


def check(history: Iterable[Operation], found: Found) -> list[str]:
    """Return every violation of the promises, in words; none if all is well."""
    by_record: dict[UUID, list[Operation]] = defaultdict(list)
    violations = []
    doubtful: dict[bytes, UUID] = {}  # drawings that may be recorded, and their visitors
    refused = set()
    for operation in history:
        if operation.outcome is Outcome.ODD:
            violations.append(f"odd: a visitor who wanted to {operation.kind} got {operation.note}")
        elif operation.record:
            by_record[operation.record].append(operation)
        elif operation.outcome is Outcome.UNKNOWN:
            doubtful[operation.drawing] = operation.visitor
        else:
            refused.add(operation.drawing)
    expected = {}
    for record, operations in by_record.items():
        expected[record] = _follow(record, operations, violations)
    violations += _compare(expected, doubtful, refused, found.records)
    violations += _sides(found)
    return violations


def _follow(record: UUID, operations: list[Operation], violations: list[str]) -> _Expected:
    """Return a record's expected state after `operations`; add contradictory answers to `violations`."""
    first = operations[0]
    state = _Expected(first.visitor, first.drawing)
    for operation in operations[1:]:
        done, unknown = operation.outcome is Outcome.DONE, operation.outcome is Outcome.UNKNOWN
        if operation.kind == "predict":
            violations.append(f"twice: {record} was given to two predictions")
        elif operation.outcome is Outcome.MISSING:
            if not state.perhaps_removed:
                violations.append(f"lost: {record} was said not to be there when {operation.kind} asked")
            state.removed = True
        elif operation.kind == "remove":
            state.removed |= done
            state.perhaps_removed |= done or unknown
        elif done and state.removed:
            violations.append(f"undone removal: {record} answered to {operation.kind}")
        elif operation.kind == "correct":
            if unknown:
                state.doubtful.add(operation.label)
            elif done:
                state.labels = {operation.label}
        if (
            done
            and operation.kind in {"correct", "look"}
            and operation.seen not in state.labels | state.doubtful
        ):
            violations.append(f"lost correction: {record} showed {operation.seen}, not {_any_of(state)}")
    return state


def _compare(
    expected: dict[UUID, _Expected], doubtful: dict[bytes, UUID], refused: set[bytes], records: list[Kept]
) -> Iterator[str]:
    there = {kept.id for kept in records}
    for record, state in expected.items():
        if record not in there and not state.perhaps_removed:
            yield f"lost: {record} was acknowledged and is not there"
    for record, times in Counter(kept.id for kept in records).items():
        if times > 1:
            yield f"twice: {record} is there {times} times"
    drawn: dict[bytes, UUID] = {}
    for kept in records:
        if drawn.setdefault(kept.drawing, kept.id) != kept.id:
            yield f"twice: one drawing is there as {drawn[kept.drawing]} and as {kept.id}"
        if kept.id not in expected:
            yield from _unannounced(kept, doubtful, refused)
            continue
        state = expected[kept.id]
        if state.removed:
            yield f"undone removal: {kept.id} was removed and is there"
        if kept.drawing != state.drawing:
            yield f"wrong drawing: {kept.id} has another than it was made of"
        if kept.visitor != state.visitor:
            yield f"wrong visitor: {kept.id} belongs to {kept.visitor}, not to {state.visitor}"
        if kept.label not in state.labels | state.doubtful:
            yield f"lost correction: {kept.id} carries {kept.label}, not {_any_of(state)}"


def _unannounced(kept: Kept, doubtful: dict[bytes, UUID], refused: set[bytes]) -> Iterator[str]:
    """Judge a record whose id nobody was told: right only if its visitor got no answer."""
    if kept.drawing in refused:
        yield f"invented: {kept.id} is there, and its visitor was told that it was not recorded"
    elif doubtful.get(kept.drawing) != kept.visitor:
        yield f"invented: {kept.id} is there, and nobody has drawn it"
    elif kept.label is not None:
        yield f"invented: {kept.id} carries a correction that nobody has made"


def _sides(found: Found) -> Iterator[str]:
    """Report where the visitors' listings or the counts disagree with the records."""
    by_visitor: dict[UUID, list[UUID]] = {visitor: [] for visitor in found.listed}
    for kept in found.records:
        by_visitor.setdefault(kept.visitor, []).append(kept.id)
    for visitor, ids in by_visitor.items():
        listed = found.listed.get(visitor, [])
        if sorted(listed) != sorted(ids):
            missing, more = len(set(ids) - set(listed)), len(set(listed) - set(ids))
            yield f"listing: visitor {visitor} does not see {missing} records and sees {more} too many"
    if found.counted != len(found.records):
        yield f"counts: {found.counted} records are counted and {len(found.records)} are there"


def _any_of(state: _Expected) -> str:
    return " or ".join(sorted(map(str, state.labels | state.doubtful)))
