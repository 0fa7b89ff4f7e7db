"""Visitors who draw through a URL for a while: python -m tests.docker.drawing URL SECONDS VISITORS.

Prints JSON: the ids of acknowledged records, how many answers said that nothing was recorded, what failed after the
client's retries, and the longest wait.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import chain

from digitpad.client import Client
from digitpad.errors import DigitpadError
from digitpad.ink import Ink
from tests.handwriting import DIGITS


@dataclass
class Told:
    """What visitors were told."""

    ids: list[str] = field(default_factory=list)
    unrecorded: int = 0
    failed: list[str] = field(default_factory=list)
    longest: float = 0.0


def visit(url: str, seconds: float, told: Told) -> None:
    """One visitor, a few drawings a second."""
    client = Client(url, timeout=10, retries=6)
    end = time.monotonic() + seconds
    while (started := time.monotonic()) < end:
        try:
            made = client.predict(Ink.from_strokes(DIGITS[7]))
        except DigitpadError as error:
            told.failed.append(str(error))
        else:
            if made.recorded:
                told.ids.append(str(made.id))
            else:
                told.unrecorded += 1
        told.longest = max(told.longest, time.monotonic() - started)
        time.sleep(0.1)


def main(url: str, seconds: float, visitors: int) -> None:
    """Let all of them draw at once, each with its own notes."""
    all_of_them = [Told() for _ in range(visitors)]
    with ThreadPoolExecutor(visitors) as pool:
        for _ in pool.map(lambda told: visit(url, seconds, told), all_of_them):
            pass
    together = Told(
        [*chain.from_iterable(each.ids for each in all_of_them)],
        sum(each.unrecorded for each in all_of_them),
        [*chain.from_iterable(each.failed for each in all_of_them)],
        max(each.longest for each in all_of_them),
    )
    print(json.dumps(asdict(together)))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
