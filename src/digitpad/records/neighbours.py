"""The records whose drawings are most like another: the result of a search, and the search that looks at each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np

from digitpad.records import timeuuid
from digitpad.records.features import KEPT_AS, Features
from digitpad.records.record import Record

MOST: Final = 1_000  # that one search may find: Cassandra's index returns no more


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A record whose drawing is like another."""

    record: Record
    """Without its drawing."""
    similarity: float
    """The cosine similarity of their features, 1 at most: 1 if the network sees no difference."""


class Neighbours(list[Neighbour]):
    """Neighbours, nearest first, and whether all records were looked at."""

    def __init__(self, neighbours: Iterable[Neighbour] = (), *, complete: bool = True) -> None:
        """Take what was found."""
        super().__init__(neighbours)
        self.complete = complete


class Nearest:
    """Keeps the nearest of the features that it is shown part by part, in bounded memory."""

    def __init__(self, features: Features, limit: int) -> None:
        """Look for the `limit` nearest to `features`."""
        self._wanted = features.as_array()
        self._limit = limit
        self._found: list[tuple[float, bytes]] = []

    def look_at(self, rows: Iterable[tuple[bytes, bytes]]) -> int:
        """Look at the keys of records with the values of their features; return how many there were."""
        keys, values = tuple(zip(*rows, strict=True)) or ((), ())
        if keys and self._limit > 0:
            features = np.frombuffer(b"".join(values), KEPT_AS).reshape(len(keys), -1)
            similarities = features.astype(np.float32) @ self._wanted
            best = np.argsort(-similarities, kind="stable")[: self._limit]
            more = [(float(similarities[at]), keys[at]) for at in best]
            self._found = sorted([*self._found, *more], reverse=True)[: self._limit]
        return len(keys)

    def __iter__(self) -> Iterator[tuple[float, UUID]]:
        """Similarities with the ids of their records, nearest first; of two equally near, the newer first."""
        return ((min(similarity, 1.0), timeuuid.from_sort_key(key)) for similarity, key in self._found)

    def ids(self) -> list[UUID]:
        """The ids alone."""
        return [record_id for _, record_id in self]


def merged(neighbours: Iterable[Neighbour], limit: int) -> list[Neighbour]:
    """The nearest of several searches, each record once; of two equally near, the newer first."""
    by_id: dict[UUID, Neighbour] = {}
    for each in neighbours:
        by_id.setdefault(each.record.id, each)
    return sorted(by_id.values(), key=_nearness, reverse=True)[: max(limit, 0)]


def _nearness(neighbour: Neighbour) -> tuple[float, bytes]:
    return neighbour.similarity, timeuuid.sort_key(neighbour.record.id)
