"""FastAPI at its fastest: an asynchronous route that takes the PNG as the body itself.

uvicorn fastapi_raw:app --workers 2
"""

from typing import Any

from fastapi import FastAPI, Request
from work import read

app = FastAPI()


@app.post("/predict")
async def predict(request: Request) -> dict[str, Any]:
    """Read the body."""
    return read(await request.body())
