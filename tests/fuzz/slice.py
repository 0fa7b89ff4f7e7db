"""One slice of a run, in a process of its own: `python -m tests.fuzz.slice TARGET FOLDER [libFuzzer's options]`.

libFuzzer reports on standard error; the exit status is 0 only if every input was read or refused. FOLDER/progress gets
the number of inputs that were tried and that were let in.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["PIL", "digitpad"]):
    from tests.fuzz import seeds
    from tests.fuzz.mutating import MUTATORS
    from tests.fuzz.targets import TARGETS

SAID_EVERY = 500  # inputs


def main() -> None:
    """Run until libFuzzer is done: it ends the process itself."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    corpus, progress = folder / "corpus", folder / "progress"
    seeds.write(name, corpus)
    target, mutator = TARGETS[name], MUTATORS[name]
    tried = let_in = 0

    def one(data: bytes) -> None:
        nonlocal tried, let_in
        let_in += target(data)
        tried += 1
        if tried % SAID_EVERY == 0:
            progress.write_text(f"{tried} {let_in}")

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        return mutator(data, most, seed, atheris.Mutate)

    atheris.Setup([sys.argv[0], *sys.argv[3:], str(corpus)], one, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
