"""Our own credentials: signed by the instance actor, renewed in good standing."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import orjson

from actors.instance_actor import get_instance_actor
from actors.keyring import private_keys
from actors.models import Actor, Badge
from actors.queries import find_actor, find_extension, save_badge, save_extension
from core.clock import now
from core.ids import new_id
from core.logging import get_logger
from db.session import AsyncSession, settings_of
from doctors import queries
from doctors.codes import PHYSICIAN, profession_label, specialities_label
from doctors.models import Assurance, IssuedCredential, RegisterEntry, Verification
from doctors.names import is_person, written_name
from doctors.registers import register_of
from doctors.registers.entries import find_entry
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
    session: AsyncSession, verification: Verification, actor: Actor, entry: RegisterEntry
) -> IssuedCredential:
    """Sign a credential for a verified account, link it from the actor, and write its badge."""
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
        name=written_name(given=entry.given_name, family=entry.family_name),
        register=verification.register_code,
        registration_number=_shown_number(verification),
        profession=entry.profession,
        specialities=tuple(entry.specialities),
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
    await _link(session, actor, document)
    await _write_badge(session, actor, document, institution=entry.workplace)
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
    linked = {**extension, "credentials": [credential.id], "practitioner": practitioner}
    await save_extension(session, actor.id, linked)


async def unlink(session: AsyncSession, actor: Actor) -> None:
    """Take credentials, profession and specialities out of what an actor's document says."""
    extension = await find_extension(session, actor.id)
    extension.pop("credentials", None)
    kept = {
        name: value
        for name, value in extension.pop("practitioner", {}).items()
        if name not in {"profession", "specialities"}
    }
    if any(kept.values()):
        extension["practitioner"] = kept
    await save_extension(session, actor.id, extension)


async def _write_badge(
    session: AsyncSession, actor: Actor, credential: CredentialDocument, *, institution: str
) -> None:
    issuer = await get_instance_actor(session)
    badge = badge_of(credential, actor_id=actor.id, issuer_name=issuer.name)
    badge.institution = institution or issuer.name
    await save_badge(session, badge)


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

    The old credential stays valid until its end. Who is suspended, or whose number left the
    register, gets no new one; an operator reads of it in the log.
    """
    renewed = []
    for issued in await queries.list_to_renew(session, RENEWED_A_TIME):
        verification = await session.get_one(Verification, issued.verification_id)
        actor = await find_actor(session, issued.actor_id)
        entry = await find_entry(session, verification.register_code, verification.number)
        problem = _problem(actor, verification, entry)
        if problem is not None or actor is None or entry is None:
            issued.renew_at = now() + ASK_AGAIN_AFTER
            log.warning("credential not renewed", credential=issued.id, reason=problem)
            continue
        await issue_credential(session, verification, actor, entry)
        renewed.append(actor)
    return renewed


def _problem(
    actor: Actor | None, verification: Verification, entry: RegisterEntry | None
) -> str | None:
    if actor is None or actor.deleted_at is not None or actor.suspended_at is not None:
        return "the account is suspended or gone"
    if entry is None:
        return f"{verification.register_code} does not have {verification.number} any more"
    if entry.profession != verification.profession:
        return f"{verification.register_code} has another profession for {verification.number}"
    if entry.category in register_of(verification.register_code).student_categories:
        return f"{verification.register_code} lists {verification.number} as a student"
    if not is_person(actor.name, given=entry.given_name, family=entry.family_name):
        return f"the account's name is not the one of {verification.number} any more"
    return None
