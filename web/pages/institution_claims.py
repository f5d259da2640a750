"""`/institution/claims`: what people claim to be, held against the register, and decided."""

from __future__ import annotations

from collections.abc import Mapping

from quart import Response, request

from core.errors import Forbidden, InvalidInput, NotFound
from core.i18n import mark
from db.session import AsyncSession
from doctors.claims import WAITING, count_waiting, get_claim, list_claims
from doctors.codes import profession_label
from doctors.comparing import match_claim
from doctors.deciding import MAX_REASON, refuse
from doctors.evidence import list_evidence, read_evidence
from doctors.matching import Match
from doctors.models import Assurance, ClaimState
from doctors.registers import register_of
from doctors.verifiers import Verifier
from outbox.grant import send_grant
from users.mailing import CLAIMS
from web.acting import read_own_form
from web.answers import go_to
from web.deciding import read_case
from web.entry import ask_directory, register_name
from web.paging import read_id, read_page
from web.person import list_people
from web.verifying import require_verifier
from web.visit import Pages, Visit

_A_PAGE = 40
_STATES: Mapping[str, tuple[ClaimState, ...]] = {
    "waiting": WAITING,
    "granted": (ClaimState.GRANTED,),
    "refused": (ClaimState.REFUSED,),
    "withdrawn": (ClaimState.WITHDRAWN,),
}
_SAID = (
    ("needs a reason", mark("Nothing was decided: say why. The doctor reads it.")),
    ("at most 2000", mark("Nothing was decided: the reason is too long, 2000 characters at most.")),
    (
        "more than the evidence carries",
        mark("Nothing was decided: the evidence does not carry this level any more."),
    ),
    (
        "stands verified for another",
        mark("Nothing was decided: the number stands verified for another account."),
    ),
    ("already", mark("Somebody else has decided meanwhile.")),
    ("suspended or deleted", mark("Nothing was decided: the account is suspended or deleted.")),
    ("themselves", mark("Nobody decides about themselves.")),
    ("another verifier", mark("The second look is another verifier’s.")),
)


async def get_claims(visit: Visit) -> Response:
    """List claims: those that wait first, or those in another state."""
    state = request.args.get("state", "waiting")
    if state not in _STATES:
        raise NotFound("there is no such list")
    page = read_page(request, limit=_A_PAGE)
    async with visit.database.read() as session:
        await require_verifier(session, visit)
        found = await list_claims(session, _STATES[state], page)
        people = await list_people(session, [actor for _, actor in found])
        items = await list_evidence(session, [claim.id for claim, _ in found])
        waiting = await count_waiting(session)
    locale = visit.language.code
    older = f"{CLAIMS}?state={state}&max_id={found[-1][0].id}" if len(found) >= _A_PAGE else ""
    return visit.page(
        "institution_claims.html",
        state=state,
        states=list(_STATES),
        waiting=waiting,
        claims=[
            {
                "row": claim,
                "person": people[actor.id],
                "profession": profession_label(claim.profession, locale),
                "register": register_name(claim.register_code, locale),
                "against": Match.of(claim.match).speaks_against,
                "evidence": len(items[claim.id]),
            }
            for claim, actor in found
        ],
        older=older,
    )


async def get_one_claim(visit: Visit, claim_id: str) -> Response:
    """Show a claim beside the register."""
    number = read_id(claim_id)
    async with visit.database.read() as session:
        return await _show(session, visit, number)


async def _show(
    session: AsyncSession,
    visit: Visit,
    claim_id: int,
    *,
    problem: str = "",
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    reader = await require_verifier(session, visit)
    case = await read_case(session, visit, claim_id, reader)
    return visit.page(
        "institution_claim.html",
        status=status,
        case=case,
        problem=visit.language.gettext(problem) if problem else "",
        typed=typed or {},
        max_reason=MAX_REASON,
        done=request.args.get("done", ""),
        evidence_days=visit.site.settings.evidence_days,
        sends_letters=visit.site.settings.sends_mail,
    )


async def post_decision(visit: Visit, claim_id: str) -> Response:
    """Grant or refuse, with the reason."""
    number, form = read_id(claim_id), await read_own_form(visit)
    try:
        async with visit.database.transaction() as session:
            decider = await require_verifier(session, visit)
            await _decide(session, number, form, decider)
    except (InvalidInput, Forbidden) as error:
        async with visit.database.read() as session:
            return await _show(
                session, visit, number, problem=_words(error), typed=form, status=422
            )
    return go_to(visit.site.settings, f"{CLAIMS}/{number}?done={form.get('decision', '')}")


async def _decide(
    session: AsyncSession, claim_id: int, form: Mapping[str, str], decider: Verifier
) -> None:
    reason, decision = form.get("reason", ""), form.get("decision", "")
    if decision == "refuse":
        await refuse(session, claim_id, decided_by=decider, reason=reason)
    elif decision == "grant":
        await send_grant(
            session,
            claim_id,
            decided_by=decider,
            reason=reason,
            assurance=_assurance(form.get("assurance", "")),
        )
    else:
        raise InvalidInput(mark("Nothing was decided: grant it, or refuse it."))


def _assurance(asked: str) -> Assurance:
    try:
        return Assurance(asked)
    except ValueError as error:
        raise InvalidInput(mark("Nothing was decided: choose a level.")) from error


def _words(error: InvalidInput | Forbidden) -> str:
    said = str(error)
    return next((words for part, words in _SAID if part in said), said)


async def post_comparison(visit: Visit, claim_id: str) -> Response:
    """Hold a waiting claim against the register as it is now."""
    number = read_id(claim_id)
    await read_own_form(visit)
    async with visit.database.read() as session:
        await require_verifier(session, visit)
        claim = await get_claim(session, number)
    if claim.state in WAITING:
        await ask_directory(visit, register_of(claim.register_code), claim.number)
        async with visit.database.transaction() as session:
            await match_claim(session, await get_claim(session, number))
    return go_to(visit.site.settings, f"{CLAIMS}/{number}?done=compared#findings")


async def post_opening(visit: Visit, claim_id: str, evidence_id: str) -> Response:
    """Open a piece of evidence: a download, and a line of the audit log."""
    number, wanted = read_id(claim_id), read_id(evidence_id)
    await read_own_form(visit)
    async with visit.database.transaction() as session:
        reader = await require_verifier(session, visit)
        items = (await list_evidence(session, [number]))[number]
        if wanted not in {item.id for item in items}:
            raise NotFound("there is no such evidence of this claim, or it was deleted in time")
        opened = await read_evidence(session, wanted, reader)
    return Response(opened.data, headers=opened.headers)


_ONE = f"{CLAIMS}/<claim_id>"
PAGES: Pages = (
    ("GET", CLAIMS, get_claims),
    ("GET", _ONE, get_one_claim),
    ("POST", _ONE, post_decision),
    ("POST", f"{_ONE}/compare", post_comparison),
    ("POST", f"{_ONE}/evidence/<evidence_id>", post_opening),
)
