"""The long run: `scripts/fuzz` ends here. A short one is in test_fuzz.py."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import click

from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).parents[2]
# Inputs per process: the fuzzer's own memory grows with what it has seen, to 2 GB in 100,000.
SLICE = 50_000
LONGEST = 16_384  # bytes of an input
TIMEOUT = 10  # seconds for one input: longer is a hang
GROWTH = 8 * 1024 * 1024  # bytes by which later passes over the same inputs may hold more than earlier ones


class Fault(Exception):
    """An input that was neither read nor refused, or took too long; its file is named."""


@dataclass
class Done:
    """A target's results so far, over all slices."""

    inputs: int = 0
    let_in: int = 0
    seconds: float = 0
    slowest: int = 0
    """Seconds, rounded down, of the slowest input."""

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Load the results of an earlier run."""
        file = folder / "done.json"
        return cls(**json.loads(file.read_text())) if file.exists() else cls()

    def write(self, folder: Path) -> None:
        """Save the results."""
        (folder / "done.json").write_text(json.dumps(asdict(self)))


@click.command(context_settings={"show_default": True})
@click.option("--inputs", default=1_000_000, help="For each target; what earlier runs did counts.")
@click.option("--only", type=click.Choice(list(TARGETS)), multiple=True, help="One target.")
@click.option("--seconds", default=0, help="Stop each target after so long; 0: when it is done.")
@click.option("--folder", default="build/fuzz", type=click.Path(path_type=Path), help="Corpus and counts.")
@click.option("--report", type=click.Path(path_type=Path), help="Write the report here, too.")
def main(inputs: int, only: tuple[str, ...], seconds: int, folder: Path, report: Path | None) -> None:
    """Send changed pictures and bodies through the decoders: nothing may come out but a drawing or a refusal.

    Prints a report as Markdown; exit 1 where an input broke that, and names its file.
    """
    rows = []
    for name in only or TARGETS:
        place = (folder / name).resolve()
        place.mkdir(parents=True, exist_ok=True)
        try:
            done = run(name, place, inputs, seconds)
        except Fault as fault:
            raise click.ClickException(str(fault)) from fault
        rows.append((name, done, passes(name, place)))
    text = to_markdown(rows)
    click.echo(text)
    if report:
        report.write_text(text)
    if any(grown(held) > GROWTH for _, _, (_, held) in rows):
        raise click.ClickException("memory grows")


def run(name: str, folder: Path, inputs: int, seconds: int = 0) -> Done:
    """Run slices until `inputs` are done, or `seconds` over.

    :raises Fault: an input broke the promise
    """
    done, started = Done.read(folder), time.monotonic()
    while done.inputs < inputs and not (seconds and time.monotonic() - started > seconds):
        left = max(1, int(seconds - (time.monotonic() - started))) if seconds else 0
        one_slice(name, folder, done, min(SLICE, inputs - done.inputs), left)
        done.write(folder)
        click.echo(f"{name}: {done.inputs:,} inputs, {done.let_in:,} let in", err=True)
    return done


def one_slice(name: str, folder: Path, done: Done, runs: int, seconds: int) -> None:
    """Run one process, and add its figures to `done`."""
    started = time.monotonic()
    options = [
        f"-runs={runs}",
        f"-max_len={LONGEST}",
        f"-timeout={TIMEOUT}",
        f"-max_total_time={seconds}",
        f"-artifact_prefix={folder}/",
        "-print_final_stats=1",
        "-rss_limit_mb=2048",
    ]
    ended = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.slice", name, str(folder), *options],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    if ended.returncode:
        raise Fault(f"{name}:\n{ended.stderr[-4000:]}")
    figures = dict(
        line.removeprefix("stat::").split(":")
        for line in ended.stderr.splitlines()
        if line.startswith("stat::")
    )
    done.inputs += int(figures["number_of_executed_units"])
    done.slowest = max(done.slowest, int(figures["slowest_unit_time_sec"]))
    done.let_in += int((folder / "progress").read_text().split()[1])
    done.seconds += time.monotonic() - started


def passes(name: str, folder: Path) -> tuple[int, list[int]]:
    """How many inputs were collected, and the bytes held after each pass over them without the fuzzer."""
    said = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.replay", name, str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    found = json.loads(said)
    return found["inputs"], found["held"]


def grown(held: list[int]) -> int:
    """How much more was held at the end than after a third of the passes, in bytes."""
    return held[-1] - held[len(held) // 3]


def to_markdown(rows: list[tuple[str, Done, tuple[int, list[int]]]]) -> str:
    """The report."""
    lines = [
        "| decoder | inputs | read | refused | slowest input | kept for their coverage | memory after pass 1, 4, 12 |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, done, (collected, held) in rows:
        megabytes = ", ".join(f"{each / 1e6:.0f}" for each in (held[0], held[3], held[-1]))
        lines.append(
            f"| {name} | {done.inputs:,} | {done.let_in:,} | {done.inputs - done.let_in:,} | "
            f"under {done.slowest + 1} s | {collected:,} | {megabytes} MB |"
        )
    total = sum(done.seconds for _, done, _ in rows)
    lines += ["", f"Python {platform.python_version()}, {total / 60:.0f} minutes."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
