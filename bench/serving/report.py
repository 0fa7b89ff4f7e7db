"""What was measured, as Markdown: figures, ratios, and the goals."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from importlib.metadata import version
from statistics import median

from bench.serving.measuring import CONNECTIONS, CROWD, Measured, Server

HEAD = (
    f"| who | requests/s, {CONNECTIONS} connections | × fastest peer | p50 ms | p99 ms | processor ms a request "
    f"| one caller, p50 ms | {CROWD} connections: requests/s | refused |"
)


def markdown(measured: list[Measured], servers: dict[str, Server], seconds: float) -> str:
    """The report of a run."""
    rounds = len(measured[0].rates)
    lines = [
        "# Serving, measured",
        "",
        f"{os.cpu_count()} cores, Python {platform.python_version()}, ONNX Runtime {version('onnxruntime')}; "
        f"{rounds} rounds in turn of {seconds:g} s each, medians (and ranges) of the rounds; the load generator on the "
        f"same cores, the other servers paused. Load average at the end: {os.getloadavg()[0]:.1f}.",
        "",
        HEAD,
        "|---|---|---|---|---|---|---|---|---|",
        *_rows(measured),
        "",
        "| server | first answer after s | memory MB (PSS) | RSS, shared pages counted each time | processes |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {_spread(server.first_answers, 2)} | {server.pss:,.0f} | {server.rss:,.0f} "
            f"| {server.processes} |"
            for name, server in servers.items()
        ),
        "",
    ]
    if goals := list(_goals(measured, servers)):
        lines += ["| goal | measured | |", "|---|---|---|"]
        lines += [
            f"| {goal} | {figure} | {'reached' if met else '**missed**'} |" for goal, figure, met in goals
        ]
        lines.append("")
    return "\n".join(lines)


def _rows(measured: list[Measured]) -> Iterator[str]:
    for each in measured:
        drawings = each.contestant.drawings
        more = f"; {median(each.rates) * drawings:,.0f} drawings/s" if drawings > 1 else ""
        ratio = _ratio(each, _fastest(measured, "peer"))
        yield (
            f"| {each.contestant.name} | {_spread(each.rates)}{more} | {f'{ratio:.2f}' if ratio else '–'} "
            f"| {median(each.p50):.2f} | {median(each.p99):.1f} | {_spread(each.cpu, 2)} | {median(each.alone):.2f} "
            f"| {_spread(each.crowded)} | {each.refused / max(each.asked, 1):.1%} |"
        )


def _goals(measured: list[Measured], servers: dict[str, Server]) -> Iterator[tuple[str, str, bool]]:
    """Each goal that this run can judge, what was measured, and whether the goal is reached."""
    by_name = {each.contestant.name: each for each in measured}
    strokes, grey = (by_name.get(f"digitpad: {form}, recorded") for form in ("strokes", "grey PNG"))
    for ours, form, others in (
        (strokes, "strokes", {"peer": 2.0, "ceiling": 0.5, "original": 200.0}),
        (grey, "grey PNG", {"peer": 1.0}),
    ):
        for kind, least in others.items():
            if ratio := _ratio(ours, _fastest(measured, kind)):
                name = {
                    "peer": "the fastest peer",
                    "ceiling": "the ceiling",
                    "original": "the original's design",
                }[kind]
                yield f"{form}, recorded: at least {least:g} × {name}", f"{ratio:.2f} ×", ratio >= least
    for ours, form, most in ((strokes, "strokes", 0.5), (grey, "grey PNG", 1.0)):
        if ours:
            yield from (
                _at_most(f"{form}: processor ms a request", median(ours.cpu), most, 2),
                _at_most(f"{form}: p99 ms at {CONNECTIONS} connections", median(ours.p99), 15, 1),
                _at_most(f"{form}: one caller's p50 ms", median(ours.alone), 1.5, 2),
            )
            kept = median(crowd / rate for crowd, rate in zip(ours.crowded, ours.rates, strict=True))
            yield f"{form}: throughput at {CROWD} connections does not sink", f"{kept:.2f} ×", kept >= 0.9
    for each in measured:
        if each.contestant.kind == "ours" and each.contestant.drawings > 1:
            rate = median(each.rates) * each.contestant.drawings
            yield f"{each.contestant.name}: at least 5,000 drawings/s", f"{rate:,.0f}", rate >= 5000
    if server := servers.get("digitpad"):
        yield _at_most("first answer after s", median(server.first_answers), 1, 2)
        yield _at_most("memory MB (PSS)", server.pss, 200, 0)


def _at_most(what: str, figure: float, most: float, digits: int) -> tuple[str, str, bool]:
    return f"{what}: at most {most:g}", f"{figure:,.{digits}f}", figure <= most


def _fastest(measured: list[Measured], kind: str) -> Measured | None:
    """The fastest contestant of a kind."""
    of_kind = [each for each in measured if each.contestant.kind == kind]
    return max(of_kind, key=lambda each: median(each.rates), default=None)


def _ratio(ours: Measured | None, other: Measured | None) -> float | None:
    """The ratio of the request rates, as the median over the rounds; None if one of them was not measured."""
    if ours is None or other is None:
        return None
    return median(one / two for one, two in zip(ours.rates, other.rates, strict=True))


def _spread(figures: list[float], digits: int = 0) -> str:
    """Median and range."""
    return f"{median(figures):,.{digits}f} ({min(figures):,.{digits}f}–{max(figures):,.{digits}f})"
