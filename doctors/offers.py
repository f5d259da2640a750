"""What authorities offer to people here: kept, judged before it is shown, accepted or declined."""

from __future__ import annotations

from dataclasses import dataclass

from actors.models import Actor
from actors.queries import find_actor, find_actor_by_uri
from core.clock import now
from core.errors import InvalidDocument, InvalidInput, NotFound
from db.session import AsyncSession, settings_of
from doctors import offered, queries
from doctors.badges import rebuild_badge
from doctors.jobs import owe_judgement
from doctors.models import CredentialOffer, HeldCredential, IssuedCredential, OfferState
from federation.documents.credential import CredentialDocument, read_credential
from federation.documents.lenient import read_document
from federation.uris import local_uris
from moderation.audit import record

# An authority that offers more to one doctor is not taken seriously.
MAX_OPEN = 10
BY_RENEWAL = "renewal"


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer that was judged and holds: what it says, and who says it."""

    offer: CredentialOffer
    credential: CredentialDocument
    issuer_name: str


async def save_offer(
    session: AsyncSession, actor: Actor, *, uri: str, issuer_uri: str, credential_uri: str
) -> CredentialOffer:
    """Keep an offer to somebody here, to be judged before they are shown it.

    Raises InvalidInput while too many of the same issuer wait for their answer.
    """
    waiting = [
        offer
        for offer in await offered.list_offers(session, actor.id)
        if offer.issuer_uri == issuer_uri and offer.state is OfferState.OPEN
    ]
    if len(waiting) >= MAX_OPEN:
        raise InvalidInput(f"{actor.uri} has {len(waiting)} offers of {issuer_uri} to answer first")
    offer = CredentialOffer(
        uri=uri, actor_id=actor.id, issuer_uri=issuer_uri, credential_uri=credential_uri
    )
    session.add(offer)
    await session.flush()
    await owe_judgement(session, offer.id)
    return offer


async def list_offered(session: AsyncSession, actor_id: int) -> list[Offered]:
    """Return what somebody here may accept, or has accepted, newest first; only what holds."""
    found = []
    for offer in await offered.list_offers(session, actor_id):
        if (one := await _read(session, offer)) is not None:
            found.append(one)
    return found


async def get_offered(session: AsyncSession, actor_id: int, offer_id: int) -> Offered:
    """Return one of somebody's own offers, by our number for it.

    Raises NotFound for another's, a declined one, and one that does not hold.
    """
    offer = await offered.find_offer(session, offer_id)
    is_theirs = offer is not None and offer.actor_id == actor_id
    if offer is None or not is_theirs or offer.state is OfferState.DECLINED:
        raise NotFound("there is no such offer")
    found = await _read(session, offer)
    if found is None:
        raise NotFound("there is no such offer")
    return found


async def _read(session: AsyncSession, offer: CredentialOffer) -> Offered | None:
    held = await queries.find_held(session, offer.credential_uri)
    if held is None or not _holds(held, offer):
        return None
    credential = read_credential(read_document(held.document or b""))
    peer = await queries.find_issuing_peer(session, offer.issuer_uri)
    issuer = await find_actor_by_uri(session, offer.issuer_uri)
    names = (peer.name if peer else "", issuer.name if issuer else "", offer.issuer_uri)
    return Offered(offer, credential, next(name for name in names if name))


def _holds(held: HeldCredential, offer: CredentialOffer) -> bool:
    if held.document is None or held.valid_until is None or held.problem is not None:
        return False
    is_theirs = held.actor_id == offer.actor_id and held.issuer_uri == offer.issuer_uri
    return is_theirs and held.valid_until > now()


async def accept_offer(session: AsyncSession, actor: Actor, found: Offered, *, by: str) -> None:
    """Let an offered credential count for somebody here from now on, and their document name it.

    It takes the place of earlier ones by the same issuer for the same register. Done twice, it does
    nothing more.
    """
    if found.offer.state is OfferState.ACCEPTED:
        return
    for earlier in await _like_it(session, found):
        await offered.forget_offer(session, earlier)
    found.offer.state, found.offer.answered_at = OfferState.ACCEPTED, now()
    await session.flush()
    await rebuild_badge(session, actor.id)
    await _record(session, actor, found.offer, action="offer.accept", by=by)


async def decline_offer(session: AsyncSession, actor: Actor, offer: CredentialOffer) -> None:
    """Take an offer, or what was accepted before, as not wanted: it counts for nothing here."""
    if offer.state is OfferState.DECLINED:
        return
    offer.state, offer.answered_at = OfferState.DECLINED, now()
    held = await queries.find_held(session, offer.credential_uri)
    await session.flush()
    await rebuild_badge(session, actor.id)
    if held is not None and held.actor_id == actor.id and held.revoked_at is None:
        await session.delete(held)
        await session.flush()
    await _record(session, actor, offer, action="offer.decline", by=f"@{actor.username}")


async def renews(session: AsyncSession, found: Offered) -> bool:
    """Tell whether an offer only goes on with what was accepted: same issuer, same register."""
    if found.offer.state is not OfferState.OPEN:
        return False
    earlier = await _like_it(session, found)
    return any(offer.state is OfferState.ACCEPTED for offer in earlier)


async def _like_it(session: AsyncSession, found: Offered) -> list[CredentialOffer]:
    """Return earlier offers of the same issuer to the same person for the same register.

    What has run out meanwhile is among them, what was revoked is not.
    """
    mine = found.offer
    others = [
        offer
        for offer in await offered.list_offers(session, mine.actor_id)
        if offer.id < mine.id and offer.issuer_uri == mine.issuer_uri
    ]
    register = found.credential.register
    return [offer for offer in others if await _register_of(session, offer) == register]


async def _register_of(session: AsyncSession, offer: CredentialOffer) -> str | None:
    held = await queries.find_held(session, offer.credential_uri)
    if held is None or held.document is None or held.revoked_at is not None:
        return None
    try:
        return read_credential(read_document(held.document)).register
    except InvalidDocument:
        return None


async def _record(
    session: AsyncSession, actor: Actor, offer: CredentialOffer, *, action: str, by: str
) -> None:
    await record(
        session,
        actor=by,
        action=action,
        subject=actor.username,
        detail={"credential": offer.credential_uri, "issuer": offer.issuer_uri},
    )


async def note_own_offer(
    session: AsyncSession, subject: Actor, issued: IssuedCredential, *, uri: str
) -> None:
    """Remember that a credential of ours was offered to somebody of another host."""
    uris = local_uris(settings_of(session))
    if await offered.find_offer_by_uri(session, uri) is not None:
        return
    offer = CredentialOffer(
        uri=uri,
        actor_id=subject.id,
        issuer_uri=uris.instance_actor,
        credential_uri=uris.credential(issued.id),
    )
    session.add(offer)
    await session.flush()


async def find_own_offer(
    session: AsyncSession, uri: str, *, subject: Actor
) -> CredentialOffer | None:
    """Return the offer of ours, by its activity's id, that was made to this actor."""
    offer = await offered.find_offer_by_uri(session, uri)
    own = local_uris(settings_of(session)).instance_actor
    if offer is None or offer.issuer_uri != own or offer.actor_id != subject.id:
        return None
    return offer


async def note_answer(session: AsyncSession, offer: CredentialOffer, state: OfferState) -> bool:
    """Note what somebody elsewhere answered to an offer of ours; False when it was known."""
    if offer.state is state:
        return False
    offer.state, offer.answered_at = state, now()
    await session.flush()
    return True


async def find_owner(session: AsyncSession, offer: CredentialOffer) -> Actor | None:
    """Return whom an offer was made to, None when they are gone or suspended."""
    actor = await find_actor(session, offer.actor_id)
    gone = actor is None or actor.deleted_at is not None or actor.suspended_at is not None
    return None if gone else actor


async def get_issuer(session: AsyncSession, offer: CredentialOffer) -> Actor:
    """Return the instance actor that made an offer; raises NotFound when it is not known."""
    issuer = await find_actor_by_uri(session, offer.issuer_uri)
    if issuer is None:
        raise NotFound(f"{offer.issuer_uri}: it is not known here")
    return issuer
