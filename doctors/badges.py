"""A remote actor's badge, from the credentials that were found to hold and their status lists."""

from __future__ import annotations

from actors.models import Badge
from actors.queries import delete_badge, save_badge
from core.clock import now
from core.errors import InvalidDocument, Untrusted
from db.session import AsyncSession
from doctors import queries
from doctors.issue import badge_of
from doctors.issuers import believed_issuer
from doctors.models import Assurance, HeldCredential
from federation.documents.credential import read_credential, read_status_list
from federation.documents.lenient import read_document

LIST_SAYS_REVOKED = "the status list says that it is revoked"


async def rebuild_badge(session: AsyncSession, actor_id: int) -> Badge | None:
    """Write the best badge that an actor's held credentials give, or take the badge away.

    A doctor's counts before others, then the better assurance, then the one that lasts longer.
    """
    badges = []
    for held in await queries.list_held(session, actor_id):
        if held.problem is None and (badge := await _badge(session, held)) is not None:
            badges.append(badge)
    await session.flush()
    if not badges:
        await delete_badge(session, actor_id)
        return None
    best = max(badges, key=_rank)
    await save_badge(session, best)
    return best


def _rank(badge: Badge) -> tuple[bool, int, float]:
    return badge.is_doctor, Assurance(badge.assurance).rank, badge.valid_until.timestamp()


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
            held.revoked_at, held.problem = now(), LIST_SAYS_REVOKED
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
