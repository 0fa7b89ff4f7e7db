"""Every example in docs/api.md does what the page says."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from digitpad import answers
from tests.handwriting import DIGITS
from tests.server import Server
from tests.test_canonical import drawn
from tests.test_recognizer import png

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
SCRIPTS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
ANSWERS = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    (folder / "seven.png").write_bytes(png(drawn(DIGITS[7])))
    return folder


def commands(script: str) -> list[str]:
    return [line for line in script.replace("\\\n", " ").splitlines() if line.strip()]


@pytest.mark.parametrize("command", [line for script in SCRIPTS for line in commands(script)])
def test_an_example_works(server: Server, folder: Path, command: str) -> None:
    last = folder / "last.json"
    done = subprocess.run(
        ["sh", "-c", command.replace("curl ", "curl --silent --show-error --fail-with-body ", 1)
         .replace("http://127.0.0.1:8000", server.url)],
        cwd=folder,
        env={**os.environ, "ID": json.loads(last.read_bytes())["id"] if last.exists() else ""},
        capture_output=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    if done.stdout.startswith(b'{"id":"'):
        last.write_bytes(done.stdout)


def test_the_answers_on_the_page_are_of_the_shape_that_is_sent() -> None:
    prediction, problem = ANSWERS
    msgspec.json.decode(
        prediction,
        type=msgspec.defstruct("Same", [(f, object) for f in _shown()], forbid_unknown_fields=True),
    )
    msgspec.json.decode(problem, type=answers.Problem, strict=True)


def _shown() -> list[str]:
    return [name for name in answers.Prediction.__struct_fields__ if name not in get_args(answers.Include)]
