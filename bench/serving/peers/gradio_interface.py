"""Gradio as in its guide to image classification: an Interface of an Image and a Label.

python gradio_interface.py PORT
"""

import sys

import gradio
from PIL.Image import Image
from work import recognizer


def predict(image: Image) -> dict[str, float]:
    """The chance of each digit."""
    return {str(digit): chance for digit, chance in enumerate(recognizer.predict(image).probabilities)}


gradio.Interface(predict, gradio.Image(type="pil"), gradio.Label(num_top_classes=3)).queue(
    default_concurrency_limit=2
).launch(server_name="127.0.0.1", server_port=int(sys.argv[1]), quiet=True)
