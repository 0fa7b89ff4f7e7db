"""Judges whether the samples of a run stay flat, and reports as Markdown."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import combinations
from statistics import median
from typing import Final

from bench.steady.sampling import Sample
from bench.steady.visitors import Ledger

PARTS: Final = 6  # of a run; the first is not judged: caches fill, threads and places are created
KEPT_UP: Final = 0.98  # of the rate that was asked for: with less, the load was a different one
LISTED: Final = 20  # errors


@dataclass(frozen=True)
class Figure:
    """A figure that may grow, and how much it may rise over the run before that counts as growth."""

    name: str
    of: Callable[[Sample], float]
    digits: int = 0
    most: float | None = None
    """In its own unit. None: it is not expected to stay flat."""
    share: float = 0.0
    """In addition, as a share of its median, for what depends on the rest of the machine."""


FIGURES: Final = [
    Figure("requests/s", lambda one: one.rate, 1),
    Figure("p50 ms", lambda one: one.p50, 1, 0.5, 0.25),
    Figure("p99 ms", lambda one: one.p99, 1, 5, 0.5),
    Figure("processor ms a request", lambda one: one.processor, 2, 0, 0.1),
    Figure("memory MB (PSS, without files)", lambda one: one.memory, 1, 4),
    Figure("open file descriptors", lambda one: one.handles, 0, 4),
    Figure("threads", lambda one: one.threads, 0, 2),
    Figure("records in the outbox", lambda one: one.outbox, 0, 50),
    Figure("write-ahead log MB", lambda one: one.log, 1, 16),
    Figure("database MB", lambda one: one.database, 1),
    Figure("cores busy with other work", lambda one: one.others, 1),
]


@dataclass(frozen=True)
class Run:
    """What was asked for, and the result."""

    title: str
    options: str
    """Of the command."""
    rate: float
    """Requests a second, as asked for."""
    samples: list[Sample]
    ledger: Ledger
    losses: list[str]
    """Where the store differs from what was acknowledged."""
    logged: list[str]
    """Errors in the server's own log."""


def slope(points: Sequence[tuple[float, float]]) -> float:
    """The median slope through all pairs (Theil, Sen): a few wild points do not bend it."""
    return median((y1 - y0) / (x1 - x0) for (x0, y0), (x1, y1) in combinations(points, 2))


def growth(samples: list[Sample], figure: Figure) -> float:
    """By how much `figure` grew from the first of `samples` to the last, by a straight line through all."""
    hours = samples[-1].hours - samples[0].hours
    return slope([(one.hours, figure.of(one)) for one in samples]) * hours


def allowed(samples: list[Sample], figure: Figure) -> float | None:
    """By how much `figure` may grow; None if it is not judged."""
    if figure.most is None:
        return None
    return figure.most + figure.share * median(map(figure.of, samples))


def wrong(run: Run) -> list[str]:
    """All that should not have happened, in words; nothing if all is well."""
    after = warm(run.samples)
    grown = [
        f"{each.name} grew by {growth(after, each):,.{each.digits}f}, more than {most:,.{each.digits}f}"
        for each in FIGURES
        if (most := allowed(after, each)) is not None and growth(after, each) > most
    ]
    rate = median(one.rate for one in run.samples)
    slow = [f"{rate:.1f} requests/s came of {run.rate:g}"] if rate < KEPT_UP * run.rate else []
    return [*run.losses, *run.ledger.errors, *run.logged, *slow, *grown]


def warm(samples: list[Sample]) -> list[Sample]:
    """The samples that are judged."""
    return samples[len(samples) // PARTS :]


def markdown(run: Run) -> str:
    """The report."""
    parts = (_summary, _table, _verdict, _wrong)
    return "\n".join([f"# {run.title}", "", *(line for part in parts for line in part(run))])


def _summary(run: Run) -> Iterator[str]:
    sent, minutes = run.ledger.sent, run.samples[-1].hours * 60
    others = median(one.others for one in run.samples)
    versions = f"Python {platform.python_version()}, ONNX Runtime {version('onnxruntime')}"
    yield f"`python -m bench.steady {run.options}`, {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {versions}."
    yield f"{minutes:.3g} minutes of {run.rate:g} requests/s, each sent at its moment, whether or not earlier ones"
    yield "were answered by then. The load was made on the same cores,"
    yield f"and other work kept {others:.1f} of them busy beside it (median)."
    yield ""
    yield f"- **{sent.total():,} requests**, {len(run.ledger.errors):,} of them not answered as they should be:"
    yield f"  {', '.join(f'{count:,} {name}' for name, count in sent.most_common())}."
    yield f"- **{len(run.ledger.kept):,} records** acknowledged and not deleted again; in the store"
    yield f"  {len(run.losses):,} are missing, too many, another visitor's, or carry another correction."
    yield ""


def _table(run: Run) -> Iterator[str]:
    """The medians of each part of the run."""
    size = len(run.samples) / PARTS
    parts = [run.samples[round(at * size) : round((at + 1) * size)] for at in range(PARTS)]
    ends = [part[-1].hours * 60 for part in parts]
    yield (
        "| median of minutes | "
        + " | ".join(
            f"{round(begin, 1):g}–{round(end, 1):g}" for begin, end in zip([0.0, *ends], ends, strict=False)
        )
        + " |"
    )
    yield "|---|" + "---:|" * PARTS
    for each in FIGURES:
        cells = (f"{median(map(each.of, part)):,.{each.digits}f}" for part in parts)
        yield f"| {each.name} | {' | '.join(cells)} |"
    yield ""


def _verdict(run: Run) -> Iterator[str]:
    after = warm(run.samples)
    minutes = (after[-1].hours - after[0].hours) * 60
    yield f"| over the last {minutes:.3g} minutes | grew by (Theil–Sen) | at most | |"
    yield "|---|---:|---:|---|"
    for each in FIGURES:
        if (most := allowed(after, each)) is not None:
            grew, digits = growth(after, each), max(each.digits, 1)
            verdict = "flat" if grew <= most else "**grows**"
            yield f"| {each.name} | {grew:,.{digits}f} | {most:,.{digits}f} | {verdict} |"
    yield ""


def _wrong(run: Run) -> Iterator[str]:
    if not (found := wrong(run)):
        yield "Nothing was lost, nothing failed, nothing grows."
    yield from (f"- {each}" for each in found[:LISTED])
    if len(found) > LISTED:
        yield f"- and {len(found) - LISTED:,} more"
    yield ""
