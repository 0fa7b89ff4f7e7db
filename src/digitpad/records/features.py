"""Features as they are kept: how a network describes a drawing, normalized to length 1, with the model's version.

Features of different models are not comparable, and their sizes may differ. So each pair of model and size has its
own index, and only features in the same index are compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

KEPT_AS: Final = np.dtype("<f2")
"""Half the size of float32; it changes a similarity by less than 0.001, measured by `bench/similar`."""


@dataclass(frozen=True, slots=True)
class Features:
    """The features of one drawing."""

    model: str
    """The version of the model that computed them."""
    values: bytes
    """Of Euclidean length 1, as KEPT_AS: 2 bytes each."""

    @classmethod
    def of(cls, features: NDArray[np.float32], model: str) -> Self | None:
        """Normalize what the network computed for a drawing, shape (k,); None if that is all zeros."""
        length = float(np.sqrt(features @ features))
        return cls(model, (features / length).astype(KEPT_AS).tobytes()) if length > 0 else None

    @property
    def size(self) -> int:
        """The number of features."""
        return len(self.values) // KEPT_AS.itemsize

    def as_array(self) -> NDArray[np.float32]:
        """Shape (size,), float32."""
        return np.frombuffer(self.values, KEPT_AS).astype(np.float32)
