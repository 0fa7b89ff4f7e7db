"""The work that every peer does for a request: PNG → canonical form → ONNX Runtime → an answer."""

from typing import Any

from digitpad import Recognizer

recognizer = Recognizer.load()


def read(png: bytes) -> dict[str, Any]:
    """The answer to a PNG."""
    prediction = recognizer.predict(png)
    return {
        "digit": prediction.digit,
        "confidence": prediction.confidence,
        "probabilities": prediction.probabilities,
    }
