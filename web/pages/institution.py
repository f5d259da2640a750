"""`/institution`: what waits, what stands, which registers are held; and the credentials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from quart import Response, request

from actors.models import Actor
from core.settings import Switch
from db.paging import Page
from db.session import AsyncSession
from doctors.claims import count_waiting
from doctors.models import RegisterImport
from doctors.queries import Refused, list_refused
from doctors.reasons import translate_reason
from doctors.registers import REGISTERS, Register
from doctors.registers.entries import last_import
from doctors.verified import count_all, list_own_issued
from users.models import Role
from users.waiting import count_waiting as count_people_waiting
from web.badge import Issued
from web.paging import read_page
from web.person import Person, list_people
from web.verifying import require_verifier
from web.visit import Pages, Visit

HOME = "/institution"
CREDENTIALS = f"{HOME}/credentials"
_A_PAGE = 40
# The two lists of the page of credentials.
REFUSED, ISSUED = "refused", "issued"


@dataclass(frozen=True, slots=True)
class Edition:
    """What is held here of a register: None of one whose file was never imported."""

    register: Register
    run: RegisterImport | None


async def get_institution(visit: Visit) -> Response:
    """Show how much there is of each, and the way to it."""
    member = visit.require_member()
    async with visit.database.read() as session:
        await require_verifier(session, visit)
        is_in_charge = member.user.role is not Role.MEMBER
        return visit.page(
            "institution.html",
            waiting=await count_waiting(session),
            tally=await count_all(session),
            people=await count_people_waiting(session) if is_in_charge else 0,
            editions=await _editions(session),
            four_eyes=visit.site.settings.four_eyes is Switch.ON,
            evidence_days=visit.site.settings.evidence_days,
        )


async def _editions(session: AsyncSession) -> Sequence[Edition]:
    held = [one for one in REGISTERS.values() if one.has_file]
    return [Edition(one, await last_import(session, one.code)) for one in held]


async def get_credentials(visit: Visit) -> Response:
    """Show which credentials of others gave no badge, and why; or those that were issued here."""
    show = ISSUED if request.args.get("show") == ISSUED else REFUSED
    page = read_page(request, limit=_A_PAGE)
    async with visit.database.read() as session:
        await require_verifier(session, visit)
        if show == ISSUED:
            return await _issued(session, visit, page)
        return await _refused(session, visit, page)


async def _refused(session: AsyncSession, visit: Visit, page: Page) -> Response:
    found: list[Refused] = await list_refused(session, page)
    people = await list_people(session, [one.actor for one in found])
    whose = list(dict.fromkeys(one.actor.id for one in found))
    groups = [
        (people[actor_id], [one for one in found if one.actor.id == actor_id])
        for actor_id in whose
    ]
    older = f"{CREDENTIALS}?max_id={whose[-1]}" if len(whose) >= _A_PAGE else ""
    return visit.page(
        "institution_credentials.html",
        show=REFUSED,
        refused=groups,
        issued=[],
        older=older,
        translated=partial(translate_reason, visit.language),
    )


async def _issued(session: AsyncSession, visit: Visit, page: Page) -> Response:
    found = await list_own_issued(session, page)
    people = await list_people(session, [actor for _, actor in found])
    uris = visit.site.uris
    rows: list[tuple[Issued, Person, Actor]] = [
        (Issued(uris.credential(row.id), row), people[actor.id], actor) for row, actor in found
    ]
    older = f"{CREDENTIALS}?show={ISSUED}&max_id={found[-1][0].id}" if len(found) >= _A_PAGE else ""
    return visit.page(
        "institution_credentials.html", show=ISSUED, refused=[], issued=rows, older=older
    )


PAGES: Pages = (
    ("GET", HOME, get_institution),
    ("GET", CREDENTIALS, get_credentials),
)
