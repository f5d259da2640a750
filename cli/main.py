"""The command `consilium`: one file a group of commands; errors end as one line."""

from __future__ import annotations

import sys

import typer

from cli import accounts, deliveries, doctors, peers, registers, serve
from core.errors import ServerError
from core.logging import configure_logging

app = typer.Typer(
    name="consilium",
    help="Run and look after an instance of Consilium.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("serve")(serve.serve)
app.command("migrate")(serve.migrate)
app.command("worker")(serve.worker)
app.command("token")(accounts.token)
app.add_typer(accounts.app, name="account")
app.add_typer(registers.app, name="register")
app.add_typer(doctors.app, name="doctor")
app.add_typer(peers.app, name="peer")
app.add_typer(deliveries.app, name="delivery")


def run() -> None:
    """Run a command; every expected failure is one line on standard error and exit code 1."""
    configure_logging(development=False)
    try:
        app()
    except ServerError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        sys.exit(1)
