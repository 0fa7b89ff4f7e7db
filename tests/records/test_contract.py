"""What both stores promise: one suite for SQLite and a real Cassandra."""

from __future__ import annotations

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from digitpad.records import DayCount, Label, Record, Store, timeuuid
from tests.records.records import id_at, listed, record

NOON = datetime(2026, 3, 14, 12, 0, 0, 123_000, tzinfo=UTC)


def by_date(records: list[Record]) -> list[Record]:
    """Oldest first."""
    return sorted(records, key=lambda each: timeuuid.sort_key(each.id))


def test_a_new_store_is_empty_and_well(store: Store) -> None:
    store.wait(10)
    store.check()
    assert store.newest(10) == []
    assert store.counts() == []
    assert list(store.scan()) == []
    assert store.name


@pytest.mark.parametrize(
    "kept",
    [
        record(),
        record(digit=None, confidence=0.0, p_digit=0.0),
        record(source="picture", drawing=bytes(range(256)) * 4_000),
        record(drawing=None),
        record(drawing=b""),
        record(label=3, labelled_at=NOON),
        record(label="not-a-digit", labelled_at=NOON),
        record(model="“7” — naïve, 𝟟", confidence=1e-300, p_digit=1.0),
        record(id=id_at(datetime(1970, 1, 1, tzinfo=UTC))),
        record(id=id_at(datetime(2099, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))),
    ],
    ids=["ink", "refused", "picture", "no drawing", "empty", "labelled", "not a digit", "odd", "old", "late"],
)
def test_what_is_added_comes_back_as_it_was(store: Store, kept: Record) -> None:
    store.add([kept])
    assert store.get(kept.id) == listed(kept)
    assert store.drawing(kept.id) == kept.drawing
    assert store.newest(1) == [listed(kept)]
    assert store.newest(1, visitor=kept.visitor) == [listed(kept)]
    assert list(store.scan()) == [kept]


def test_what_was_never_added_is_not_there(store: Store) -> None:
    store.add([record()])
    for stranger in (timeuuid.new(), uuid4()):
        assert store.get(stranger) is None
        assert store.drawing(stranger) is None
        assert not store.label(stranger, 4, NOON)
        assert not store.remove(stranger)
    assert store.newest(10, visitor=uuid4()) == []


def test_an_id_without_a_date_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="time-based"):
        store.add([record(id=uuid4())])
    with pytest.raises(ValueError, match="time-based"):
        store.newest(1, before=uuid4())


def test_adding_nothing_is_fine(store: Store) -> None:
    store.add([])
    assert list(store.scan()) == []


def test_adding_again_changes_nothing(store: Store) -> None:
    kept = record()
    store.add([kept])
    store.add([kept, kept])
    assert list(store.scan()) == [kept]
    assert [count.total for count in store.counts()] == [1]


def test_adding_again_without_the_correction_keeps_it(store: Store) -> None:
    kept = record()
    store.add([kept])
    assert store.label(kept.id, 5, NOON)
    store.add([kept])
    assert store.get(kept.id) == replace(listed(kept), label=5, labelled_at=NOON)


def test_adding_again_with_a_newer_correction_takes_it(store: Store) -> None:
    kept = record(label=5, labelled_at=NOON)
    newer = replace(kept, label=6, labelled_at=NOON + timedelta(seconds=1))
    store.add([kept])
    store.add([newer])
    store.add([kept])
    assert store.get(kept.id) == listed(newer)


def test_the_newest_correction_wins_in_whatever_order_they_arrive(store: Store) -> None:
    kept = record()
    store.add([kept])
    assert store.label(kept.id, 1, NOON)
    assert store.label(kept.id, "not-a-digit", NOON + timedelta(milliseconds=2, microseconds=900))
    assert store.label(kept.id, 2, NOON + timedelta(milliseconds=1))
    expected = replace(listed(kept), label="not-a-digit", labelled_at=NOON + timedelta(milliseconds=2))
    assert store.get(kept.id) == expected
    assert store.newest(1, visitor=kept.visitor) == [expected]


def test_of_two_corrections_in_one_millisecond_both_stores_keep_the_same(store: Store) -> None:
    kept = record()
    store.add([kept])
    labels: list[Label] = [3, "not-a-digit", 8]
    for label in labels:
        assert store.label(kept.id, label, NOON)
    found = store.get(kept.id)
    assert found is not None
    assert found.label == "not-a-digit"


def test_a_removed_record_is_gone_with_its_drawing(store: Store) -> None:
    kept, removed = record(digit=1), record(digit=2)
    store.add([kept, removed])
    assert store.label(removed.id, 3, NOON)
    assert store.remove(removed.id)
    assert store.get(removed.id) is None
    assert store.drawing(removed.id) is None
    assert not store.label(removed.id, 7, NOON + timedelta(days=1))
    assert not store.remove(removed.id)
    assert store.newest(5) == store.newest(5, visitor=kept.visitor) == [listed(kept)]
    assert list(store.scan()) == [kept]
    assert [count.digits for count in store.counts()] == [{1: 1}]


