"""Digitpad: reads hand-drawn digits.

>>> from digitpad import Recognizer, Ink
>>> recognizer = Recognizer.load()
>>> recognizer.predict(Ink.from_strokes([[(10, 2), (10, 25)]])).digit
1
"""

from digitpad.errors import DigitpadError
from digitpad.ink import Ink
from digitpad.recognizer import Prediction, Recognizer

__version__ = "0.1.0"
__all__ = ["DigitpadError", "Ink", "Prediction", "Recognizer", "__version__"]
