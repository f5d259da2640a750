"""What every command needs: the settings, the database, and one way to print."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import typer

from actors.instance_actor import ensure_instance_actor, instance_signer
from core.errors import InvalidInput, PermanentError
from core.settings import Settings, load_settings
from db.schema import database_revision, newest_revision
from db.session import Database
from federation.addresses import AddressGate
from federation.client import Client
from federation.uris import local_uris

T = TypeVar("T")
# Who types a command waits for the answer.
CLIENT_S = 10.0
BY_COMMAND = "command line"
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


@dataclass(frozen=True, slots=True)
class House:
    """An instance's settings and its open database."""

    settings: Settings
    database: Database


@asynccontextmanager
async def open_house() -> AsyncIterator[House]:
    """Open the instance of the environment; raises PermanentError when it was never migrated."""
    settings = load_settings()
    if await database_revision(settings) != newest_revision():
        raise PermanentError("the database is not up to date: run `consilium migrate` first")
    database = Database(settings)
    try:
        yield House(settings, database)
    finally:
        await database.close()


@asynccontextmanager
async def open_client(house: House, hosts: Collection[str]) -> AsyncIterator[Client]:
    """Open an outbound client that talks to these hosts only, whatever was decided about them."""
    await ensure_instance_actor(house.database)

    async def may_talk_to(host: str) -> bool:
        return host in hosts

    client = Client(
        gate=AddressGate.of(house.settings),
        own_host=local_uris(house.settings).host,
        may_talk_to=may_talk_to,
        signer=lambda: instance_signer(house.database),
        total_s=CLIENT_S,
    )
    try:
        yield client
    finally:
        await client.close()


def in_house(work: Callable[[House], Awaitable[T]]) -> T:
    """Run the work of a command in an open instance and return its result."""

    async def opened() -> T:
        async with open_house() as house:
            return await work(house)

    return asyncio.run(opened())


def show(value: Mapping[str, Any], *, as_json: bool) -> None:
    """Print one thing: `name: value` lines, or one JSON object."""
    if as_json:
        print(_json(value))
        return
    for name, part in value.items():
        if part not in (None, "", [], ()):
            print(f"{name.replace('_', ' ')}: {_plain(part)}")


def show_list(rows: Sequence[Mapping[str, Any]], *, as_json: bool, empty: str) -> None:
    """Print many things: a table with aligned columns, or one JSON array."""
    if as_json:
        print(_json(rows))
    elif not rows:
        print(empty)
    else:
        _table(rows)


def number(text: str) -> int:
    """Return one of our ids as typed; raises InvalidInput for none."""
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 0 < int(text) < 2**63):
        raise InvalidInput(f"no id: {text[:50]!r}")
    return int(text)


def printable(text: str) -> str:
    """Return a stranger's text with nothing in it that steers a terminal."""
    return "".join(one if one.isprintable() or one == "\n" else "\ufffd" for one in text)


def _table(rows: Sequence[Mapping[str, Any]]) -> None:
    names = list(rows[0])
    cells = [[_plain(row[name]) for name in names] for row in rows]
    widths = [
        max(len(name), *(len(line[column]) for line in cells))
        for column, name in enumerate(names)
    ]
    for line in [[name.upper().replace("_", " ") for name in names], *cells]:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print("  ".join(padded).rstrip())


def _plain(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(str(part) for part in value)
    return str(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
