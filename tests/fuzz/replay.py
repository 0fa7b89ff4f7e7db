"""Whether memory grows: `python -m tests.fuzz.replay TARGET FOLDER`.

Runs the inputs that a run has collected through the target again and again, without a fuzzer, and prints the bytes
held after each pass as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.fuzz.targets import TARGETS

PASSES = 12  # the first few settle the allocator
PAGE = 4096  # bytes


def main() -> None:
    """Replay the corpus."""
    target = TARGETS[sys.argv[1]]
    inputs = [path.read_bytes() for path in sorted(Path(sys.argv[2], "corpus").iterdir())]
    held = []
    for _ in range(PASSES):
        for data in inputs:
            target(data)
        held.append(int(Path("/proc/self/statm").read_text().split()[1]) * PAGE)
    print(json.dumps({"inputs": len(inputs), "held": held}))


if __name__ == "__main__":
    main()
