"""The canonical forms of some drawings, in a file that both Python and JavaScript must match.

    python -m tests.vectors

rewrites it, after an intended change of the form.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from digitpad import Ink, canonical
from tests.handwriting import DIGITS, LETTER_M, paced

FILE: Final = Path(__file__).with_name("canonical.json")
CLOSE: Final = 0.002  # the file holds thousandths

DRAWINGS: Final[dict[str, list[Any]]] = {
    **{str(digit): [paced(way, 20) for way in ways] for digit, ways in DIGITS.items()},
    "M": LETTER_M,
    "a dot": [[(140, 140)]],
    "a dot, pressed long": [[(7, 9), (7, 9), (7, 9)]],
    "two dots": [[(10, 200)], [(250, 20)]],
    "a line across": [[(20, 140), (260, 140)]],
    "heavy on the left": [[(0, 0), (0, 100), (0, 0), (0, 100)], [(0, 50), (100, 50)]],
    "far away, large": [[(-90_000, 40_000), (-20_000, 41_000)], [(-60_000, 90_000), (-50_000, 90_000)]],
    "a tap away from it": [[(20, 30), (60, 30), (40, 90)], [(200, 250)]],
    "a dot near by": [[(100, 100), (100, 200)], [(100, 70)]],
    "with times": [[(80, 70, 0), (200, 66, 210)], [(200, 66, 400), (124, 232, 800)]],
}


def vectors() -> list[dict[str, Any]]:
    """Each drawing with its form, 28 rows of 28 numbers."""
    return [
        {
            "name": name,
            "strokes": [[[round(number, 3) for number in point] for point in stroke] for stroke in strokes],
            "form": canonical.from_ink(Ink.from_strokes(strokes)).astype(float).round(3).tolist(),
        }
        for name, strokes in DRAWINGS.items()
    ]


def write() -> None:
    """Write the file, a drawing a line."""
    lines = ",\n".join(json.dumps(each, separators=(",", ":")) for each in vectors())
    FILE.write_text(f"[\n{lines}\n]\n")
