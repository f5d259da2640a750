"""Our own credentials: signed by the instance actor, renewed in good standing."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import orjson

from actors.instance_actor import get_instance_actor
from actors.keyring import private_keys
from actors.models import Actor, Badge
from actors.owed import owe_index
from actors.queries import find_actor, find_badges, find_extension, save_badge, save_extension
from core.clock import now
from core.ids import new_id
from core.logging import get_logger
from db.session import AsyncSession, settings_of
from doctors import queries
from doctors.codes import PHYSICIAN, profession_label, specialities_label, words_of_badge
from doctors.models import Assurance, IssuedCredential, Verification
from doctors.names import is_person
from doctors.registers import register_of
from doctors.standing import find_departure
from doctors.status_list import take_index
from federation.documents.credential import CredentialDocument, write_credential
from federation.proofs import sign_document
from federation.uris import local_uris

VALID_FOR = timedelta(days=90)
RENEWED_AFTER_DAYS = (60.0, 75.0)
RENEWED_A_TIME = 100
ASK_AGAIN_AFTER = timedelta(days=1)
log = get_logger(__name__)


def makes_a_doctor(profession: str, assurance: Assurance) -> bool:
    """Tell whether a credential makes its subject a verified doctor (WIRE §5)."""
    return profession == PHYSICIAN and assurance.rank >= Assurance.REGISTER_MATCH.rank


async def issue_credential(
    session: AsyncSession, verification: Verification, actor: Actor
) -> IssuedCredential:
    """Sign a credential for who was verified; of somebody here, link it and write the badge.

    Who lives elsewhere is offered it (`outbox/offer.py`), and shows it if they accept.
    """
    moment = now().replace(microsecond=0)
    settings = settings_of(session)
    uris = local_uris(settings)
    number, index = await take_index(session)
    credential_id = new_id()
    document = CredentialDocument(
        id=uris.credential(credential_id),
        issuer=uris.instance_actor,
        valid_from=moment,
        valid_until=moment + VALID_FOR,
        subject=actor.uri,
        name=verification.name,
        register=verification.register_code,
        registration_number=_shown_number(verification),
        profession=verification.profession,
        specialities=tuple(verification.specialities),
        assurance=verification.assurance.value,
        verified_at=verification.decided_at,
        status_list=uris.status_list(number),
        status_index=index,
    )
    keys = await private_keys(session, await get_instance_actor(session))
    signed = sign_document(
        write_credential(document),
        method=keys.ed25519_key_id,
        private_key=keys.ed25519_private,
        created=moment,
    )
    issued = IssuedCredential(
        id=credential_id,
        verification_id=verification.id,
        actor_id=actor.id,
        document=orjson.dumps(signed),
        status_list=number,
        status_index=index,
        issued_at=moment,
        valid_until=document.valid_until,
        renew_at=_renewal(moment),
    )
    session.add(issued)
    await session.flush()
    if not actor.is_local:
        return issued
    await _link(session, actor, document)
    await _write_badge(session, actor, document, institution=verification.workplace)
    return issued


def _shown_number(verification: Verification) -> str | None:
    register = register_of(verification.register_code)
    return verification.number if register.numbers_are_public else None


def _renewal(moment: datetime) -> datetime:
    # Spread out, so that all who were verified on one day are not renewed on one day.
    return moment + timedelta(days=random.uniform(*RENEWED_AFTER_DAYS))


async def _link(session: AsyncSession, actor: Actor, credential: CredentialDocument) -> None:
    extension = await find_extension(session, actor.id)
    practitioner = {
        **extension.get("practitioner", {}),
        "profession": credential.profession,
        "specialities": list(credential.specialities),
    }
    # Those of authorities that were accepted stay beside it.
    uris = local_uris(settings_of(session))
    others = [uri for uri in extension.get("credentials", ()) if not uris.is_local(uri)]
    linked = {**extension, "credentials": [credential.id, *others], "practitioner": practitioner}
    await save_extension(session, actor.id, linked)


async def _write_badge(
    session: AsyncSession, actor: Actor, credential: CredentialDocument, *, institution: str
) -> None:
    issuer = await get_instance_actor(session)
    badge = badge_of(credential, actor_id=actor.id, issuer_name=issuer.name)
    badge.institution = institution or issuer.name
    shown = (await find_badges(session, [actor.id])).get(actor.id)
    if shown is not None and shown.issuer_uri != issuer.uri and rank_of(shown) > rank_of(badge):
        return
    await save_badge(session, badge)
    await owe_index(session, actor.id)


def rank_of(badge: Badge) -> tuple[bool, int, float]:
    """Return what decides between badges: a doctor's, the better assured, the longer lasting."""
    return badge.is_doctor, Assurance(badge.assurance).rank, badge.valid_until.timestamp()


def badge_of(credential: CredentialDocument, *, actor_id: int, issuer_name: str) -> Badge:
    """Return the badge that a credential gives, as long as the credential itself is valid."""
    return Badge(
        actor_id=actor_id,
        credential_uri=credential.id,
        issuer_uri=credential.issuer,
        issuer_name=issuer_name,
        name=credential.name,
        register_code=credential.register,
        registration_number=credential.registration_number,
        profession=credential.profession,
        profession_label=profession_label(credential.profession),
        label=words_of_badge(credential.profession, credential.assurance),
        specialities=list(credential.specialities),
        specialities_label=specialities_label(credential.specialities),
        assurance=credential.assurance,
        is_doctor=makes_a_doctor(credential.profession, Assurance(credential.assurance)),
        verified_at=credential.verified_at,
        valid_until=credential.valid_until,
        credential_until=credential.valid_until,
        status_checked_at=now(),
    )


async def renew_due(session: AsyncSession) -> list[Actor]:
    """Issue again what is due, for those in good standing; return the actors to be sent out.

    The old credential stays valid until its end. What the register says no longer, or what rests on
    documents and is a year old, is flagged for a verifier and not renewed until it was decided
    anew. Who is suspended gets no new one either; an operator reads of each in the log.
    """
    renewed = []
    for issued in await queries.list_to_renew(session, RENEWED_A_TIME):
        verification = await session.get_one(Verification, issued.verification_id)
        actor = await find_actor(session, issued.actor_id)
        problem = _not_now(actor, verification) or await find_departure(session, verification)
        if problem is not None or actor is None:
            issued.renew_at = now() + ASK_AGAIN_AFTER
            log.warning("credential not renewed", credential=issued.id, reason=problem)
            continue
        await issue_credential(session, verification, actor)
        renewed.append(actor)
    return renewed


def _not_now(actor: Actor | None, verification: Verification) -> str | None:
    """Return why an account gets no credential for the time being, through nobody's fault."""
    if actor is None or actor.deleted_at is not None or actor.suspended_at is not None:
        return "the account is suspended or gone"
    if verification.claim_id is not None or not verification.given_name:
        return None
    # Without a claim it was the account's name that was compared.
    given, family = verification.given_name, verification.family_name
    if not is_person(actor.name, given=given, family=family):
        return f"the account's name is not the one of {verification.number} any more"
    return None
