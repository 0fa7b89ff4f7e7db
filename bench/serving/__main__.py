"""The command `python -m bench.serving`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.serving import venv
from bench.serving.contestants import Contestant, all_of_them, servers
from bench.serving.measuring import STARTS, Measured, measure, running
from bench.serving.report import markdown
from tests.cassandra.nodes import Nodes, missing

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--seconds", default=1.0, show_default=True, help="Of each contestant's turn over 8 connections."
)
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1))
@click.option(
    "--only",
    multiple=True,
    metavar="TEXT",
    help="Only contestants whose name holds TEXT, such as strokes, FastAPI or Cassandra. Can be repeated.",
)
@click.option("--list", "listed", is_flag=True, help="Print the contestants' names and end.")
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False), help="Write the Markdown here too."
)
def main(seconds: float, rounds: int, only: tuple[str, ...], listed: bool, report: Path | None) -> None:
    """Measure this server beside its peers, the original's design and the ceiling, all in one run.

    Every server is started three times (first answer), then all are measured in turn, round after round, the others
    paused: requests/s, latencies and processor time over 8 connections, one caller alone, 200 connections; at the
    end memory. So a slow minute of the machine falls on all, and ratios hold where absolute figures do not. Expect
    ten minutes for everything.

    Peers are installed into a virtual environment of their own, from peers.txt (400 MB, once). Cassandra runs where
    Java and Maven are installed, the original's design where Keras is. Markdown goes to stdout.
    """
    chosen = [
        each for each in all_of_them() if not only or any(text.lower() in each.name.lower() for text in only)
    ]
    if lacking := missing():
        click.echo(f"{lacking}; left out", err=True)
        chosen = [each for each in chosen if each.server != "digitpad-cassandra"]
    if listed:
        click.echo("\n".join(each.name for each in chosen))
        return
    if not chosen:
        raise click.UsageError(f"no contestant is called {' or '.join(only)}; --list names them")
    if any(each.kind == "peer" for each in chosen):
        venv.make()
    text = _run(chosen, seconds, rounds)
    click.echo(text)
    if report:
        report.write_text(text)


def _run(chosen: list[Contestant], seconds: float, rounds: int) -> str:
    """Measure `chosen` and report."""
    named = dict.fromkeys(each.server for each in chosen)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="digitpad-bench-")))
        cassandra = stack.enter_context(_cassandra(folder)) if "digitpad-cassandra" in named else None
        makers = servers(cassandra)
        first = {each.server: each.requests[0] for each in chosen}
        bar: ProgressBar[str] = click.progressbar(
            length=STARTS * len(named) + rounds * len(chosen),
            item_show_func=lambda what: what or "",
            file=sys.stderr,
        )
        stack.enter_context(bar)

        def step(what: str) -> None:
            bar.update(1, what)

        processes, found = stack.enter_context(
            running({name: (makers[name], first[name]) for name in named}, folder, step)
        )
        measured = [Measured(each) for each in chosen]
        for _ in range(rounds):
            for each in measured:
                step(each.contestant.name)
                measure(each, processes[each.contestant.server], seconds)
        for name, server in found.items():
            server.pss, server.rss = processes[name].memory()
            server.processes = processes[name].count()
    return markdown(measured, found, seconds)


@contextmanager
def _cassandra(folder: Path) -> Iterator[str]:
    """Run a Cassandra node; gives its address."""
    click.echo("Starting Cassandra …", err=True)
    with Nodes(folder / "cassandra", heap="512m") as nodes:
        nodes.start()
        yield nodes.url()


main()
