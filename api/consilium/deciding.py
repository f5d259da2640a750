"""`/api/consilium/v1/verification`: what authorised verifiers read and decide.

Evidence is opened on the institution's pages only: no app of a verifier's gets at documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actors.models import Actor
from actors.queries import get_actor
from api.consilium.claims import reader_language
from api.entities.claim import claim_to_decide
from api.fields import path_id
from api.paging import read_page
from api.routing import Answer, Call, Door, Route
from core.errors import InvalidInput
from db.session import AsyncSession
from doctors import claims
from doctors.deciding import refuse
from doctors.evidence import list_evidence
from doctors.models import Assurance, Claim, ClaimState
from doctors.verifiers import verifier_of
from outbox.grant import send_grant

Json = dict[str, Any]


async def get_claims(call: Call) -> Answer:
    """List claims, newest first: those that wait, or those in the states asked for."""
    page = read_page(call.fields)
    states = _states(call.fields.texts("state"))
    async with call.services.database.read() as session:
        await verifier_of(session, call.me.actor)
        found = await claims.list_claims(session, states, page)
        body = await _shown(session, found, call)
    return call.page(page, body, [claim.id for claim, _ in found])


async def get_claim(call: Call, id: str) -> Json:
    """Show a claim with all that was compared."""
    async with call.services.database.read() as session:
        await verifier_of(session, call.me.actor)
        return await _one(session, await claims.get_claim(session, path_id(id)), call)


async def post_grant(call: Call, id: str) -> Json:
    """Find a claim true; with four eyes, the first time makes a second look due."""
    assurance = _assurance(call.fields.required("assurance"))
    async with call.services.database.transaction() as session:
        decision = await send_grant(
            session,
            path_id(id),
            decided_by=await verifier_of(session, call.me.actor),
            reason=call.fields.text("reason") or "",
            assurance=assurance,
        )
        return await _one(session, decision.claim, call)


async def post_refuse(call: Call, id: str) -> Json:
    """Find a claim unproven; its owner reads the reason."""
    async with call.services.database.transaction() as session:
        decision = await refuse(
            session,
            path_id(id),
            decided_by=await verifier_of(session, call.me.actor),
            reason=call.fields.text("reason") or "",
        )
        return await _one(session, decision.claim, call)


def _states(asked: Sequence[str]) -> list[ClaimState]:
    try:
        return [ClaimState(one) for one in asked] or list(claims.WAITING)
    except ValueError as error:
        raise InvalidInput("Validation failed: state is not included in the list") from error


def _assurance(asked: str) -> Assurance:
    try:
        return Assurance(asked)
    except ValueError as error:
        raise InvalidInput("Validation failed: assurance is not included in the list") from error


async def _one(session: AsyncSession, claim: Claim, call: Call) -> Json:
    actor = await get_actor(session, claim.actor_id)
    return (await _shown(session, [(claim, actor)], call))[0]


async def _shown(
    session: AsyncSession, found: Sequence[tuple[Claim, Actor]], call: Call
) -> list[Json]:
    items = await list_evidence(session, [claim.id for claim, _ in found])
    language = reader_language(call)
    return [claim_to_decide(claim, actor, items[claim.id], language) for claim, actor in found]


_BASE = "/api/consilium/v1/verification"
_READ, _WRITE = ("read:accounts",), ("write:accounts",)
ROUTES = (
    Route("GET", f"{_BASE}/claims", get_claims, Door.USER, _READ),
    Route("GET", f"{_BASE}/claims/<id>", get_claim, Door.USER, _READ),
    Route("POST", f"{_BASE}/claims/<id>/grant", post_grant, Door.USER, _WRITE),
    Route("POST", f"{_BASE}/claims/<id>/refuse", post_refuse, Door.USER, _WRITE),
)
