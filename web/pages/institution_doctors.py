"""`/institution/doctors`: who stands verified, who has to be looked at again; and that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from quart import Response, request

from actors.models import Actor
from actors.queries import get_actor
from core.errors import Forbidden, InvalidInput, NotFound
from core.i18n import mark
from core.settings import Switch
from db.session import AsyncSession
from doctors.codes import profession_label, specialities_label
from doctors.deciding import MAX_REASON, require_reason
from doctors.models import Verification
from doctors.queries import list_flagged, list_issued
from doctors.standing import follows_entry
from doctors.verified import find_standing, list_standing
from outbox.confirm import send_confirmation
from outbox.revoke import send_revocation
from web.acting import read_own_form
from web.answers import go_to
from web.badge import Issued
from web.entry import cite_decided, find_listed, register_name
from web.findings import flag_words
from web.paging import read_id, read_page
from web.person import Person, list_people
from web.verifying import require_verifier
from web.visit import Pages, Visit

DOCTORS = "/institution/doctors"
MAX_SOUGHT = 100
_A_PAGE = 40
_SAID = (
    ("needs a reason", mark("Nothing was changed: say why. It is kept in the audit log.")),
    ("at most 2000", mark("Nothing was changed: the reason is too long, 2000 characters at most.")),
    (
        "has no number",
        mark(
            "Nothing was changed: the register does not have this number. Ask for a new request "
            "with documents, or revoke."
        ),
    ),
    (
        "another person",
        mark(
            "Nothing was changed: the register has another name than the account. Ask for a new "
            "request, or revoke."
        ),
    ),
    (
        "another profession",
        mark(
            "Nothing was changed: the register has another profession. Ask for a new request, or "
            "revoke."
        ),
    ),
    (
        "verified for the account",
        mark("Nothing was changed: the number stands verified for another account."),
    ),
    ("never imported", mark("Nothing was changed: no entries of this register are held here.")),
    ("suspended or deleted", mark("Nothing was changed: the account is suspended or deleted.")),
    ("themselves", mark("Nobody decides about themselves.")),
    ("another verifier", mark("The second look is another verifier’s.")),
    ("is not verified", mark("Somebody else has decided meanwhile.")),
)


@dataclass(frozen=True, slots=True)
class Verified:
    """Somebody who stands verified, in a reader's words; `flag` is why to look at them again."""

    row: Verification
    person: Person
    profession: str
    specialities: str
    register: str
    flag: str


async def get_doctors(visit: Visit) -> Response:
    """List who stands verified, those to be looked at again first."""
    sought = request.args.get("q", "").strip()[:MAX_SOUGHT]
    page = read_page(request, limit=_A_PAGE)
    async with visit.database.read() as session:
        await require_verifier(session, visit)
        is_first = page.max_id is None and not sought
        flagged = await list_flagged(session) if is_first else []
        standing = await list_standing(session, page, text=sought)
        actors = [actor for _, actor in [*flagged, *standing]]
        people = await list_people(session, actors)
    older = ""
    if len(standing) >= _A_PAGE:
        older = f"{DOCTORS}?max_id={standing[-1][0].id}"
    return visit.page(
        "institution_doctors.html",
        flagged=_words(visit, flagged, people),
        standing=_words(visit, standing, people),
        sought=sought,
        is_first=is_first,
        older=older,
        done=request.args.get("done", ""),
    )


def _words(
    visit: Visit, rows: Iterable[tuple[Verification, Actor]], people: Mapping[int, Person]
) -> list[Verified]:
    return [_word(visit, row, people[actor.id]) for row, actor in rows]


def _word(visit: Visit, row: Verification, person: Person) -> Verified:
    locale = visit.language.code
    return Verified(
        row,
        person,
        profession_label(row.profession, locale),
        specialities_label(row.specialities, locale),
        register_name(row.register_code, locale),
        flag_words(visit.language, row.flag_reason) if row.flagged_at is not None else "",
    )


async def get_doctor(visit: Visit, verification_id: str) -> Response:
    """Show on what somebody's badge rests, and what can be done."""
    number = read_id(verification_id)
    async with visit.database.read() as session:
        return await _show(session, visit, number)


async def _show(
    session: AsyncSession,
    visit: Visit,
    number: int,
    *,
    problem: str = "",
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    reader = await require_verifier(session, visit)
    row = await find_standing(session, number)
    if row is None:
        raise NotFound("there is no such verification, or it was taken back")
    actor = await get_actor(session, row.actor_id)
    people = await list_people(session, [actor])
    locale = visit.language.code
    issued = await list_issued(session, actor.id)
    return visit.page(
        "institution_doctor.html",
        status=status,
        one=_word(visit, row, people[actor.id]),
        source=await cite_decided(session, row, locale),
        listed=await find_listed(session, row.register_code, row.number, locale),
        follows_entry=follows_entry(row),
        documents=row.evidence.get("evidence", []),
        issued=[Issued(visit.site.uris.credential(one.id), one) for one in issued],
        problem=visit.language.gettext(problem) if problem else "",
        typed=typed or {},
        max_reason=MAX_REASON,
        is_own=reader.actor_id == actor.id,
        is_mine=visit.site.settings.four_eyes is Switch.ON and row.decided_by == reader.name,
    )


async def post_confirmation(visit: Visit, verification_id: str) -> Response:
    """Verify somebody anew, with a reason."""
    number, form = read_id(verification_id), await read_own_form(visit)
    try:
        async with visit.database.transaction() as session:
            decider = await require_verifier(session, visit)
            reason = form.get("reason", "")
            await send_confirmation(session, number, decided_by=decider, reason=reason)
    except (InvalidInput, Forbidden) as error:
        return await _refused(visit, number, error, form)
    return go_to(visit.site.settings, f"{DOCTORS}?done=confirmed")


async def post_revocation(visit: Visit, verification_id: str) -> Response:
    """Take a badge back, with a reason."""
    number, form = read_id(verification_id), await read_own_form(visit)
    try:
        async with visit.database.transaction() as session:
            decider = await require_verifier(session, visit)
            reason = require_reason(form.get("reason", ""))
            row = await find_standing(session, number)
            if row is None:
                raise NotFound("there is no such verification, or it was taken back")
            actor = await get_actor(session, row.actor_id)
            await send_revocation(session, actor, decided_by=decider.name, reason=reason)
    except InvalidInput as error:
        return await _refused(visit, number, error, form)
    return go_to(visit.site.settings, f"{DOCTORS}?done=revoked")


async def _refused(
    visit: Visit, number: int, error: InvalidInput | Forbidden, form: Mapping[str, str]
) -> Response:
    said = str(error)
    problem = next((words for part, words in _SAID if part in said), said)
    async with visit.database.read() as session:
        return await _show(session, visit, number, problem=problem, typed=form, status=422)


_ONE = f"{DOCTORS}/<verification_id>"
PAGES: Pages = (
    ("GET", DOCTORS, get_doctors),
    ("GET", _ONE, get_doctor),
    ("POST", f"{_ONE}/confirm", post_confirmation),
    ("POST", f"{_ONE}/revoke", post_revocation),
)
