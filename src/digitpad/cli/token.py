"""`digitpad token`: a new operator's token, and the setting that contains its hash."""

from __future__ import annotations

import click

from digitpad import operator_token
from digitpad.cli.standard_input import standard_input


@click.command()
@click.option("--hash", "given", is_flag=True, help="Hash a token of yours, read from standard input.")
def token(given: bool) -> None:
    """Make an operator's token. The server needs only its hash.

    Keep the token; give the server the line with the setting.
    """
    value = (
        standard_input().buffer.readline().decode(errors="replace").strip() if given else operator_token.new()
    )
    if not value:
        raise click.UsageError("no token on standard input")
    if not given:
        click.echo(f"token    {value}")
    click.echo(f"setting  DIGITPAD_OPERATOR_TOKEN={operator_token.hashed(value)}")
