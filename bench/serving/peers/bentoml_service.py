"""BentoML as in its documentation: a service class whose method takes a PIL image.

bentoml serve bentoml_service:Digits
"""

from typing import Any

import bentoml
from PIL.Image import Image


@bentoml.service(workers=2)
class Digits:
    """Reads pictures."""

    def __init__(self) -> None:
        from work import recognizer  # noqa: PLC0415

        self.recognizer = recognizer

    @bentoml.api
    def predict(self, image: Image) -> dict[str, Any]:
        """Read one."""
        prediction = self.recognizer.predict(image)
        return {
            "digit": prediction.digit,
            "confidence": prediction.confidence,
            "probabilities": prediction.probabilities,
        }
