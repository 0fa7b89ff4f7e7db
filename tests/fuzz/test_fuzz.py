"""A short run of the fuzzer; `scripts/fuzz` is the long one."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tests.fuzz.__main__ import GROWTH, Done, grown, passes, run
from tests.fuzz.targets import TARGETS
from tests.needs import missing

INPUTS = 1_500


@pytest.fixture(autouse=True)
def _fuzzer() -> None:
    if importlib.util.find_spec("atheris") is None:
        missing("atheris is missing: it is there for Linux on x86-64 alone")


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_comes_is_read_or_refused(name: str, tmp_path: Path) -> None:
    done = run(name, tmp_path, INPUTS)
    assert done.inputs >= INPUTS
    assert INPUTS / 50 < done.let_in < INPUTS, "the fuzzer must come past the first checks"
    assert Done.read(tmp_path) == done
    _, held = passes(name, tmp_path)
    assert grown(held) <= GROWTH
