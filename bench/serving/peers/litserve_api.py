"""LitServe as in its README: a LitAPI with setup, decode_request, predict and encode_response.

python litserve_api.py PORT
"""

import base64
import sys
from typing import Any

import litserve


class Digits(litserve.LitAPI):
    """Reads a PNG in JSON, as base64."""

    def setup(self, device: str) -> None:
        """Load the model in the worker."""
        import work  # noqa: PLC0415

        self.read = work.read

    def decode_request(self, request: dict[str, str]) -> bytes:
        """The PNG."""
        return base64.b64decode(request["image"])

    def predict(self, png: bytes) -> dict[str, Any]:
        """Read it."""
        return self.read(png)

    def encode_response(self, answer: dict[str, Any]) -> dict[str, Any]:
        """As it is."""
        return answer


if __name__ == "__main__":
    server = litserve.LitServer(Digits(), accelerator="cpu", workers_per_device=2)
    server.run(port=int(sys.argv[1]), generate_client_file=False)
