"""The ceiling: Flask on granian, as digitpad is served, taking the same body and answering a constant.

granian --interface wsgi --workers 2 --blocking-threads 2 constant:app
"""

from flask import Flask, Response, request

ANSWER = b'{"digit":7,"confidence":0.99,"probabilities":[0,0,0,0,0,0,0,1,0,0]}'
app = Flask(__name__)


@app.post("/predict")
def predict() -> Response:
    """Always seven."""
    request.get_data(cache=False)
    return Response(ANSWER, mimetype="application/json")
