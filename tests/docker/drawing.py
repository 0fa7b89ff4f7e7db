"""Visitors who draw through a URL for a while: python -m tests.docker.drawing URL SECONDS VISITORS.

Prints JSON: the ids of what was acknowledged as recorded, what failed after the client's retries, the longest wait.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

from digitpad.client import Client
from digitpad.errors import DigitpadError
from digitpad.ink import Ink
from tests.handwriting import DIGITS


def visit(url: str, seconds: float) -> tuple[list[str], list[str], float]:
    """One visitor, a few drawings a second."""
    client = Client(url, timeout=10, retries=6)
    ids, failed, longest = [], [], 0.0
    end = time.monotonic() + seconds
    while (started := time.monotonic()) < end:
        try:
            made = client.predict(Ink.from_strokes(DIGITS[7]))
        except DigitpadError as error:
            failed.append(str(error))
        else:
            if made.recorded:
                ids.append(str(made.id))
            else:
                failed.append("not recorded")
        longest = max(longest, time.monotonic() - started)
        time.sleep(0.1)
    return ids, failed, longest


def main(url: str, seconds: float, visitors: int) -> None:
    """Let all of them draw at once."""
    with ThreadPoolExecutor(visitors) as pool:
        all_of_them = list(pool.map(lambda _: visit(url, seconds), range(visitors)))
    ids, failed, longest = zip(*all_of_them, strict=True)
    print(json.dumps({"ids": [*chain(*ids)], "failed": [*chain(*failed)], "longest": max(longest)}))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
