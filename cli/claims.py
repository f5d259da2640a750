"""`consilium doctor claims …`: claims to a badge, read and decided at the command line."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from actors.models import Actor
from actors.queries import get_actor
from cli.house import AsJson, House, in_house, number, printable, show, show_list
from core.clock import wire_time
from core.i18n import language_of
from db.paging import Page
from db.session import AsyncSession
from doctors.claims import WAITING, get_claim, list_claims
from doctors.codes import ENGLISH, profession_label, specialities_label
from doctors.deciding import Decision
from doctors.deciding import refuse as refuse_claim
from doctors.evidence import EvidenceItem, list_evidence
from doctors.matching import Match, word_finding
from doctors.models import Assurance, Claim, ClaimState
from doctors.queries import list_flagged
from doctors.registers.flagging import flag_in_words
from doctors.verifiers import COMMAND_LINE
from outbox.grant import send_grant

claim_app = typer.Typer(help="One claim to a badge.", no_args_is_help=True)
LISTED = 500

ClaimId = Annotated[str, typer.Argument(help="The claim's number, as `doctor claims` shows it.")]
Reason = Annotated[str, typer.Option(help="Why; kept, and read by the doctor.")]


@claim_app.callback()
def claim() -> None:
    """One claim to a badge."""


def claims(
    every: Annotated[bool, typer.Option("--all", help="Those that were decided, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the claims that wait for a verifier.

    Example: consilium doctor claims
    """
    states = tuple(ClaimState) if every else WAITING

    async def work(house: House) -> list[dict[str, Any]]:
        async with house.database.read() as session:
            found = await list_claims(session, states, Page(limit=LISTED))
        return [_row(one, actor) for one, actor in found]

    show_list(in_house(work), as_json=as_json, empty="No claims wait.")


@claim_app.command("show")
def show_claim(claim_id: ClaimId, as_json: AsJson = False) -> None:
    """Show a claim: what was said, what the register and the evidence say; no evidence is opened.

    Example: consilium doctor claim show 115
    """

    async def work(house: House) -> dict[str, Any]:
        async with house.database.read() as session:
            found = await get_claim(session, number(claim_id))
            return await _whole(session, found)

    show(in_house(work), as_json=as_json)


def grant(
    claim_id: ClaimId,
    reason: Reason,
    assurance: Annotated[
        Assurance | None, typer.Option(help="How well it is known; by default as proposed.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find a claim true: the badge is given; with four eyes, a second look is due.

    Example: consilium doctor grant 115 --reason "known to the medical director"
    """

    async def work(house: House) -> dict[str, Any]:
        async with house.database.transaction() as session:
            proposed = (await get_claim(session, number(claim_id))).proposed
            decision = await send_grant(
                session,
                number(claim_id),
                decided_by=COMMAND_LINE,
                reason=reason,
                assurance=assurance or proposed,
            )
            return _decided(decision)

    show(in_house(work), as_json=as_json)


def refuse(claim_id: ClaimId, reason: Reason, as_json: AsJson = False) -> None:
    """Find a claim unproven; its owner reads the reason.

    Example: consilium doctor refuse 115 --reason "the document is of another person"
    """

    async def work(house: House) -> dict[str, Any]:
        async with house.database.transaction() as session:
            decision = await refuse_claim(
                session, number(claim_id), decided_by=COMMAND_LINE, reason=reason
            )
            return _decided(decision)

    show(in_house(work), as_json=as_json)


def flagged(as_json: AsJson = False) -> None:
    """List who stands verified and has to be looked at again: their credential is not renewed.

    Example: consilium doctor flagged
    """

    async def work(house: House) -> list[dict[str, Any]]:
        async with house.database.read() as session:
            return [
                {
                    "username": actor.username if actor.is_local else actor.handle,
                    "register": standing.register_code,
                    "number": standing.number,
                    "flagged_at": wire_time(standing.flagged_at) if standing.flagged_at else None,
                    "why": flag_in_words(standing.flag_reason, ENGLISH),
                }
                for standing, actor in await list_flagged(session)
            ]

    show_list(in_house(work), as_json=as_json, empty="Nobody has to be looked at again.")


def _row(one: Claim, actor: Actor) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "username": actor.username,
        "state": one.state.value,
        "register": one.register_code,
        "number": printable(one.number),
        "profession": f"{one.profession} {profession_label(one.profession)}",
        "proposed": one.proposed.value,
        "made_at": wire_time(one.created_at),
    }


async def _whole(session: AsyncSession, found: Claim) -> dict[str, Any]:
    actor = await get_actor(session, found.actor_id)
    items = (await list_evidence(session, [found.id]))[found.id]
    match, language = Match.of(found.match), language_of(ENGLISH)
    return _row(found, actor) | {
        "account_name": printable(actor.name),
        "name": printable(f"{found.given_name} {found.family_name}"),
        "specialities": specialities_label(found.specialities),
        "workplace": printable(found.workplace),
        "remark": printable(found.remark),
        "highest": match.highest.value,
        "findings": [
            f"{one.verdict.value}: {printable(word_finding(one, language.gettext, ENGLISH))}"
            for one in match.findings
        ],
        "evidence": [_in_a_word(item) for item in items],
        "first_decided_by": found.first_decided_by,
        "first_reason": found.first_reason,
        "first_assurance": found.first_assurance.value if found.first_assurance else None,
        "decided_by": found.decided_by,
        "reason": found.reason,
    }


def _in_a_word(item: EvidenceItem) -> str:
    return f"{item.kind.value} {printable(item.name)} ({item.media_type}, {item.size} bytes)"


def _decided(decision: Decision) -> dict[str, Any]:
    given = decision.verification
    return {
        "username": decision.actor.username,
        "state": decision.claim.state.value,
        "assurance": given.assurance.value if given is not None else None,
        "reason": decision.claim.reason or decision.claim.first_reason,
        "ended": list(decision.ended),
    }
