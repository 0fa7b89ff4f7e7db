"""Cassandra by hand: `scripts/cassandra` ends here."""

from __future__ import annotations

import signal
import sys
import tempfile
from pathlib import Path

import click

from tests.cassandra.nodes import Nodes, missing


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("nodes", type=click.IntRange(1, 9), default=1)
@click.option("--port", default=9042, show_default=True, help="For CQL.")
@click.option("--heap", default="512m", show_default=True, help="Of each node, as Java writes it.")
@click.option("--dir", "folder", type=click.Path(path_type=Path), help="Keep the data here; else it goes.")
def main(nodes: int, port: int, heap: str, folder: Path | None) -> None:
    """Run NODES real Cassandra nodes (default 1) on this machine until Ctrl+C."""
    if lacking := missing():
        sys.exit(lacking)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        tempfile.TemporaryDirectory(prefix="digitpad-cassandra-") as temporary,
        Nodes(folder or Path(temporary), nodes, port=port, heap=heap) as running,
    ):
        try:
            click.echo(f"Starting {nodes} Cassandra node{'s' * (nodes > 1)} …", err=True)
            running.start()
            click.echo(f"DIGITPAD_STORE={running.url()}")
            click.echo("Ready. Ctrl+C stops it.", err=True)
            signal.pause()
        except KeyboardInterrupt:
            click.echo("Stopping …", err=True)
            if folder:
                running.stop()


main()