def test_a_removal_beats_the_repeated_write(store: Store) -> None:
    late = record(id=id_at(datetime.now(UTC) + timedelta(hours=1)))  # a clock that was ahead
    for kept in (record(), record(id=id_at(NOON), label=4, labelled_at=NOON), late):
        store.add([kept])
        assert store.remove(kept.id)
        store.add([kept])
        assert store.get(kept.id) is None
        assert store.drawing(kept.id) is None
    assert list(store.scan()) == []
    assert store.newest(5) == []
    assert store.counts() == []


def test_newest_first_across_days_shards_and_one_millisecond(store: Store) -> None:
    moments = [NOON - timedelta(days=days, minutes=17 * days) for days in (0, 0, 0, 1, 2, 31, 32, 400, 401)]
    records = by_date([record(id=id_at(moment)) for moment in moments for _ in range(6)])
    shuffled = random.sample(records, len(records))
    store.add(shuffled[:20])
    store.add(shuffled[20:])
    expected = [listed(each) for each in reversed(records)]
    assert store.newest(1_000) == expected
    assert store.newest(0) == []
    assert store.newest(7) == expected[:7]
    assert list(store.scan()) == records


def test_pages_follow_each_other_without_gap_or_repetition(store: Store) -> None:
    mine, other = uuid4(), uuid4()
    records = by_date(
        [
            record(id=id_at(NOON - timedelta(hours=9 * n)), visitor=random.choice([mine, other]))
            for n in range(120)
            for _ in range(2)
        ]
    )
    store.add(records)
    for visitor in (None, mine, other):
        expected = [listed(each) for each in reversed(records) if visitor in {None, each.visitor}]
        seen: list[Record] = []
        while page := store.newest(11, before=seen[-1].id if seen else None, visitor=visitor):
            seen += page
        assert seen == expected


def test_a_page_goes_on_after_a_record_that_exists_no_more(store: Store) -> None:
    records = by_date([record(id=id_at(NOON + timedelta(seconds=n))) for n in range(5)])
    store.add(records)
    assert store.remove(records[2].id)
    assert store.newest(9, before=records[2].id) == [listed(records[1]), listed(records[0])]
    unknown = id_at(NOON + timedelta(seconds=1, milliseconds=500))
    assert store.newest(9, before=unknown, visitor=records[0].visitor) == [
        listed(records[1]),
        listed(records[0]),
    ]


def test_fifty_in_the_same_instant_are_fifty(store: Store) -> None:
    records = [record(id=id_at(NOON, low)) for low in random.sample(range(1 << 62), 50)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda each: store.add([each]), records))
    expected = by_date(records)
    assert list(store.scan()) == expected
    assert store.newest(50, visitor=records[0].visitor) == [listed(each) for each in reversed(expected)]


def test_counts_by_day_and_digit(store: Store) -> None:
    today = datetime.now(UTC)
    plan: dict[datetime, list[int | None]] = {
        today: [3, 3, None],
        NOON: [1, 1, 1, 9],
        NOON - timedelta(days=400): [None, 0],
    }
    store.add([record(id=id_at(moment), digit=digit) for moment in plan for digit in plan[moment]])
    expected = [DayCount(moment.date(), dict(Counter(digits))) for moment, digits in plan.items()]
    assert store.counts() == expected
    assert store.counts() == expected  # the second time from remembered counts


def test_counts_since_a_day_leave_out_what_was_before(store: Store) -> None:
    days = [NOON - timedelta(days=each) for each in (0, 1, 2, 400)]
    store.add([record(id=id_at(moment), digit=7) for moment in days])
    for since, left in ((0, 1), (1, 2), (3, 3), (400, 4)):
        counted = store.counts(since=(NOON - timedelta(days=since)).date())
        assert counted == [DayCount(moment.date(), {7: 1}) for moment in days[:left]]
    assert store.counts(since=NOON.date() + timedelta(days=1)) == []


def test_counts_follow_late_records_and_removals(store: Store) -> None:
    first = record(id=id_at(NOON), digit=1)
    store.add([first])
    assert store.counts() == [DayCount(NOON.date(), {1: 1})]
    late = record(id=id_at(NOON + timedelta(hours=1)), digit=None)
    store.add([late])
    assert store.counts() == [DayCount(NOON.date(), {1: 1, None: 1})]
    store.remove(first.id)
    assert store.counts() == [DayCount(NOON.date(), {None: 1})]
    store.remove(late.id)
    assert store.counts() == []


def test_the_day_is_that_of_utc(store: Store) -> None:
    midnight = datetime(2026, 1, 1, tzinfo=UTC)
    store.add([record(id=id_at(midnight - timedelta(microseconds=1)), digit=0)])
    store.add([record(id=id_at(midnight), digit=0)])
    assert store.counts() == [DayCount(date(2026, 1, 1), {0: 1}), DayCount(date(2025, 12, 31), {0: 1})]


