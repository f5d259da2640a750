"""Somebody's badge, from the credentials that were found to hold and their status lists."""

from __future__ import annotations

from actors.models import Actor, Badge
from actors.owed import owe_index
from actors.queries import delete_badge, find_actor, save_badge
from core.clock import now
from core.errors import InvalidDocument, Untrusted
from db.session import AsyncSession
from doctors import queries
from doctors.issue import badge_of, rank_of
from doctors.issuers import believed_issuer
from doctors.links import link_credentials
from doctors.models import HeldCredential, Verification
from doctors.offered import list_accepted_held
from doctors.reasons import Reason
from federation.documents.credential import read_credential, read_status_list
from federation.documents.lenient import read_document


async def rebuild_badge(
    session: AsyncSession, actor_id: int, *, tells: bool = True
) -> Badge | None:
    """Write the best badge that an actor's credentials give, or take the badge away.

    A doctor's counts before others, then the better assurance, then the one that lasts longer. Of
    somebody here, the credential that this instance issued counts beside those of authorities that
    were accepted, and their document names them from now on; `tells` owes its Update when it reads
    otherwise than before.
    """
    actor = await find_actor(session, actor_id)
    is_here = actor is not None and actor.is_local
    held = await (list_accepted_held if is_here else queries.list_held)(session, actor_id)
    found = [await _badge(session, one) for one in held if one.problem is None]
    own = await _own_badge(session, actor) if actor is not None and is_here else None
    await session.flush()
    before = _facts(await session.get(Badge, actor_id))
    best = max((one for one in [own, *found] if one is not None), key=rank_of, default=None)
    if best is None:
        await delete_badge(session, actor_id)
    else:
        await save_badge(session, best)
    await owe_index(session, actor_id)
    if actor is not None and is_here:
        await link_credentials(session, actor, best, own=own, tells=tells)
    if _facts(best) != before:
        await owe_index(session, actor_id)
    return best


def _facts(badge: Badge | None) -> tuple[str, str, str, bool] | None:
    """Return what somebody is found by; None without a badge."""
    if badge is None:
        return None
    specialities = " ".join(badge.specialities)
    return badge.name, badge.profession, specialities, badge.is_doctor


async def _own_badge(session: AsyncSession, actor: Actor) -> Badge | None:
    """Return the badge that the newest credential of this instance gives somebody here."""
    for issued in await queries.list_issued(session, actor.id):
        if issued.revoked_at is not None or issued.valid_until <= now():
            continue
        credential = read_credential(read_document(issued.document))
        issuer = await believed_issuer(session, credential.issuer)
        verification = await session.get_one(Verification, issued.verification_id)
        badge = badge_of(credential, actor_id=actor.id, issuer_name=issuer.name)
        badge.institution = verification.workplace or issuer.name
        return badge
    return None


async def _badge(session: AsyncSession, held: HeldCredential) -> Badge | None:
    """Return the badge of a credential without a problem, as long as its status is known."""
    is_whole = held.document and held.issuer_uri and held.status_list_uri
    if not is_whole or held.valid_until is None or held.valid_until <= now():
        return None
    status_list = await queries.find_held_list(session, held.status_list_uri or "")
    if status_list is None or status_list.issuer_uri != held.issuer_uri:
        return None
    if status_list.valid_until <= now():
        return None
    try:
        issuer = await believed_issuer(session, held.issuer_uri or "")
        bits = read_status_list(read_document(status_list.document))
        if bits.is_set(held.status_index or 0):
            held.revoked_at, held.problem = now(), Reason.LIST_SAYS_REVOKED
            return None
    except (Untrusted, InvalidDocument) as error:
        held.problem = str(error)[:500]
        return None
    credential = read_credential(read_document(held.document or b""))
    badge = badge_of(credential, actor_id=held.actor_id, issuer_name=issuer.name)
    badge.credential_uri, badge.issuer_uri = held.uri, issuer.uri
    badge.valid_until = min(held.valid_until, status_list.valid_until)
    badge.status_checked_at = status_list.fetched_at
    return badge
