"""FastAPI as in its tutorial: a plain function, which runs in a pool of threads, and an uploaded file.

uvicorn fastapi_upload:app --workers 2
"""

from fastapi import FastAPI, UploadFile
from pydantic import BaseModel
from work import read

app = FastAPI()


class Answer(BaseModel):
    """What is answered."""

    digit: int | None
    confidence: float
    probabilities: list[float]


@app.post("/predict")
def predict(file: UploadFile) -> Answer:
    """Read the file."""
    return Answer(**read(file.file.read()))
