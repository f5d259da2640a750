"""`consilium doctor …`: verifying accounts against a register, and taking that back."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from actors.models import Actor, Badge
from actors.queries import find_actor_by_handle, find_badges
from cli.authority import refused, vouch
from cli.claims import claim_app, claims, flagged, grant, refuse
from cli.house import BY_COMMAND, AsJson, House, in_house, show, show_list
from core.clock import wire_time
from core.errors import NotFound
from db.session import AsyncSession, settings_of
from doctors import queries
from doctors.codes import ENGLISH, profession_label, specialities_label
from doctors.models import Verification
from doctors.registers.flagging import flag_in_words
from doctors.verification import verify as verify_account
from federation.uris import handle_parts, local_uris
from outbox.revoke import send_revocation
from outbox.update import send_update_actor

app = typer.Typer(help="Doctors: verified, shown, revoked.", no_args_is_help=True)

Username = Annotated[str, typer.Argument(help="The name before the @ of an account here.")]


@app.command()
def verify(
    username: Username,
    register: Annotated[str, typer.Option(help="The register: FR-RPPS.")],
    number: Annotated[str, typer.Option(help="Their number in it.")],
    profession: Annotated[
        str | None,
        typer.Option(help="Code of the profession that they claim; by default their profile's."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare an account with its register entry, record the decision, issue the credential.

    Example: consilium doctor verify a.martin --register FR-RPPS --number 99900000018
    """

    async def work(house: House) -> dict[str, Any]:
        async with house.database.transaction() as session:
            actor = await _get(session, username)
            await verify_account(
                session,
                actor,
                register=register,
                number=number,
                decided_by=BY_COMMAND,
                profession=profession,
            )
            await send_update_actor(session, actor)
            return await _shown(session, actor)

    _print(in_house(work), as_json=as_json)


@app.command("show")
def show_doctor(
    username: Annotated[str, typer.Argument(help="An account here, or a handle of elsewhere.")],
    as_json: AsJson = False,
) -> None:
    """Show how an account is verified, on what evidence; for one of elsewhere, why it has no badge.

    Example: consilium doctor show a.martin
    """

    async def work(house: House) -> dict[str, Any]:
        async with house.database.read() as session:
            return await _shown(session, await _get(session, username))

    _print(in_house(work), as_json=as_json)


@app.command()
def revoke(
    username: Username,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit log.")],
    as_json: AsJson = False,
) -> None:
    """Take a verification back: badge and credential end here at once, everywhere within minutes.

    Example: consilium doctor revoke a.martin --reason "left the hospital"
    """

    async def work(house: House) -> dict[str, Any]:
        async with house.database.transaction() as session:
            actor = await _get(session, username)
            revoked = await send_revocation(
                session, actor, decided_by=BY_COMMAND, reason=reason
            )
        return {"username": actor.username, "revoked": revoked, "reason": reason}

    show(in_house(work), as_json=as_json)


@app.command("list")
def list_doctors(as_json: AsJson = False) -> None:
    """List all accounts that stand verified.

    Example: consilium doctor list --json
    """

    async def work(house: House) -> list[dict[str, Any]]:
        async with house.database.read() as session:
            verified = await queries.list_verified(session)
            badges = await find_badges(session, [actor.id for _, actor in verified])
        return [_row(standing, actor, badges.get(actor.id)) for standing, actor in verified]

    show_list(in_house(work), as_json=as_json, empty="Nobody is verified yet.")


def _print(shown: dict[str, Any], *, as_json: bool) -> None:
    if not as_json and "evidence" in shown:
        shown = shown | {"evidence": _in_words(shown["evidence"])}
    show(shown, as_json=as_json)


def _in_words(evidence: dict[str, Any]) -> str:
    told = [f"{one['kind']} ({one['type']})" for one in evidence.get("evidence", ())]
    if "entry" in evidence:
        edition, entry = evidence["edition"], evidence["entry"]
        facts = (entry["family_name"], entry["given_name"], entry["workplace"], entry["town"])
        listed = ", ".join(fact for fact in facts if fact)
        told.insert(0, f"{listed} (in {edition['file'] or entry['source']})")
    return "; ".join(told)


async def _get(session: AsyncSession, name: str) -> Actor:
    uris = local_uris(settings_of(session))
    username, domain = handle_parts(name)
    is_own = domain in (None, uris.handle_domain, uris.host)
    actor = await find_actor_by_handle(session, username, None if is_own else domain)
    if actor is None or actor.deleted_at is not None:
        raise NotFound(f"there is no account {name[:100]!r}")
    return actor


async def _shown(session: AsyncSession, actor: Actor) -> dict[str, Any]:
    badge = (await find_badges(session, [actor.id])).get(actor.id)
    if not actor.is_local:
        return _remote(actor, badge, await queries.list_held(session, actor.id))
    standing = await queries.find_verification(session, actor.id)
    if standing is None:
        return {"username": actor.username, "verified": False}
    uris = local_uris(settings_of(session))
    issued = await queries.list_issued(session, actor.id)
    return _row(standing, actor, badge) | {
        "verified_as": standing.name,
        "decided_by": standing.decided_by,
        "evidence": standing.evidence,
        "credentials": [
            uris.credential(one.id) for one in issued if one.revoked_at is None
        ],
        "renewed_on": wire_time(issued[0].renew_at) if issued else None,
    }


def _row(standing: Verification, actor: Actor, badge: Badge | None) -> dict[str, Any]:
    return {
        "username": actor.username if actor.is_local else actor.handle,
        "verified": True,
        "flagged": flag_in_words(standing.flag_reason, ENGLISH) or None,
        "register": standing.register_code,
        "number": standing.number,
        "profession": f"{standing.profession} {profession_label(standing.profession)}",
        "specialities": specialities_label(badge.specialities) if badge else "",
        "assurance": standing.assurance.value,
        "is_doctor": badge is not None and badge.is_doctor,
        "verified_at": wire_time(standing.decided_at),
        "valid_until": wire_time(badge.vouched_until) if badge else None,
    }


def _remote(actor: Actor, badge: Badge | None, held: list[Any]) -> dict[str, Any]:
    return {
        "handle": actor.handle,
        "verified": badge is not None,
        "issuer": badge.issuer_uri if badge else None,
        "profession": f"{badge.profession} {badge.profession_label}" if badge else None,
        "specialities": badge.specialities_label if badge else "",
        "is_doctor": badge is not None and badge.is_doctor,
        "valid_until": wire_time(badge.vouched_until) if badge else None,
        "status_checked_at": wire_time(badge.status_checked_at) if badge else None,
        "credentials": [queries.address_of(one) for one in held],
        "problems": [f"{queries.address_of(one)}: {one.problem}" for one in held if one.problem],
    }


for command in (claims, grant, refuse, flagged):
    app.command()(command)
app.add_typer(claim_app, name="claim")
app.command()(vouch)
app.command()(refused)
