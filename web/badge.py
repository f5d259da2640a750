"""Where somebody stands on the way to the badge: what was claimed, offered, granted, refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from actors.models import Actor
from core.clock import now
from db.session import AsyncSession
from doctors.claims import WAITING, list_own_claims
from doctors.codes import profession_label, specialities_label
from doctors.evidence import EvidenceItem, list_evidence
from doctors.models import Claim, ClaimState, IssuedCredential, Verification
from doctors.offers import Offered, list_offered
from doctors.queries import find_verification, list_issued
from web.entry import cite_decided, register_name
from web.findings import Said, findings_of, flag_words, has_typing_error
from web.person import Person, list_people
from web.visit import Visit

# In the order in which one takes them.
STEPS = ("said", "shown", "decided", "badge")


@dataclass(frozen=True, slots=True)
class Issued:
    """A credential of ours about somebody: where it is, and until when it holds."""

    uri: str
    row: IssuedCredential

    @property
    def state(self) -> str:
        """Whether it holds: `valid`, `over` or `revoked`."""
        if self.row.revoked_at is not None:
            return "revoked"
        return "valid" if self.row.valid_until > now() else "over"


@dataclass(frozen=True, slots=True)
class Shown:
    """A claim as its owner sees it."""

    claim: Claim
    register: str
    profession: str
    specialities: str
    findings: Sequence[Said]
    evidence: Sequence[EvidenceItem]
    is_typo: bool

    @property
    def name(self) -> str:
        """The name that was claimed."""
        return f"{self.claim.given_name} {self.claim.family_name}"


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything that somebody's page of their own badge shows; `open` is the claim that waits."""

    person: Person
    verification: Verification | None
    source: str
    flag: str
    issued: Sequence[Issued]
    offers: Sequence[Offered]
    open: Shown | None
    decided: Sequence[Shown] = field(default=())

    @property
    def has_badge(self) -> bool:
        """Whether somebody vouches for this person now."""
        return self.person.badge is not None

    @property
    def may_ask(self) -> bool:
        """Whether there is reason to make a claim, and none that waits."""
        return self.open is None and (not self.has_badge or bool(self.flag))

    @property
    def steps(self) -> Sequence[tuple[str, str]]:
        """The steps to the badge, each `done`, `now` or `next`."""
        at = self._at
        states = ["done" if n < at else "now" if n == at else "next" for n in range(len(STEPS))]
        return list(zip(STEPS, states, strict=True))

    @property
    def _at(self) -> int:
        if self.open is None:
            return len(STEPS) if self.has_badge and not self.flag else 0
        is_shown = self.open.evidence or self.open.claim.state is ClaimState.SECOND_LOOK
        return 2 if is_shown else 1

    @property
    def renewed_at(self) -> IssuedCredential | None:
        """The newest credential of ours that holds: it says when the next one comes."""
        return next((one.row for one in self.issued if one.state == "valid"), None)


async def read_standing(session: AsyncSession, visit: Visit, actor: Actor) -> Standing:
    """Return where somebody stands."""
    locale = visit.language.code
    people = await list_people(session, [actor])
    verification = await find_verification(session, actor.id)
    claims = await list_own_claims(session, actor.id)
    items = await list_evidence(session, [one.id for one in claims])
    shown = [_shown(visit, one, items[one.id]) for one in claims]
    is_flagged = verification is not None and verification.flagged_at is not None
    return Standing(
        person=people[actor.id],
        verification=verification,
        source=await cite_decided(session, verification, locale) if verification else "",
        flag=flag_words(visit.language, verification.flag_reason)
        if verification is not None and is_flagged
        else "",
        issued=[
            Issued(visit.site.uris.credential(one.id), one)
            for one in await list_issued(session, actor.id)
        ],
        offers=await list_offered(session, actor.id),
        open=next((one for one in shown if one.claim.state in WAITING), None),
        decided=[one for one in shown if one.claim.state not in WAITING],
    )


def _shown(visit: Visit, claim: Claim, items: Sequence[EvidenceItem]) -> Shown:
    language = visit.language
    return Shown(
        claim=claim,
        register=register_name(claim.register_code, language.code),
        profession=profession_label(claim.profession, language.code),
        specialities=specialities_label(claim.specialities, language.code),
        findings=findings_of(claim, language, visit.site.settings, to_owner=True),
        evidence=items,
        is_typo=has_typing_error(claim),
    )
