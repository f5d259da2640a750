"""`consilium peer …`: other instances, and what we decide about them (WIRE §2)."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from actors.instance_actor import ensure_instance_actor
from actors.queries import list_public_keys
from cli.house import BY_COMMAND, AsJson, House, in_house, open_client, show, show_list
from cli.peer_lists import export_list, import_list
from cli.peer_rows import columns_of, counting, fingerprints, outcome_row, peer_row
from core.errors import NotFound
from doctors.peers import (
    Decision,
    allow_peer,
    block_peer,
    confirm_peer,
    forget_peer,
    limit_peer,
)
from doctors.pinning import peer_host, peer_name
from moderation.models import PeerClass
from moderation.queries import find_peer, list_peers
from moderation.restrictions import Restrictions

app = typer.Typer(help="Other instances: who may hear what.", no_args_is_help=True)
app.command("export")(export_list)
app.command("import")(import_list)

Host = Annotated[str, typer.Argument(help="host[:port] of the other instance.")]
Name = Annotated[str, typer.Argument(help="host[:port], or a pattern: '*.example', '*'.")]
Reason = Annotated[str, typer.Option(help="Why, for those who come after you.")]
PublicReason = Annotated[str | None, typer.Option(help="Why, for everybody to read.")]
RejectMedia = Annotated[
    bool | None,
    typer.Option("--reject-media/--no-reject-media", help="Take no pictures and emojis of it."),
]
RejectReports = Annotated[
    bool | None,
    typer.Option("--reject-reports/--no-reject-reports", help="Ignore its reports."),
]
ForceWarning = Annotated[
    bool | None,
    typer.Option("--force-warning/--no-force-warning", help="Fold its posts behind a warning."),
]
Hold = Annotated[
    bool | None,
    typer.Option("--hold/--no-hold", help="What it says waits for a moderator."),
]
Rate = Annotated[
    int | None,
    typer.Option(help="Activities a minute that are taken of it; 0 for the usual.", min=0),
]


@app.command()
def allow(
    host: Name,
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
    reject_media: RejectMedia = None,
    reject_reports: RejectReports = None,
    force_warning: ForceWarning = None,
    hold: Hold = None,
    rate: Rate = None,
    public_reason: PublicReason = None,
    as_json: AsJson = False,
) -> None:
    """List an instance and pin its instance actor's key; compare the fingerprint by telephone.

    What is taken of it (media, reports …) stays as it was decided before where you do not say.

    Example: consilium peer allow saint-louis.example --class clinical
    """
    wanted = Restrictions(
        reject_media, reject_reports, force_warning, hold, rate=rate, public_reason=public_reason
    )

    async def work(house: House) -> dict[str, Any]:
        decision = Decision(
            host=peer_name(host, house.settings),
            peer_class=peer_class,
            decided_by=BY_COMMAND,
            also=tuple(peer_host(one, house.settings) for one in also or ()),
            authority=authority,
            registers=tuple(code.strip() for code in registers.split(",") if code.strip()),
            reason=reason,
            restrictions=wanted,
        )
        async with open_client(house, {decision.host, *decision.also}) as client:
            outcome = await allow_peer(house.database, client, decision)
        return await outcome_row(house, outcome)

    show(in_house(work), as_json=as_json)


@app.command()
def block(
    host: Name,
    reason: Reason = "",
    public_reason: PublicReason = None,
    as_json: AsJson = False,
) -> None:
    """Block an instance and its subdomains: nothing goes there, nothing is taken from there.

    Example: consilium peer block '*.spam.example' --reason "unsolicited mail"
    """

    async def work(house: House) -> dict[str, Any]:
        async with house.database.transaction() as session:
            outcome = await block_peer(
                session,
                peer_name(host, house.settings),
                decided_by=BY_COMMAND,
                reason=reason,
                restrictions=Restrictions(public_reason=public_reason),
            )
        return await outcome_row(house, outcome)

    show(in_house(work), as_json=as_json)


@app.command()
def limit(
    host: Name,
    reason: Reason = "",
    reject_media: RejectMedia = None,
    reject_reports: RejectReports = None,
    force_warning: ForceWarning = None,
    hold: Hold = None,
    rate: Rate = None,
    public_reason: PublicReason = None,
    as_json: AsJson = False,
) -> None:
    """Decide what is taken of an instance; whether we talk to it stays as it is.

    Example: consilium peer limit noisy.example --hold --rate 30
    """
    wanted = Restrictions(
        reject_media, reject_reports, force_warning, hold, rate=rate, public_reason=public_reason
    )

    async def work(house: House) -> dict[str, Any]:
        async with house.database.transaction() as session:
            outcome = await limit_peer(
                session,
                peer_name(host, house.settings),
                decided_by=BY_COMMAND,
                restrictions=wanted,
                reason=reason,
            )
        return await outcome_row(house, outcome)

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
        return await outcome_row(house, outcome)

    show(in_house(work), as_json=as_json)


@app.command("list")
def list_all(as_json: AsJson = False) -> None:
    """List every decision.

    Example: consilium peer list --json
    """

    async def work(house: House) -> list[dict[str, Any]]:
        async with house.database.read() as session:
            return [peer_row(peer) for peer in await list_peers(session)]

    rows = in_house(work)
    if not as_json:
        rows = [{name: row[name] for name in columns_of(rows)} for row in rows]
    show_list(rows, as_json=as_json, empty="No instance is listed yet.")


@app.command("show")
def show_one(host: Name, as_json: AsJson = False) -> None:
    """Show what was decided about an instance, what it counts as, and its keys.

    Example: consilium peer show saint-louis.example
    """

    async def work(house: House) -> dict[str, Any]:
        name = peer_name(host, house.settings)
        async with house.database.read() as session:
            peer = await find_peer(session, name)
        if peer is None:
            raise NotFound(f"{name} is not listed")
        return peer_row(peer) | await counting(house, peer)

    show(in_house(work), as_json=as_json)


@app.command()
def forget(host: Name, as_json: AsJson = False) -> None:
    """Take a decision back: the instance is again one that nobody decided about.

    Example: consilium peer forget saint-louis.example
    """

    async def work(house: House) -> dict[str, Any]:
        name = peer_name(host, house.settings)
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
        return {"actor": actor.uri, "keys": own, "fingerprints": fingerprints(own)}

    show(in_house(work), as_json=as_json)
