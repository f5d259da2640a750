"""Looks up what a claim is held against, compares, and keeps the result with the claim."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from actors.queries import find_actor
from core.clock import wire_time
from db.session import AsyncSession, Database, settings_of
from doctors import claim_queries
from doctors.matching import Facts, Match, compare, is_strong
from doctors.models import Claim, EvidenceKind, RegisterEntry
from doctors.queries import find_other_holder
from doctors.registers import register_of
from doctors.registers.entries import find_entry, find_import, last_import
from doctors.registers.look_up import look_up
from doctors.sealing import Unreadable, unseal
from doctors.sign_on_facts import SignOnFacts, read_sign_on
from federation.client import Client


async def match_claim(session: AsyncSession, claim: Claim) -> Match:
    """Compare a claim with all that is known by now; keep the result and what it proposes."""
    entry = await find_entry(session, claim.register_code, claim.number)
    match = compare(claim, await _gather(session, claim, entry))
    claim.match, claim.proposed = match.as_json(), match.proposed
    await session.flush()
    return match


async def compare_anew(database: Database, client: Client, payload: Mapping[str, Any]) -> None:
    """Ask the register's own directory for a claim's number, then compare anew: the job."""
    claim_id = int(payload["claim_id"])
    async with database.read() as session:
        claim = await claim_queries.find_claim(session, claim_id)
    if claim is None or claim.state not in claim_queries.WAITING:
        return
    if register_of(claim.register_code).has_directory:
        await look_up(database, client, claim.number)
    async with database.transaction() as session:
        claim = await claim_queries.lock_claim(session, claim_id)
        if claim is not None and claim.state in claim_queries.WAITING:
            await match_claim(session, claim)


async def _gather(session: AsyncSession, claim: Claim, entry: RegisterEntry | None) -> Facts:
    actor = await find_actor(session, claim.actor_id)
    code, number, actor_id = claim.register_code, claim.number, claim.actor_id
    holder = await find_other_holder(session, code, number, actor_id)
    rival = await claim_queries.find_rival(session, code, number, actor_id)
    return Facts(
        account_name=actor.name if actor is not None else "",
        entry=entry,
        cited=await cite(session, code, entry),
        holder=holder.username if holder is not None else None,
        rival=rival.username if rival is not None else None,
        documents=await claim_queries.count_evidence(session, claim.id, EvidenceKind.FILE),
        sign_ons=await list_sign_ons(session, claim),
        strong_issuers=settings_of(session).strong_issuers,
    )


async def cite(session: AsyncSession, code: str, entry: RegisterEntry | None) -> str | None:
    """Return where a register's entries come from and of when; None where there are none here."""
    if entry is not None and entry.fetched_at is not None:
        return f"{code}, {entry.fetched_at:%Y-%m-%d}"
    edition = await find_import(session, entry.edition_id) if entry is not None else None
    edition = edition or await last_import(session, code)
    if edition is None:
        return None
    moment = edition.finished_at or edition.started_at
    return f"{code}, {edition.edition_date or wire_time(moment)[:10]}"


async def list_strong(session: AsyncSession, claim: Claim) -> list[SignOnFacts]:
    """Return what those providers vouched for that know numbers of registers."""
    strong = settings_of(session).strong_issuers
    return [one for one in await list_sign_ons(session, claim) if is_strong(one, strong)]


async def list_sign_ons(session: AsyncSession, claim: Claim) -> list[SignOnFacts]:
    """Return what identity providers vouched for in a claim; what does not open is left out."""
    secret = settings_of(session).secret
    found = []
    for kept in await claim_queries.list_sealed(session, claim.id, EvidenceKind.SIGN_ON):
        try:
            said = orjson.loads(unseal(secret, kept.sealed, evidence_id=kept.id))
        except Unreadable:
            continue
        found.append(read_sign_on(kept.name, said))
    return found
