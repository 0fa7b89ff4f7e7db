"""A run's report, as Markdown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

from tests.faults.faults import FAULTS
from tests.faults.history import Kind, Outcome
from tests.faults.runner import Report

KINDS: Final[dict[Kind, str]] = {
    "predict": "predictions",
    "correct": "corrections",
    "remove": "deletions",
    "look": "reads",
}
LISTED: Final = 20  # at most so many unanswered requests, and different log lines, in a report


def to_markdown(report: Report, title: str) -> str:
    """Operations, faults, arrivals and violations."""
    parts = (_summary, _operations, _faults, _unanswered, _wrong)
    return "\n".join([f"# {title}", "", *(line for part in parts for line in part(report))])


def _summary(report: Report) -> Iterator[str]:
    longest = max((seconds for _, seconds in report.arrivals), default=None)
    yield f"Seed {report.seed}, {report.seconds:.0f} s: **{len(report.operations):,} operations,"
    yield f"{report.faults.total()} faults, {len(report.violations)} violations**, {report.found:,} records in the end."
    if longest is not None:
        yield f"Longest time from the return of Cassandra until all was in its tables: **{longest:.1f} s**."
    yield ""


def _operations(report: Report) -> Iterator[str]:
    table = Counter((each.kind, each.outcome) for each in report.operations)
    outcomes = [outcome for outcome in Outcome if any(each is outcome for _, each in table)]
    yield "| | " + " | ".join(outcome.value for outcome in outcomes) + " | longest answer |"
    yield "|---|" + "---:|" * len(outcomes) + "---:|"
    for kind, words in KINDS.items():
        counts = [f"{table[kind, outcome]:,}" for outcome in outcomes]
        took = max((each.ended - each.started for each in report.operations if each.kind == kind), default=0)
        yield f"| {words} | " + " | ".join(counts) + f" | {took:.1f} s |"
    yield ""


def _faults(report: Report) -> Iterator[str]:
    arrivals: dict[str, list[float]] = defaultdict(list)
    for name, seconds in report.arrivals:
        arrivals[name].append(seconds)
    yield "| fault | times | longest arrival |"
    yield "|---|---:|---:|"
    for name, times in sorted(report.faults.items()):
        longest = f"{max(arrivals[name]):.1f} s" if arrivals[name] else ""
        yield f"| {name} | {times} | {longest} |"
    yield ""
    if left_out := [kind.name for kind in FAULTS if kind.name not in report.faults]:
        yield f"Not in this run: {', '.join(left_out)}."
        yield ""


def _unanswered(report: Report) -> Iterator[str]:
    if report.unanswered:
        yield "Whose outcome nobody knows:"
        yield ""
        yield from (f"- {each}" for each in report.unanswered[:LISTED])
        yield ""


def _wrong(report: Report) -> Iterator[str]:
    if not report.violations:
        yield "No loss, no duplicate, no invention, no undone removal, no lost correction."
        return
    yield from (f"- {violation}" for violation in report.violations)
    yield ""
    yield "The server's log meanwhile:"
    yield ""
    yield from (f"- {times} times: {words}" for words, times in report.said.most_common(LISTED))
    if not report.said:
        yield "- nothing"
