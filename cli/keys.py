"""`consilium key …`: the key that this instance vouches with, and a new one in its place."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from actors.models import Actor
from actors.rotation import announce_key, list_issuer_keys, take_back_key, use_announced_key
from cli.house import BY_COMMAND, AsJson, House, in_house, show_list
from core.clock import wire_time
from db.session import AsyncSession
from doctors.peers import fingerprint
from outbox.update import send_update_actor

app = typer.Typer(help="The key that this instance vouches with.", no_args_is_help=True)


@app.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """List the published keys: which signs, which is announced, which have retired.

    Example: consilium key list
    """
    _show(as_json=as_json)


@app.command()
def announce(as_json: AsJson = False) -> None:
    """Publish a new key beside the one that signs, so that peers pin it; use it in seven days.

    Example: consilium key announce
    """

    async def work(house: House) -> None:
        async with house.database.transaction() as session:
            await _tell(session, await announce_key(session, decided_by=BY_COMMAND))

    in_house(work)
    _show(as_json=as_json)


@app.command()
def use(
    early: Annotated[
        bool,
        typer.Option("--early", help="Now, though peers that were away must confirm by hand."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Sign with the announced key; the old one stays published until what it signed has ended.

    Example: consilium key use
    """

    async def work(house: House) -> None:
        async with house.database.transaction() as session:
            actor = await use_announced_key(session, decided_by=BY_COMMAND, is_early=early)
            await _tell(session, actor)

    in_house(work)
    _show(as_json=as_json)


@app.command("take-back")
def take_back(as_json: AsJson = False) -> None:
    """Take an announced key back that never signed.

    Example: consilium key take-back
    """

    async def work(house: House) -> None:
        async with house.database.transaction() as session:
            await _tell(session, await take_back_key(session, decided_by=BY_COMMAND))

    in_house(work)
    _show(as_json=as_json)


async def _tell(session: AsyncSession, actor: Actor) -> None:
    await send_update_actor(session, actor)


def _show(*, as_json: bool) -> None:
    async def work(house: House) -> list[dict[str, Any]]:
        async with house.database.read() as session:
            keys = await list_issuer_keys(session)
        return [
            {
                "key": key.multibase,
                "fingerprint": fingerprint(key.multibase),
                "state": key.state,
                "since": wire_time(key.created_at),
                "usable_at": wire_time(key.usable_at) if key.usable_at else None,
                "retired_at": wire_time(key.retired_at) if key.retired_at else None,
            }
            for key in keys
        ]

    show_list(in_house(work), as_json=as_json, empty="The instance has no key yet.")
