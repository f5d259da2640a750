"""`consilium doctor vouch` and `refused`: an authority's word for others; what was not believed."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from actors.remote import resolve_handle
from cli.house import BY_COMMAND, AsJson, House, in_house, open_client, printable, show, show_list
from core.clock import wire_time
from core.errors import InvalidInput
from db.paging import Page
from doctors.queries import list_refused
from federation.uris import handle_parts
from inbox.refused import list_refused_posts
from moderation.models import PeerClass
from moderation.policy import may_talk_to
from moderation.queries import list_peers
from outbox.offer import send_vouching

MOST_REFUSED = 200
_SPOKEN_TO = frozenset({PeerClass.SOCIAL, PeerClass.CLINICAL})


def vouch(
    handle: Annotated[str, typer.Argument(help="Somebody of another host: a.martin@chu.example.")],
    register: Annotated[str, typer.Option(help="The register: FR-RPPS.")],
    number: Annotated[str, typer.Option(help="Their number in it.")],
    as_json: AsJson = False,
) -> None:
    """As an authority, verify somebody of another instance and offer them the credential.

    They show it once they accept it; others believe it who list this instance as an authority.

    Example: consilium doctor vouch a.martin@chu.example --register FR-RPPS --number 99900000018
    """

    async def work(house: House) -> dict[str, Any]:
        domain = handle_parts(handle)[1]
        if domain is None:
            raise InvalidInput(f"{handle} has no host: people here are verified instead")
        async with house.database.read() as session:
            if not await may_talk_to(session, domain):
                raise InvalidInput(f"{domain} is no peer: nothing can be offered to {handle}")
            peers = [peer for peer in await list_peers(session) if peer.peer_class in _SPOKEN_TO]
        async with open_client(house, {domain, *(peer.host for peer in peers)}) as client:
            subject = await resolve_handle(house.database, client, handle)
        async with house.database.transaction() as session:
            standing = await send_vouching(
                session, subject, register=register, number=number, decided_by=BY_COMMAND
            )
        return {
            "handle": subject.handle,
            "register": standing.register_code,
            "number": standing.number,
            "verified_as": standing.name,
            "assurance": standing.assurance.value,
            "offered": True,
        }

    show(in_house(work), as_json=as_json)


def refused(
    posts: Annotated[
        bool, typer.Option("--posts", help="What others wrote to the doctors and was not let in.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the credentials that give no badge, and why; with --posts, the posts refused for it.

    Example: consilium doctor refused --json
    """

    async def work(house: House) -> list[dict[str, Any]]:
        page = Page(limit=MOST_REFUSED)
        async with house.database.read() as session:
            if posts:
                return [
                    {
                        "sender": one.sender.uri,
                        "reason": printable(one.reason),
                        "received_at": wire_time(one.received_at),
                    }
                    for one in await list_refused_posts(session, page)
                ]
            return [
                {
                    "handle": one.actor.handle,
                    "credential": one.uri,
                    "reason": printable(one.reason),
                    "checked_at": wire_time(one.checked_at),
                }
                for one in await list_refused(session, page)
            ]

    show_list(in_house(work), as_json=as_json, empty="Nothing was refused.")
