"""The model card: what a model is, how it was made, how well it reads and where it fails."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import msgspec

from digitpad.errors import NOT_JSON, ModelError

CARD: Final = "model-card.json"
PACKAGED_MODEL: Final = Path(__file__).parent / "artefacts"


class ModelCard(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in `model-card.json`, and what `GET /api/v1/model` answers."""

    version: str
    """Names this model in every record, such as "2026.11-1f3a9c": the month and the weights' checksum."""
    network: str
    """The name of its architecture in `training/network.py`."""
    parameters: int
    seed: int
    epochs: int
    trained_on: str
    created: str
    """The day it was trained, as YYYY-MM-DD."""
    software: dict[str, str]
    temperature: float = 1.0
    """Logits are divided by it before the softmax, so that confidence is the chance of being right."""
    digit_weights: tuple[float, ...] = (1.0, 0.0, 0.0)
    """`p_digit` is the sigmoid of a sum: the first weight times the logit of being a digit, plus the second times the
    lead of the best of the ten logits over the next, plus the third."""
    threshold: float = 0.0
    """Drawings whose `p_digit` is lower are refused."""
    accuracy: dict[str, float] = {}
    """Share read correctly, 0 to 1, by data set; a refusal is an error."""
    measured: dict[str, float] = {}
    """What else `bench/accuracy` measures: shares refused and accepted, calibration errors, areas, 0 to 1."""
    intended_use: str = ""
    limits: list[str] = []
    sha256: dict[str, str] = {}
    """Checksums of the files beside the card."""

    @classmethod
    def read(cls, folder: Path) -> ModelCard:
        """Read the card in `folder` and check that the files beside it are the ones it describes.

        :raises ModelError: no card, a card of another shape, or files that were changed or are missing
        """
        card = cls.alone(folder)
        for name, expected in card.sha256.items():
            if Path(name).name != name:
                raise ModelError(f"{folder / CARD}: “{name}” is not the name of a file beside the card")
            if checksum(folder / name) != expected:
                raise ModelError(f"{folder / name}: not the file that its model card describes; train again")
        return card

    @classmethod
    def alone(cls, folder: Path) -> ModelCard:
        """Read the card in `folder`, whatever lies beside it.

        :raises ModelError: no card, or a card of another shape
        """
        path = folder / CARD
        try:
            return msgspec.json.decode(path.read_bytes(), type=cls)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise ModelError(
                f"{folder}: no {CARD} there; `digitpad train --out DIR` writes a model"
            ) from error
        except OSError as error:  # such as one that the server's user may not read
            raise ModelError(f"{path}: {error.strerror}") from error
        except NOT_JSON as error:
            raise ModelError(f"{path}: not a model card ({error})") from error

    def write(self, folder: Path) -> None:
        """Write the card into `folder`, formatted so that people can read it too."""
        (folder / CARD).write_bytes(msgspec.json.format(msgspec.json.encode(self)) + b"\n")


def checksum(path: Path) -> str:
    """SHA-256 of a file as hexadecimal digits.

    :raises ModelError: the file is missing or cannot be read
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}") from error
