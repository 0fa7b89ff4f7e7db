"""MNIST, fetched once and verified; without a source its tests are skipped, or on CI fail."""

from __future__ import annotations

import pytest

from digitpad.errors import DataError
from digitpad.training import dataset
from tests import needs


@pytest.fixture(scope="session")
def mnist() -> dataset.Mnist:
    try:
        return dataset.load_mnist()
    except DataError as error:
        needs.missing(str(error))
