"""Time-based UUIDs: dates, order, and never the same one twice."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid1, uuid4

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from digitpad.records import timeuuid

timeuuids = some.builds(
    timeuuid.build, some.integers(0, 2**60 - 1), some.integers(0, 2**62 - 1).map(lambda low: 1 << 63 | low)
)


@given(timeuuids)
def test_the_sort_key_holds_the_whole_id(value: UUID) -> None:
    assert timeuuid.is_timeuuid(value)
    assert timeuuid.from_sort_key(timeuuid.sort_key(value)) == value
    assert len(timeuuid.sort_key(value)) == 16


@given(timeuuids, timeuuids)
def test_the_older_sorts_first(one: UUID, other: UUID) -> None:
    if one.time != other.time:
        assert (timeuuid.sort_key(one) < timeuuid.sort_key(other)) == (one.time < other.time)
    else:
        assert (timeuuid.sort_key(one) == timeuuid.sort_key(other)) == (one == other)


def test_the_date_is_that_of_the_standard_library() -> None:
    value = uuid1()
    moment = datetime(1582, 10, 15, tzinfo=UTC) + timedelta(microseconds=value.time // 10)
    assert timeuuid.moment(value) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert timeuuid.microseconds(value) // 1000 == timeuuid.milliseconds(value)


def test_new_ones_are_of_now_in_order_and_unlike() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    values = [timeuuid.new() for _ in range(10_000)]
    assert before <= timeuuid.moment(values[0]) <= timeuuid.moment(values[-1])
    assert [timeuuid.sort_key(value) for value in values] == sorted(map(timeuuid.sort_key, values))
    assert len(set(values)) == len(values)


def test_threads_never_get_the_same_one() -> None:
    with ThreadPoolExecutor(8) as threads:
        values = [
            value
            for some in threads.map(lambda _: [timeuuid.new() for _ in range(500)], range(16))
            for value in some
        ]
    assert len(set(values)) == len(values)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_forked_processes_never_get_the_same_one() -> None:
    def low_bits(value: UUID) -> int:  # all bits but the time, which may be the same in both
        return value.int & 0xFFFFFFFFFFFFFFFF

    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        os.write(writing, timeuuid.new().bytes)
        os._exit(0)
    os.waitpid(child, 0)
    assert low_bits(UUID(bytes=os.read(reading, 16))) != low_bits(timeuuid.new())
    os.close(reading)
    os.close(writing)


def test_others_are_told_apart() -> None:
    assert not timeuuid.is_timeuuid(uuid4())
    with pytest.raises(ValueError, match="not a time-based UUID"):
        timeuuid.require(uuid4())


@given(timeuuids)
def test_the_first_of_a_day_parts_it_from_the_day_before(value: UUID) -> None:
    assume(
        value.time < 2**60 - 864_000_000_000
    )  # there is none after the last day that a UUID can name, in 5236
    day = timeuuid.moment(value).date()
    first, following = timeuuid.first_of(day), timeuuid.first_of(day + timedelta(days=1))
    assert timeuuid.sort_key(first) <= timeuuid.sort_key(value) < timeuuid.sort_key(following)


@given(timeuuids)
def test_a_day_that_no_uuid_can_name_is_before_all_of_them_or_after(value: UUID) -> None:
    assert timeuuid.first_of(date(1026, 3, 14)).time == timeuuid.first_of(date.min).time == 0
    assert timeuuid.first_of(date.min).time <= value.time <= timeuuid.first_of(date.max).time
