"""Mutations beyond the fuzzer's own, which reach the code behind the first checks.

Changing a byte of a PNG breaks its checksum and its compressed data; changing one of a JSON text makes it invalid. So
whole chunks are changed and get a new checksum, compressed data are changed after decompression, and numbers become
ones that programs stumble over.
"""

from __future__ import annotations

import json
import random
import re
import struct
import zlib
from collections.abc import Callable
from typing import Final

from tests.fuzz.seeds import chunk

Mutate = Callable[[bytes, int], bytes]
SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
KINDS: Final = (
    b"IHDR PLTE tRNS gAMA cHRM sRGB iCCP tEXt zTXt iTXt bKGD pHYs eXIf acTL fcTL fdAT IDAT IEND sPLT hIST tIME"
).split()
NUMBERS: Final = (
    b"0 -0.0 1e999 -1e999 1e308 5e-324 1000000.0000001 -1000000 9223372036854775808 1e6 NaN Infinity null true "
    b"18446744073709551616 0.1 1e-400 01 .5 1. - 0x1 123456789012345678901234567890123456789012345678901234567890"
).split()
PIECES: Final = (
    b'{"ink":{"strokes":[', b"[[", b"]]", b",", b'"image":', b'"\\u0000"', b'"\\ud800"', b"\xff", b"\xed\xa0\x80",
    b'"record":', b'"include":["saliency"]', b'"drawings":[', b"[" * 64, b"{}", b"\\", b"data:image/png;base64,", b"==",
)  # fmt: skip
_NUMBER: Final = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
UNPACKED: Final = 1 << 16  # at most so many bytes are decompressed to be changed


def picture(data: bytes, most: int, seed: int, mutate: Mutate) -> bytes:
    """Change a picture."""
    chance = random.Random(seed)
    chunks = _chunks(data)
    if not chunks or chance.random() < 0.2:
        return mutate(data, most)
    at = chance.randrange(len(chunks))
    kind, content = chunks[at]
    match chance.randrange(6):
        case 0:
            chunks[at] = (chance.choice(KINDS), content)
        case 1:
            chunks.insert(chance.randrange(len(chunks) + 1), chunks[at])
        case 2:
            del chunks[at]
        case 3:
            chunks.insert(at, (chance.choice(KINDS), mutate(content or b"\0", 4096)))
        case 4 if kind == b"IDAT":
            chunks[at] = (kind, _repacked(content, mutate))
        case _:
            chunks[at] = (kind, mutate(content or b"\0", max(64, len(content) * 2)))
    return (SIGNATURE + b"".join(chunk(*each) for each in chunks))[:most]


def ink(data: bytes, most: int, seed: int, mutate: Mutate) -> bytes:
    """Change a JSON body."""
    chance = random.Random(seed)
    match chance.randrange(6):
        case 0:
            return mutate(data, most)
        case 4 | 5:
            return _drawn(chance)[:most]
        case 1:
            at = chance.randrange(len(data) + 1)
            return (data[:at] + chance.choice(PIECES) + data[at:])[:most]
        case 2:
            low, high = sorted(chance.randrange(len(data) + 1) for _ in range(2))
            return (data[:high] + data[low:high] * chance.randrange(3) + data[high:])[:most]
        case _:
            numbers = list(_NUMBER.finditer(data))
            if not numbers:
                return mutate(data, most)
            found = chance.choice(numbers)
            return (data[: found.start()] + chance.choice(NUMBERS) + data[found.end() :])[:most]


def _drawn(chance: random.Random) -> bytes:
    """A well-formed body with strokes that nobody would draw."""
    reach = 10.0 ** chance.randrange(-9, 7)
    strokes: list[list[list[float]]] = []
    for _ in range(chance.choice((0, 1, 2, 30))):
        widths = chance.choice(((2,), (3,), (2, 3)))
        strokes.append(
            [
                [
                    chance.choice((chance.uniform(-reach, reach), reach, -0.0))
                    for _ in range(chance.choice(widths))
                ]
                for _ in range(chance.choice((0, 1, 2, 9, 60)))
            ]
        )
    return json.dumps({"ink": {"strokes": strokes}}).encode()


MUTATORS: Final = {"picture": picture, "ink": ink}


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """The chunks of a PNG, valid or not; none if it is not a PNG."""
    if not data.startswith(SIGNATURE):
        return []
    found, at = [], len(SIGNATURE)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def _repacked(content: bytes, mutate: Mutate) -> bytes:
    try:
        plain = zlib.decompressobj().decompress(content, UNPACKED)
    except zlib.error:
        return content
    return zlib.compress(mutate(plain or b"\0", UNPACKED))
