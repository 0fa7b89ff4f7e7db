"""The command `python -m bench.steady`."""

from __future__ import annotations

import math
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

import click

from bench.serving.processes import ours
from bench.steady.report import Run, markdown, wrong
from bench.steady.sampling import Sample, Sampler, outbox
from bench.steady.visitors import LIFE, PACE, Ledger, Visitor
from digitpad.records import open_store
from digitpad.settings import Settings
from tests.cassandra.nodes import Nodes, missing
from tests.faults.clients import TIMEOUT
from tests.server import free_port

LEAST: Final = 12  # samples, if fewer minutes than this are asked for
CROWD: Final = 64  # visitors who come all at once before the load begins
CROWDED: Final = 15.0  # seconds for which they stay, asking at the same moments
ARRIVAL: Final = 60.0  # seconds within which the last records have to be in Cassandra
FIRST: Final = b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--minutes", default=60.0, type=click.FloatRange(min=0.1))
@click.option(
    "--rate", default=80.0, type=click.FloatRange(min=1), help="Requests a second, some 40 % of which record."
)
@click.option("--store", type=click.Choice(["sqlite", "cassandra"]), default="sqlite")
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False), help="Write the Markdown here, too."
)
def main(minutes: float, rate: float, store: str, report: Path | None) -> None:
    """Serve a steady load for an hour, and see what grows: memory, file handles, threads, latency, the outbox.

    Starts the server as it is started by default: two workers that record durably, into SQLite, or behind the outbox
    into a Cassandra of its own. A crowd comes first and opens all threads and connections that may be opened. Then
    visitors who come and go draw (strokes, grey and RGBA PNG, batches), look at previews and their lists, correct and
    delete, and now and then send what is no drawing, or go in the middle of it; each request at its moment, however
    the server fares, so that waiting shows as latency. Each minute a sample is taken. In the end every acknowledged
    record has to be in the store, with its last correction, and no other.

    Choose a rate of about half of what the machine carries (`python -m bench.serving`). A run of a few minutes tells
    of errors; what grows by little shows in an hour. Markdown goes to stdout, progress to stderr.

    Exit 1 where a request was not answered as it should be, a record is lost, or something grows.
    """
    if store == "cassandra" and (lacking := missing()):
        raise click.UsageError(lacking)
    with tempfile.TemporaryDirectory(prefix="digitpad-steady-") as temporary, ExitStack() as stack:
        folder = Path(temporary)
        url = f"sqlite:///{folder}/server/records.db"
        if store == "cassandra":
            click.echo("Starting Cassandra …", err=True)
            url = stack.enter_context(Nodes(folder / "cassandra", heap="512m")).start().url()
        run = _run(url, folder / "server", minutes * 60, rate)
    text = markdown(run)
    click.echo(text)
    if report:
        report.write_text(text)
    sys.exit(1 if wrong(run) else 0)


def _run(url: str, folder: Path, seconds: float, rate: float) -> Run:
    ledger, server = Ledger(), ours(free_port(), url, folder)
    server.start(FIRST)
    try:
        _crowd(server.port, ledger)
        begin, number = time.monotonic(), math.ceil(rate / PACE)
        visitors = [
            Visitor(server.port, ledger, begin=begin + at / rate, every=number / rate, end=begin + seconds)
            for at in range(number)
        ]
        for visitor in visitors:
            visitor.start()
        samples = list(_samples(Sampler(server, ledger), begin, seconds))
        for visitor in visitors:
            visitor.join(LIFE * TIMEOUT)
        arrived = time.monotonic() + ARRIVAL
        while outbox(server.port) and time.monotonic() < arrived:
            time.sleep(0.1)
        losses = list(_losses(url, ledger))
    finally:
        server.stop()
    logged = [line for line in (folder / "server.log").read_text().splitlines() if " ERROR " in line]
    kind = "SQLite" if url.startswith("sqlite") else "Cassandra behind the outbox"
    return Run(f"A steady load on {kind}", " ".join(sys.argv[1:]), rate, samples, ledger, losses, logged)


def _crowd(port: int, ledger: Ledger) -> None:
    """Have all threads and connections opened: a light load opens them over hours, which looks like growth."""
    begin = time.monotonic()
    crowd = [Visitor(port, ledger, begin=begin, every=1 / PACE, end=begin + CROWDED) for _ in range(CROWD)]
    for visitor in crowd:
        visitor.start()
    for visitor in crowd:
        visitor.join()
    ledger.take()


def _samples(sampler: Sampler, begin: float, seconds: float) -> Iterator[Sample]:
    """One a minute, at least `LEAST` of them, while the visitors work."""
    number = max(LEAST, round(seconds / 60))
    with click.progressbar(range(number), file=sys.stderr, show_pos=True) as bar:
        for at in bar:
            time.sleep(max(0.0, begin + (at + 1) * seconds / number - time.monotonic()))
            yield sampler.sample()


def _losses(url: str, ledger: Ledger) -> Iterator[str]:
    """Where the store differs from what was acknowledged."""
    with closing(open_store(Settings(store=url, ack="store"))) as store:
        there = {each.id: (each.visitor, each.label) for each in store.scan()}
    for record in ledger.kept.keys() | there.keys():
        unanswered = record in there and there[record][0] in ledger.unanswered
        if there.get(record) != ledger.kept.get(record) and not unanswered:
            yield f"{record}: acknowledged as {ledger.kept.get(record)}, found as {there.get(record)}"


main()
