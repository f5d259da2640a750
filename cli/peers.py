"""`consilium peer …`: other instances, and what we decide about them (WIRE §2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from actors.instance_actor import ensure_instance_actor
from actors.queries import list_public_keys
from cli.house import BY_COMMAND, AsJson, House, in_house, open_client, show, show_list
from core.errors import NotFound
from doctors.peers import (
    Decision,
    Outcome,
    allow_peer,
    block_peer,
    confirm_peer,
    fingerprint,
    forget_peer,
)
from doctors.pinning import peer_host
from moderation.models import Peer, PeerClass
from moderation.queries import find_peer, list_peers

app = typer.Typer(help="Other instances: who may hear what.", no_args_is_help=True)

Host = Annotated[str, typer.Argument(help="host[:port] of the other instance.")]
Reason = Annotated[str, typer.Option(help="Why, for those who come after you.")]


@app.command()
def allow(
    host: Host,
    peer_class: Annotated[
        PeerClass, typer.Option("--class", help="social, or clinical: trusted to verify doctors.")
    ],
    also: Annotated[
        list[str] | None, typer.Option(help="A further host, for handles or media; repeatable.")
    ] = None,
    authority: Annotated[
        bool, typer.Option("--authority", help="Believed for doctors of other hosts, too.")
    ] = False,
    registers: Annotated[
        str, typer.Option(help="The registers of an authority, separated by commas.")
    ] = "",
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """List an instance and pin its instance actor's key; compare the fingerprint by telephone.

    Example: consilium peer allow saint-louis.example --class clinical
    """

    async def work(house: House) -> dict[str, Any]:
        decision = Decision(
            host=peer_host(host, house.settings),
            peer_class=peer_class,
            decided_by=BY_COMMAND,
            also=tuple(peer_host(one, house.settings) for one in also or ()),
            authority=authority,
            registers=tuple(code.strip() for code in registers.split(",") if code.strip()),
            reason=reason,
        )
        async with open_client(house, {decision.host, *decision.also}) as client:
            return _outcome(await allow_peer(house.database, client, decision))

    show(in_house(work), as_json=as_json)


@app.command()
def block(host: Host, reason: Reason = "", as_json: AsJson = False) -> None:
    """Block an instance and its subdomains: nothing goes there, nothing is taken from there.

    Example: consilium peer block spam.example --reason "unsolicited mail"
    """

    async def work(house: House) -> dict[str, Any]:
        name = peer_host(host, house.settings)
        async with house.database.transaction() as session:
            return _outcome(await block_peer(session, name, decided_by=BY_COMMAND, reason=reason))

    show(in_house(work), as_json=as_json)


@app.command()
def confirm(
    host: Host,
    key: Annotated[
        str | None, typer.Option(help="The key that it must show, as multibase (z6Mk…).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Pin the keys that a clinical peer shows now, after it changed them.

    Example: consilium peer confirm saint-louis.example
    """

    async def work(house: House) -> dict[str, Any]:
        name = peer_host(host, house.settings)
        async with open_client(house, {name}) as client:
            outcome = await confirm_peer(
                house.database, client, name, decided_by=BY_COMMAND, key=key
            )
            return _outcome(outcome)

    show(in_house(work), as_json=as_json)


@app.command("list")
def list_all(as_json: AsJson = False) -> None:
    """List every decision.

    Example: consilium peer list --json
    """

    async def work(house: House) -> list[dict[str, Any]]:
        async with house.database.read() as session:
            return [_row(peer) for peer in await list_peers(session)]

    rows = in_house(work)
    if not as_json:
        columns = ("host", "class", "also", "authority", "registers", "key_changed_at", "reason")
        rows = [{name: row[name] for name in columns} for row in rows]
    show_list(rows, as_json=as_json, empty="No instance is listed yet.")


@app.command("show")
def show_one(host: Host, as_json: AsJson = False) -> None:
    """Show what was decided about an instance, and its keys.

    Example: consilium peer show saint-louis.example
    """

    async def work(house: House) -> dict[str, Any]:
        name = peer_host(host, house.settings)
        async with house.database.read() as session:
            peer = await find_peer(session, name)
        if peer is None:
            raise NotFound(f"{name} is not listed")
        return _row(peer)

    show(in_house(work), as_json=as_json)


@app.command()
def forget(host: Host, as_json: AsJson = False) -> None:
    """Take a decision back: the instance is again one that nobody decided about.

    Example: consilium peer forget saint-louis.example
    """

    async def work(house: House) -> dict[str, Any]:
        name = peer_host(host, house.settings)
        async with house.database.transaction() as session:
            await forget_peer(session, name, decided_by=BY_COMMAND)
        return {"host": name, "forgotten": True}

    show(in_house(work), as_json=as_json)


@app.command("self")
def show_self(as_json: AsJson = False) -> None:
    """Show our own instance actor and its key, for the administrators of other instances.

    Example: consilium peer self
    """

    async def work(house: House) -> dict[str, Any]:
        actor = await ensure_instance_actor(house.database)
        async with house.database.read() as session:
            keys = await list_public_keys(session, actor.id)
        own = [key.public_key for key in keys if key.algorithm == "ed25519"]
        return {"actor": actor.uri, "keys": own, "fingerprints": _fingerprints(own)}

    show(in_house(work), as_json=as_json)


def _outcome(outcome: Outcome) -> dict[str, Any]:
    row = _row(outcome.peer)
    if outcome.facts is not None:
        proposed = [host for host in outcome.facts.also if host not in outcome.peer.also]
        row["proposed_also"] = proposed
    if outcome.silence is not None:
        row["not_reached"] = outcome.silence
    if outcome.peer.peer_class is PeerClass.CLINICAL:
        row["pinned"] = outcome.peer.actor_uri is not None
        if outcome.peer.actor_uri is None:
            row["note"] = "pinned at first contact"
        elif outcome.peer.key_changed_at is not None:
            row["note"] = "its key changed: social until `consilium peer confirm`"
    return row


def _row(peer: Peer) -> dict[str, Any]:
    changed = peer.key_changed_at
    return {
        "host": peer.host,
        "class": peer.peer_class.value,
        "name": peer.name,
        "also": list(peer.also),
        "authority": peer.authority,
        "registers": list(peer.registers),
        "actor": peer.actor_uri,
        "keys": list(peer.pinned_keys),
        "fingerprints": _fingerprints(peer.pinned_keys),
        "seen_keys": [key for key in peer.seen_keys if key not in peer.pinned_keys],
        "key_changed_at": changed.isoformat(timespec="seconds") if changed else None,
        "reason": peer.reason,
        "updated_at": peer.updated_at.isoformat(timespec="seconds"),
    }


def _fingerprints(keys: Sequence[str]) -> list[str]:
    return [fingerprint(key) for key in keys]
