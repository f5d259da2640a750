"""The command `consilium`: one file a group of commands; errors end as one line."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from importlib import import_module

import typer

from core.errors import ServerError
from core.logging import configure_logging

# Where each command is. A file is loaded only when its command is called: the rooms behind them all
# would cost every start a second.
COMMANDS: Mapping[str, str] = {
    "serve": "serve",
    "migrate": "serve",
    "worker": "serve",
    "token": "accounts",
}
GROUPS: Mapping[str, str] = {
    "account": "accounts",
    "invite": "invite",
    "register": "registers",
    "doctor": "doctors",
    "peer": "peers",
    "trust-list": "trust",
    "key": "keys",
    "moderation": "moderation",
    "delivery": "deliveries",
    "announcement": "announcements",
    "audit": "audit",
    "search": "search",
    "directory": "directory",
}


def make_app(names: Collection[str]) -> typer.Typer:
    """Return the program with these commands and groups."""
    app = typer.Typer(
        name="consilium",
        help="Run and look after an instance of Consilium.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    # With a callback one command alone is still called by its name.
    @app.callback()
    def consilium() -> None:
        """Run and look after an instance of Consilium."""

    for name, module in COMMANDS.items():
        if name in names:
            app.command(name)(getattr(import_module(f"cli.{module}"), name))
    for name, module in GROUPS.items():
        if name in names:
            app.add_typer(import_module(f"cli.{module}").app, name=name)
    return app


def run() -> None:
    """Run a command; every expected failure is one line on standard error and exit code 1."""
    configure_logging(development=False)
    every = [*COMMANDS, *GROUPS]
    called = [name for name in sys.argv[1:2] if name in every]
    try:
        make_app(called or every)()
    except ServerError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        sys.exit(1)
