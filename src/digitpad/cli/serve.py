"""`digitpad serve`: a production server on several worker processes."""

from __future__ import annotations

import errno
import importlib.util
import logging
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, get_args, get_type_hints

import click

from digitpad import heap, logs
from digitpad.cli.listening import place, try_address
from digitpad.errors import MissingExtra, SettingError
from digitpad.settings import READING, SPARE, WAITING, Settings, rows, variable

HEAD_SECONDS: Final = 15  # allowed for a request's head, and for an idle connection
HEAD_BYTES: Final = 64 * 1024  # of a head: room for a browser's cookies from other pages on the same host


class _SettingOption(click.Option):
    """Accepts an empty value for any type: it means the default, as in the environment."""

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        return value if value == "" else super().type_cast_value(ctx, value)


def with_settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give `command` an option for each setting."""
    kinds = get_type_hints(Settings)
    for row in reversed(rows()):
        choices = get_args(kinds[row.name])
        kind = click.Choice(choices) if choices else kinds[row.name]
        default = f"default {row.default}" if row.default != "" else ""
        text = "; ".join(filter(None, (row.metadata["meaning"], row.metadata["unit"], default)))
        if row.metadata["secret"]:
            continue  # every user of the machine can read a secret on a command line
        flag = f"--{row.name.replace('_', '-')}"
        command = click.option(
            flag,
            row.name,
            cls=_SettingOption,
            type=kind,
            default=None,
            help=f"{text} [{variable(row.name)}]",
        )(command)
    return command


@click.command()
@with_settings
def serve(**options: object) -> None:
    """Serve the page and the API.

    Every option can also be set by the environment variable named beside it.
    """
    # Until the server takes it, SIGHUP would end this process. The model has yet to be loaded: there is nothing to do.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    settings = Settings.load(options)
    address, port = _check(settings)
    os.environ.update(settings.to_environment())  # for the workers
    heap.share_granian()
    from granian.constants import HTTPModes, Interfaces  # noqa: PLC0415
    from granian.http import HTTP1Settings  # noqa: PLC0415
    from granian.log import LogLevels  # noqa: PLC0415

    from digitpad import shared_folder  # noqa: PLC0415
    from digitpad.cli.server import Server  # noqa: PLC0415

    server = Server(
        "digitpad.wsgi:app",
        address=address,  # granian resolves no names, and with port 0 each worker would take its own
        port=port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.threads + READING + WAITING + SPARE,  # see web/exchange/overload.py
        http=HTTPModes.http1,  # “auto” waits for ever for a connection's first bytes
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_SECONDS * 1000, max_buffer_size=HEAD_BYTES),
        respawn_failed_workers=True,
        workers_kill_timeout=5,  # seconds; with TOLD_FOR, less than the ten that containers are given
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=logs.of_the_server(settings.log_format),
        log_access=False,  # the application logs each request itself
    )
    _announce(settings, address, port)
    # Workers are forked: no thread may run here, or a lock that it holds could stay locked in them for good.
    with shared_folder.made():
        server.serve()


def _check(settings: Settings) -> tuple[str, int]:
    """Find what would make every worker fail, or record nothing of the page, while one line can still report it.

    :returns: the IP address and the port to listen on
    :raises DigitpadError: something would; the message says what
    """
    from pathlib import Path  # noqa: PLC0415

    from digitpad.cli import checks  # noqa: PLC0415
    from digitpad.model_card import PACKAGED_MODEL, ModelCard  # noqa: PLC0415
    from digitpad.records import try_store  # noqa: PLC0415

    ModelCard.read(Path(settings.model) if settings.model else PACKAGED_MODEL)
    if settings.engine == "keras" and importlib.util.find_spec("keras") is None:
        raise MissingExtra("train", "the Keras engine")
    checks.state(settings)
    try_store(settings)
    try:
        return try_address(settings)
    except OSError as error:
        other = "--port" if error.errno in {errno.EADDRINUSE, errno.EACCES} else "--host"
        raise SettingError(
            f"cannot listen on {place(settings.host, settings.port)} ({error.strerror}); choose another {other}"
        ) from error


def _announce(settings: Settings, address: str, port: int) -> None:
    """Print the URL. It is open from now on, and answers as soon as a worker has loaded the model."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, settings.host)  # noqa: S104
    waits = settings.store.startswith("cassandra:") and settings.ack == "local"
    by = f", by way of {settings.outbox}" if waits else ""
    lines = [f"digitpad: open http://{place(host, port)}/", f"records go to {settings.store}{by}"]
    if settings.log_format == "json":
        logs.configure(settings.log_level, settings.log_format)
    for line in lines:
        if settings.log_format == "json":
            logging.getLogger("digitpad").info(line)
        else:
            with suppress(OSError):  # a full disk of the log keeps no page away
                click.echo(line, err=True)
