"""The soak: `scripts/soak` ends here."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

import click

from tests.cassandra.nodes import missing
from tests.faults.faults import FAULTS, OfSomeNodes
from tests.faults.means import missing_for_clock, missing_for_disk
from tests.faults.report import to_markdown
from tests.faults.runner import ARRIVAL, Run
from tests.faults.scenes import Ack, Sync, on_cassandra, on_sqlite


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--minutes", default=10.0, help="How long; each fault comes once in any case.")
@click.option("--store", type=click.Choice(["sqlite", "cassandra"]), default="cassandra")
@click.option("--nodes", type=click.Choice(["1", "3"]), default="1", help="Of Cassandra.")
@click.option(
    "--sync", type=click.Choice(["batch", "periodic"]), default="batch", help="Cassandra's commitlog_sync."
)
@click.option("--ack", type=click.Choice(["local", "store"]), default="local", help="DIGITPAD_ACK.")
@click.option(
    "--only", multiple=True, metavar="FAULT", help="A fault's name or a part of it; several may be given."
)
@click.option("--clients", default=4, help="Visitors at a time.")
@click.option("--seed", type=int, help="Of a run that is to be run again.", show_default="by chance")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Write the report here, too.")
def main(
    minutes: float,
    store: str,
    nodes: str,
    sync: Sync,
    ack: Ack,
    only: tuple[str, ...],
    clients: int,
    seed: int | None,
    report: Path | None,
) -> None:
    """Let clients work for minutes while one fault follows another, and count what is lost: nothing, it is promised.

    Prints a report as Markdown; exit 1 where a promise was broken.
    """
    lacking = [missing_for_clock(), missing_for_disk(), missing() if store == "cassandra" else None]
    for words in filter(None, lacking):
        click.echo(f"soak: {words}", err=True)
    if lacking[-1]:
        sys.exit(1)
    seed = random.randrange(1_000_000) if seed is None else seed
    started = time.monotonic()

    def say(words: str) -> None:
        click.echo(f"{time.monotonic() - started:6.1f} s  {words}", err=True)

    say(f"--seed {seed}")
    title = (
        "SQLite"
        if store == "sqlite"
        else f"Cassandra, {nodes} node(s), {sync}, acknowledged by the {ack} disk"
    )
    if ack == "store" and store == "cassandra":
        title = f"Cassandra, {nodes} node(s), {sync}, acknowledged by itself"
    with tempfile.TemporaryDirectory(prefix="digitpad-soak-") as temporary:
        folder = Path(temporary)
        setting = (
            on_sqlite(folder)
            if store == "sqlite"
            else on_cassandra(folder, count=int(nodes), sync=sync, ack=ack)
        )
        with setting as (scene, address):
            kinds = [
                kind
                for kind in FAULTS
                if kind.possible(scene) and (not only or any(part in kind.name for part in only))
            ]
            if not kinds:
                raise click.UsageError(
                    f"no such fault here; there are: {', '.join(kind.name for kind in FAULTS)}"
                )
            majority = all(issubclass(kind, OfSomeNodes) and kind.count == 1 for kind in kinds)
            run = Run(
                scene,
                kinds,
                seed=seed,
                store=address,
                promises=store == "sqlite" or ack == "local" or majority,
                arrival=ARRIVAL,
                clients=clients,
                say=say,
            )
            result = run(minutes * 60)
    text = to_markdown(result, f"Soak on {title}")
    click.echo(text)
    if report:
        report.write_text(text)
    sys.exit(1 if result.violations else 0)


main()
