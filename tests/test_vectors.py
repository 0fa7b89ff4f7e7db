"""The vectors that test the page's JavaScript (tests/browser/canonical.test.js) are what Python makes today."""

from __future__ import annotations

import json

import numpy as np

from digitpad import Ink, canonical
from tests.vectors import CLOSE, DRAWINGS, FILE


def test_the_forms_in_the_file_are_those_that_python_makes() -> None:
    kept = json.loads(FILE.read_text())
    assert [each["name"] for each in kept] == list(DRAWINGS), "run python -m tests.vectors"
    for each in kept:
        form = canonical.from_ink(Ink.from_strokes(each["strokes"]))
        np.testing.assert_allclose(form, each["form"], atol=CLOSE, err_msg=each["name"])
        assert form.any()
