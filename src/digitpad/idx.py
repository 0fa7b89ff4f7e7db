"""MNIST's own file format, idx: read and written here and nowhere else.

A header of big-endian numbers (two zero bytes, the type 0x08 for unsigned bytes, the number of dimensions,
then each dimension as 32 bits), then the data (LeCun, Cortes and Burges, "The MNIST database", "File formats").
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from digitpad.errors import DataError

UNSIGNED_BYTE: Final = 0x08


def header(shape: tuple[int, ...]) -> bytes:
    """The idx header of an array of unsigned bytes of `shape`."""
    return struct.pack(f">HBB{len(shape)}I", 0, UNSIGNED_BYTE, len(shape), *shape)


def encode(array: NDArray[np.uint8]) -> bytes:
    """Write `array` as the content of an idx file."""
    return header(array.shape) + np.ascontiguousarray(array, np.uint8).tobytes()


def read(path: Path) -> NDArray[np.uint8]:
    """Read an idx file of unsigned bytes.

    :raises DataError: missing, not idx, or shorter or longer than its header says
    """
    try:
        content = path.read_bytes()
        zero, kind, dimensions = struct.unpack_from(">HBB", content)
        shape = struct.unpack_from(f">{dimensions}I", content, 4)
        if zero != 0 or kind != UNSIGNED_BYTE:
            raise DataError(f"{path}: not an idx file of unsigned bytes")
        return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from error
    except (struct.error, ValueError) as error:
        raise DataError(f"{path}: not a whole idx file") from error