def test_a_scan_goes_on_while_records_come_and_go(store: Store) -> None:
    records = by_date([record(id=id_at(NOON + timedelta(minutes=n))) for n in range(300)])
    store.add(records)
    scan = store.scan()
    seen = [next(scan).id]
    store.remove(records[250].id)
    store.add([record()])
    seen += [each.id for each in scan]
    assert set(seen) >= {each.id for each in records} - {records[250].id}
    assert len(seen) == len(set(seen))


def test_many_threads_at_once(store: Store) -> None:
    removed: list[Record] = []
    kept: list[Record] = []
    lock = threading.Lock()

    def visit(number: int) -> None:
        visitor = uuid4()
        for n in range(10):
            mine = record(visitor=visitor, digit=n)
            store.add([mine])
            assert store.newest(1, visitor=visitor) == [listed(mine)]
            if n % 3 == number % 3:
                assert store.remove(mine.id)
            with lock:
                (removed if n % 3 == number % 3 else kept).append(mine)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(visit, range(16)))
    assert list(store.scan()) == by_date(kept)
    assert sum(count.total for count in store.counts()) == len(kept)
    assert all(store.drawing(each.id) is None for each in removed)


def test_a_scan_begins_after_a_record(store: Store) -> None:
    records = by_date([record(id=id_at(NOON + timedelta(hours=7 * n))) for n in range(20) for _ in range(3)])
    store.add(records)
    for n in (0, 29, 58, 59):
        assert list(store.scan(after=records[n].id)) == records[n + 1 :]
    store.remove(records[30].id)
    assert list(store.scan(after=records[30].id)) == records[31:]


def test_a_visitor_is_erased_and_nobody_else(store: Store) -> None:
    erased, other = uuid4(), uuid4()
    moments = [NOON - timedelta(days=17 * n) for n in range(6)] + [datetime.now(UTC)]
    gone = [record(id=id_at(each), visitor=erased, label=3, labelled_at=each) for each in moments * 90]
    left = by_date([record(id=id_at(each), visitor=other, digit=1) for each in moments])
    store.add(gone + left)
    assert sum(count.total for count in store.counts()) == len(gone) + len(left)
    steps = list(store.erase(erased))
    assert sum(steps) == len(gone)
    assert len(steps) > 1
    assert store.newest(1, visitor=erased) == []
    assert all(store.get(each.id) is None and store.drawing(each.id) is None for each in gone[::10])
    assert list(store.scan()) == left
    assert [count.digits for count in store.counts()] == [{1: 1}] * len(moments)
    store.add(gone)  # a repeated write does not bring them back
    assert store.newest(1, visitor=erased) == []
    assert list(store.erase(erased)) == []
    anew = record(visitor=erased)
    store.add([anew])
    assert store.newest(9, visitor=erased) == [listed(anew)]


def test_days_are_purged_and_later_ones_stay(store: Store) -> None:
    mine, other = uuid4(), uuid4()
    midnight = datetime(2026, 3, 14, tzinfo=UTC)
    old = [
        record(id=id_at(midnight - timedelta(microseconds=1 + 3_600_000_000 * n)), visitor=mine)
        for n in range(700)
    ]
    old += [record(id=id_at(midnight - timedelta(days=400)), visitor=other, label=1, labelled_at=NOON)]
    kept = by_date([record(id=id_at(midnight, low), visitor=mine) for low in (0, 1 << 61)] + [record()])
    store.add(old + kept)
    assert sum(count.total for count in store.counts()) == len(old) + len(kept)
    assert sum(store.purge(midnight.date())) == len(old)
    assert list(store.scan()) == kept
    assert store.newest(9) == [listed(each) for each in reversed(kept)]
    assert store.newest(9, visitor=mine) == [listed(kept[1]), listed(kept[0])]
    assert store.newest(9, visitor=other) == []
    assert all(store.get(each.id) is None and store.drawing(each.id) is None for each in old[::50])
    assert [(count.day, count.total) for count in store.counts()] == [
        (datetime.now(UTC).date(), 1),
        (midnight.date(), 2),
    ]
    store.add(old)  # a repeated write does not bring them back
    assert list(store.scan()) == kept
    assert sum(store.purge(midnight.date())) == 0


def test_what_is_being_recorded_cannot_be_purged(store: Store) -> None:
    kept = record()
    store.add([kept])
    with pytest.raises(ValueError, match="lies in the future"):
        list(store.purge(datetime.now(UTC).date() + timedelta(days=1)))
    list(store.purge(datetime.now(UTC).date()))
    assert list(store.scan()) == [kept]


def test_a_purge_that_was_interrupted_can_begin_again(store: Store) -> None:
    old = [record(id=id_at(NOON + timedelta(seconds=n, days=n % 3)), digit=1) for n in range(1_500)]
    kept = record()
    store.add([*old, kept])
    first = next(store.purge(date(2026, 4, 1)))
    assert 0 < first < len(old)
    again = sum(store.purge(date(2026, 4, 1)))
    assert len(old) - first <= again <= len(old)
    assert list(store.scan()) == [kept]
    assert store.newest(9, visitor=kept.visitor) == [listed(kept)]
    assert [count.total for count in store.counts()] == [1]
