"""Claims for tests: who makes them, who decides, what identity providers say."""

from __future__ import annotations

from typing import Any

from actors.models import Actor
from db.session import AsyncSession
from doctors.claims import make_claim
from doctors.models import Claim
from doctors.verifiers import Verifier, verifier_of
from factories import make_local_actor, make_user
from register_files import NUMBER
from users.models import Role

PDF = b"%PDF-1.7\na diploma"
PNG = b"\x89PNG\r\n\x1a\na card"
JPEG = b"\xff\xd8\xff\xe0a card"
PSC = "https://auth.esw.esante.gouv.fr/auth/realms/esante-wallet"
HOSPITAL = "https://sso.chu.example/realms/people"


async def person(session: AsyncSession, username: str = "alice", name: str = "") -> Actor:
    """Insert somebody who signs in here."""
    actor = await make_local_actor(session, username)
    actor.name = name or "Dr Alice Martin"
    await make_user(session, actor)
    return actor


async def verifier(session: AsyncSession, username: str = "vera") -> Verifier:
    """Insert somebody who may decide about claims."""
    actor = await make_local_actor(session, username)
    user = await make_user(session, actor)
    user.is_verifier = True
    await session.flush()
    return await verifier_of(session, actor)


async def admin(session: AsyncSession, username: str = "chief") -> Verifier:
    """Insert an administrator, who may decide as well."""
    actor = await make_local_actor(session, username)
    await make_user(session, actor, role=Role.ADMIN)
    return await verifier_of(session, actor)


async def claim_of(session: AsyncSession, actor: Actor, **values: Any) -> Claim:
    """Claim to be the physician of the register's file, or as `values` say."""
    said: dict[str, Any] = {
        "register": "FR-RPPS",
        "number": NUMBER,
        "profession": "10",
        "given_name": "Alice",
        "family_name": "Martin",
    }
    return await make_claim(session, actor, **said | values)


async def decide(browser: Any, claim: Claim, decision: str, **fields: Any) -> Any:
    """Decide about a claim on its page, as the verifier whose browser it is."""
    path = f"/institution/claims/{claim.id}"
    form = (await browser.get(path)).forms[path]
    sent = {"reason": "Seen with the card.", "decision": decision} | fields
    return await browser.post(path, form | sent)


def card(number: str = NUMBER, **values: Any) -> dict[str, Any]:
    """Return what Pro Santé Connect says of a physician with a number."""
    practice = {
        "codeProfession": "10",
        "codeCategorieProfessionnelle": "C",
        "codeSavoirFaire": "SM04",
    }
    said = {
        "SubjectNameID": f"8{number}",
        "given_name": "Alice",
        "family_name": "MARTIN",
        "SubjectRole": ["10^1.2.250.1.213.1.1.5.5"],
        "SubjectOrganization": "CHU DE LYON",
        "SubjectRefPro": {"exercices": [practice]},
    }
    return {name: value for name, value in (said | values).items() if value is not None}
