"""The original's design: Flask's development server, and keras.Model.predict for each request.

It uses the same network and canonical form as the others, so only the design differs.

python original.py PORT
"""

import base64
import sys

import keras
from flask import Flask, request

from digitpad.canonical import from_grey
from digitpad.engines import ARCHITECTURE, WEIGHTS
from digitpad.model_card import PACKAGED_MODEL
from digitpad.picture import from_bytes

app = Flask(__name__)
model = keras.models.model_from_json((PACKAGED_MODEL / ARCHITECTURE).read_text())
model.load_weights(PACKAGED_MODEL / WEIGHTS)
logits = keras.Model(model.inputs, model.get_layer("logits").output)


@app.post("/predict/")
def predict() -> str:
    """The digit in a data URL."""
    form = from_grey(from_bytes(base64.b64decode(request.get_data().partition(b",")[2])))
    return str(logits.predict(form[None, ..., None], verbose=0).argmax())


app.run(port=int(sys.argv[1]))
