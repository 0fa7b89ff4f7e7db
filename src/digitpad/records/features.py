"""How a network describes a drawing, as it is kept: its features, of length 1, under the model that gave them.

Features of two models have nothing to do with each other, nor need they be of one size. So each model, with the
size of its features, has an index of its own, and only what lies in the same one is compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

KEPT_AS: Final = np.dtype("<f2")
"""Half the room of float32; it moves a similarity by less than 0.001, measured by `bench/similar`."""


@dataclass(frozen=True, slots=True)
class Features:
    """The features of one drawing."""

    model: str
    """The version of the model that gave them."""
    values: bytes
    """Of length 1 by Euclid, as KEPT_AS: 2 bytes each."""

    @classmethod
    def of(cls, features: NDArray[np.float32], model: str) -> Self | None:
        """Keep what the network gave for a drawing, shape (k,); None where that is nothing at all."""
        length = float(np.sqrt(features @ features))
        return cls(model, (features / length).astype(KEPT_AS).tobytes()) if length > 0 else None

    @property
    def size(self) -> int:
        """How many they are."""
        return len(self.values) // KEPT_AS.itemsize

    def as_array(self) -> NDArray[np.float32]:
        """Shape (size,), float32."""
        return np.frombuffer(self.values, KEPT_AS).astype(np.float32)
