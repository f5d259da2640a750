"""`consilium invite …`: links by which people make an account."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.house import BY_COMMAND, AsJson, House, in_house, number, printable, show, show_list
from core.clock import wire_time
from core.settings import Signup
from federation.uris import local_uris
from users.invitations import (
    PATH,
    Listed,
    Terms,
    is_open,
    list_invitations,
    make_invitation,
    revoke_invitation,
)
from users.models import Invitation

app = typer.Typer(help="Links by which people make an account.", no_args_is_help=True)


@app.command("create")
def create(
    note: Annotated[str, typer.Option(help="Whom it is for; for those in charge.")] = "",
    email: Annotated[str, typer.Option(help="Let nobody in but who has this address.")] = "",
    uses: Annotated[int, typer.Option(help="For how many people; 0 for any number.")] = 1,
    days: Annotated[int, typer.Option(help="For how long.")] = 14,
    as_json: AsJson = False,
) -> None:
    """Make an invitation and print its link, which cannot be read back.

    Example: consilium invite create --note "residents of November" --uses 30 --days 7
    """

    async def work(house: House) -> dict[str, Any]:
        terms = Terms(note=note, email=email, max_uses=uses or None, days=days)
        async with house.database.transaction() as session:
            made, code = await make_invitation(
                session, terms, made_by=None, decided_by=BY_COMMAND
            )
        told = {"link": f"{local_uris(house.settings).base_url}{PATH}/{code}", **_row(made)}
        if house.settings.signup is Signup.CLOSED:
            told["caution"] = "sign-up is closed: the link opens nothing (CONSILIUM_SIGNUP)"
        return told

    show(in_house(work), as_json=as_json)


@app.command("list")
def list_all(as_json: AsJson = False) -> None:
    """List the invitations, newest first.

    Example: consilium invite list
    """

    async def work(house: House) -> list[dict[str, Any]]:
        async with house.database.read() as session:
            return [_listed(one) for one in await list_invitations(session)]

    show_list(in_house(work), as_json=as_json, empty="There are no invitations.")


@app.command("revoke")
def revoke(
    invitation: Annotated[str, typer.Argument(help="The id, as it is listed.")],
    as_json: AsJson = False,
) -> None:
    """Let nobody more in by an invitation; who came by it stays.

    Example: consilium invite revoke 7401022334455667788
    """

    async def work(house: House) -> dict[str, Any]:
        async with house.database.transaction() as session:
            found = await revoke_invitation(session, number(invitation), decided_by=BY_COMMAND)
        return _row(found)

    show(in_house(work), as_json=as_json)


def _listed(one: Listed) -> dict[str, Any]:
    return {**_row(one.invitation), "made_by": one.made_by or BY_COMMAND}


def _row(invitation: Invitation) -> dict[str, Any]:
    return {
        "id": str(invitation.id),
        "note": printable(invitation.note),
        "email": invitation.email,
        "uses": invitation.uses,
        "max_uses": invitation.max_uses,
        "expires_at": wire_time(invitation.expires_at),
        "open": is_open(invitation),
    }
