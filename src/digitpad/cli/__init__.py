"""The command line. One module per command; each is loaded only when its command is called."""

from __future__ import annotations

import importlib
import sys
from io import TextIOWrapper
from typing import Any

import click

from digitpad import __version__
from digitpad.errors import DigitpadError

COMMANDS = {
    "serve": "serve:serve",
    "predict": "predict:predict",
    "records": "records:records",
    "train": "train:train",
    "evaluate": "evaluate:evaluate",
    "token": "token:token",
    "doctor": "doctor:doctor",
}


class LazyGroup(click.Group):
    """Loads a command's module when the command is called, so that `--help` and `predict` start at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the commands in the order in which people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import `cmd_name`'s module."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(f"digitpad.cli.{module}"), name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version")
@click.option("--debug", is_flag=True, help="Show a stack trace where something goes wrong.")
def digitpad(debug: bool) -> None:
    """Draw a digit, see what a convolutional network reads, keep every prediction."""


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line: exit 0 done, 1 failed, 2 wrong usage. Errors are one line on stderr."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if isinstance(sys.stdout, TextIOWrapper) and sys.stdout.errors == "strict":
        # A file's name need not be text, and not every terminal has “ and ▀: neither may end a command.
        sys.stdout.reconfigure(
            errors="surrogateescape" if sys.stdout.encoding == "utf-8" else "backslashreplace"
        )
    try:
        return digitpad.main(arguments, prog_name="digitpad")
    except DigitpadError as error:
        if "--debug" in arguments:
            raise
        click.echo(f"digitpad: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:  # `digitpad records list | head`
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:  # `digitpad predict *.png > FILE` on a full disk
        if "--debug" in arguments:
            raise
        click.echo(f"digitpad: {in_words(error)}", err=True)
        sys.exit(1)


def in_words(error: OSError) -> str:
    """The operating system's error message, with the file that it concerns."""
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"
