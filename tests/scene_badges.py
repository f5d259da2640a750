"""The way to the badge, for the scene: who is verified, who is flagged, requests in each state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import factories
from actors.models import Actor
from core.clock import now
from db.session import AsyncSession
from doctors.claims import make_claim
from doctors.deciding import grant, refuse
from doctors.evidence import add_file, add_sign_on
from doctors.models import (
    Assurance,
    Claim,
    HeldCredential,
    RegisterEntry,
    RegisterImport,
    Verification,
)
from doctors.names import name_key
from doctors.reasons import Reason
from doctors.verifiers import Verifier
from scene_events import BOB_HOST

CODE = "FR-RPPS"
THEO, LEA, PAUL, CAMILLE = "99900000193", "99900000201", "99900000219", "99900000227"
PDF = b"%PDF-1.7\n" + b"x" * 70_000
BY = Verifier("@d.rey")


@dataclass(frozen=True)
class Badges:
    """Where the pages of the scene are: requests by state, and who stands verified."""

    open_claim: int
    granted_claim: int
    refused_claim: int
    standing: int
    flagged: int

    @property
    def for_members(self) -> dict[str, tuple[str, int]]:
        """The pages of a verified doctor, by name, and the status that each has."""
        return {
            "settings-badge": ("/settings/badge", 200),
            "settings-claim": ("/settings/badge/claim", 200),
            "remote": (f"/@b.durand@{BOB_HOST}", 200),
            "badge-of": (f"/@b.durand@{BOB_HOST}/badge", 200),
        }

    @property
    def for_administrators(self) -> dict[str, tuple[str, int]]:
        """The pages of who decides, and their own badge, which they have not."""
        return {
            "institution": ("/institution", 200),
            "badge-first": ("/settings/badge", 200),
            "claims": ("/institution/claims", 200),
            "claim": (f"/institution/claims/{self.open_claim}", 200),
            "claim-granted": (f"/institution/claims/{self.granted_claim}", 200),
            "doctors": ("/institution/doctors", 200),
            "doctor-flagged": (f"/institution/doctors/{self.flagged}", 200),
            "credentials": ("/institution/credentials", 200),
            "credentials-issued": ("/institution/credentials?show=issued", 200),
        }


async def set_badges(session: AsyncSession, camille: Actor, borrower: Actor) -> Badges:
    """Let a colleague be verified, one be flagged, one be refused, and Camille wait."""
    await _fill_register(session)
    theo = await _person(session, "t.albrivaux", "Dr Théo Albrivaux")
    lea = await _person(session, "l.benali", "Dr Léa Benali")
    paul = await _person(session, "p.roux", "Paul Roux")
    granted = await _ask(session, theo, THEO, "Théo", "Albrivaux", specialities=["SM10"])
    await add_file(session, granted, "Attestation de l’Ordre", PDF)
    standing = await _grant(session, granted)
    flagged = await _grant(session, await _ask(session, lea, LEA, "Léa", "Benali"))
    flagged.flagged_at, flagged.flag_reason = now() - timedelta(days=2), "left-register"
    refused = await _ask(session, paul, PAUL, "Paul", "Roux", remark="Diplôme à venir.")
    why = "Le répertoire indique un infirmier, et non un médecin."
    await refuse(session, refused.id, decided_by=BY, reason=why)
    waits = await _ask(
        session,
        camille,
        CAMILLE,
        "Camille",
        "Petit",
        specialities=["SM04"],
        workplace="CHU de Lyon, cardiologie",
        remark="Mon nom de naissance est Petit ; le registre a mon nom d’usage.",
    )
    await add_file(session, waits, "Carte CPS, recto", PDF)
    said = {"given_name": "Camille", "family_name": "PETIT", "SubjectNameID": f"8{CAMILLE}"}
    await add_sign_on(session, waits, "https://login.chu-lyon.example", said)
    session.add(
        HeldCredential(
            uri="https://hostile.example/credentials/1",
            actor_id=borrower.id,
            problem=Reason.NOT_A_PINNED_PEER,
        )
    )
    await session.flush()
    return Badges(waits.id, granted.id, refused.id, standing.id, flagged.id)


async def _fill_register(session: AsyncSession) -> None:
    run = RegisterImport(
        register_code=CODE,
        file_name="PS_LibreAcces_Personne_activite.txt",
        file_digest="0" * 64,
        edition_date="2026-11-20",
        entries=4,
        finished_at=now(),
    )
    session.add(run)
    await session.flush()
    for number, given, family, profession, specialities in (
        (THEO, "Théo", "ALBRIVAUX", "10", ["SM10"]),
        (LEA, "Léa", "BENALI", "10", ["SM54"]),
        (PAUL, "Paul", "ROUX", "60", []),
        (CAMILLE, "Camille", "PETIT-LEROY", "10", ["SM54"]),
    ):
        session.add(
            RegisterEntry(
                register_code=CODE,
                number=number,
                family_name=family,
                given_name=given,
                name_key=name_key(given=given, family=family),
                profession=profession,
                category="C",
                specialities=specialities,
                workplace="CHU DE LYON",
                town="Lyon",
                department="69",
                edition_id=run.id,
            )
        )
    await session.flush()


async def _person(session: AsyncSession, username: str, name: str) -> Actor:
    actor = await factories.make_local_actor(session, username)
    actor.name = name
    await factories.make_user(session, actor)
    return actor


async def _ask(
    session: AsyncSession, actor: Actor, number: str, given: str, family: str, **more: object
) -> Claim:
    return await make_claim(
        session, actor, register=CODE, number=number, profession="10",
        given_name=given, family_name=family, **more,
    )  # fmt: skip


async def _grant(session: AsyncSession, claim: Claim) -> Verification:
    decision = await grant(
        session,
        claim.id,
        decided_by=BY,
        reason="Vu avec sa carte professionnelle.",
        assurance=Assurance.REGISTER_MATCH,
    )
    assert decision.verification is not None
    return decision.verification
