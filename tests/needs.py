"""What a test needs of the machine."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip for want of `what`, which is a failure where everything should be there (CI=true)."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)
