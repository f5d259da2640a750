"""A claim as verifiers see it: beside the register, with what it rests on, and what they may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from actors.models import Actor
from actors.queries import get_actor
from core.settings import Switch
from db.session import AsyncSession
from doctors.claims import WAITING, get_claim
from doctors.deciding import levels_of
from doctors.evidence import EvidenceItem, list_evidence
from doctors.matching import Finding, Match, Verdict
from doctors.models import Assurance, Claim, ClaimState
from doctors.verifiers import Verifier
from users.openid import providers
from web.entry import Listed, Row, find_listed, register_name, rows_of
from web.findings import Said, findings_of
from web.person import Person, list_people
from web.visit import Visit

# Why this verifier may not decide now.
OWN, SECOND, DECIDED = "own", "second", "decided"


@dataclass(frozen=True, slots=True)
class Case:
    """A claim with all that a verifier reads; `obstacle` is why they may not decide, if so.

    `others` are usernames of other accounts with that number, `is_taken` whether one of them
    stands verified by it.
    """

    claim: Claim
    person: Person
    register: str
    listed: Listed | None
    rows: Sequence[Row]
    findings: Sequence[Said]
    evidence: Sequence[EvidenceItem]
    issuers: dict[str, str]
    others: Sequence[str]
    levels: Sequence[Assurance]
    suggested: Assurance
    obstacle: str
    is_taken: bool
    is_first_of_two: bool

    @property
    def match(self) -> Match:
        """What was compared, and when."""
        return Match.of(self.claim.match)


async def read_case(
    session: AsyncSession, visit: Visit, claim_id: int, reader: Verifier
) -> Case:
    """Return a claim for a verifier; raises NotFound for none."""
    claim = await get_claim(session, claim_id)
    actor = await get_actor(session, claim.actor_id)
    people = await list_people(session, [actor])
    locale, settings = visit.language.code, visit.site.settings
    listed = await find_listed(session, claim.register_code, claim.number, locale)
    match = Match.of(claim.match)
    return Case(
        claim=claim,
        person=people[actor.id],
        register=register_name(claim.register_code, locale),
        listed=listed,
        rows=rows_of(claim, listed, locale),
        findings=findings_of(claim, visit.language, settings),
        evidence=(await list_evidence(session, [claim.id]))[claim.id],
        issuers={one.issuer: one.name for one in providers(settings)},
        others=[_username(one) for one in match.findings if one.kind in {"holder", "rival"}],
        levels=levels_of(claim, match),
        suggested=claim.first_assurance or claim.proposed,
        obstacle=_obstacle(claim, actor, reader),
        is_taken=match.verdict_of("holder") is Verdict.AGAINST,
        is_first_of_two=settings.four_eyes is Switch.ON and claim.state is ClaimState.OPEN,
    )


def _username(finding: Finding) -> str:
    return str(finding.values["username"])


def _obstacle(claim: Claim, actor: Actor, reader: Verifier) -> str:
    if claim.state not in WAITING:
        return DECIDED
    if actor.id == reader.actor_id:
        return OWN
    is_second = claim.state is ClaimState.SECOND_LOOK
    return SECOND if is_second and claim.first_decided_by == reader.name else ""
