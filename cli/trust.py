"""`consilium trust-list …`: other instances' lists of issuers, compared before they are applied."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.house import BY_COMMAND, AsJson, House, in_house, open_client, show, show_list
from cli.peers import Host
from core.clock import wire_time
from doctors import trust_subscriptions as trust
from doctors.models import TrustSubscription
from doctors.peers import fingerprint
from doctors.pinning import peer_host

app = typer.Typer(help="Trust lists that this instance follows.", no_args_is_help=True)


@app.command()
def subscribe(host: Host, as_json: AsJson = False) -> None:
    """Follow a clinical peer's trust list, or read it again; nothing is applied yet.

    Example: consilium trust-list subscribe ordre.example
    """

    async def work(house: House) -> list[dict[str, Any]]:
        name = peer_host(host, house.settings)
        async with open_client(house, {name}) as client:
            await trust.subscribe(house.database, client, name, decided_by=BY_COMMAND)
        return await _changes(house, name)

    show_list(in_house(work), as_json=as_json, empty="It says nothing that is not so already.")


@app.command("list")
def list_lists(as_json: AsJson = False) -> None:
    """List the trust lists that are followed, and what waits.

    Example: consilium trust-list list
    """

    async def work(house: House) -> list[dict[str, Any]]:
        async with house.database.read() as session:
            return [_row(one) for one in await trust.list_subscriptions(session)]

    show_list(in_house(work), as_json=as_json, empty="No trust list is followed.")


@app.command()
def changes(host: Host, as_json: AsJson = False) -> None:
    """Show what applying a list would change: compare new fingerprints by telephone.

    Example: consilium trust-list changes ordre.example
    """

    async def work(house: House) -> list[dict[str, Any]]:
        return await _changes(house, peer_host(host, house.settings))

    show_list(in_house(work), as_json=as_json, empty="Nothing waits.")


@app.command()
def apply(
    host: Host,
    seen: Annotated[
        str, typer.Option(help="The mark of what you looked at, as `changes` shows it.")
    ],
    as_json: AsJson = False,
) -> None:
    """Trust, and end trust, as a list says; who is blocked here stays blocked.

    Example: consilium trust-list apply ordre.example --seen 4f2a90c1b7d3
    """

    async def work(house: House) -> dict[str, Any]:
        name = peer_host(host, house.settings)
        async with house.database.transaction() as session:
            subscription = await trust.get_subscription(session, name)
            done = await trust.apply_changes(
                session, subscription, seen=seen, decided_by=BY_COMMAND
            )
        return {"host": name, "trusted": done.trusted, "ended": done.ended}

    show(in_house(work), as_json=as_json)


@app.command()
def unsubscribe(host: Host, as_json: AsJson = False) -> None:
    """Follow a list no more; who is trusted because of it stays so.

    Example: consilium trust-list unsubscribe ordre.example
    """

    async def work(house: House) -> dict[str, Any]:
        name = peer_host(host, house.settings)
        async with house.database.transaction() as session:
            await trust.unsubscribe(session, name, decided_by=BY_COMMAND)
        return {"host": name, "followed": False}

    show(in_house(work), as_json=as_json)


async def _changes(house: House, host: str) -> list[dict[str, Any]]:
    async with house.database.read() as session:
        subscription = await trust.get_subscription(session, host)
        found = await trust.list_changes(session, subscription)
    return [
        {
            "change": change.kind,
            "host": change.host,
            "id": change.id,
            "registers": (change.after or {}).get("registers", []),
            "registers_before": (change.before or {}).get("registers", []),
            "keys": [fingerprint(key) for key in (change.after or {}).get("keys", [])],
            "keys_before": [fingerprint(key) for key in (change.before or {}).get("keys", [])],
            "why": change.why,
            "seen": trust.mark_of(subscription),
        }
        for change in found
    ]


def _row(subscription: TrustSubscription) -> dict[str, Any]:
    return {
        "host": subscription.host,
        "issuers": len(subscription.applied),
        "waiting": subscription.proposed is not None,
        "checked_at": wire_time(subscription.checked_at) if subscription.checked_at else None,
        "applied_at": wire_time(subscription.applied_at) if subscription.applied_at else None,
        "applied_by": subscription.applied_by,
        "problem": subscription.problem,
    }
