"""The institution: who waits to be let in, and the invitations. For those in charge only."""

from __future__ import annotations

from collections.abc import Mapping

from quart import Response

from core.errors import Forbidden, InvalidInput, NotFound
from core.i18n import mark
from users.deciding import MAX_REASON, approve, refuse
from users.invitations import (
    MAX_DAYS,
    MAX_NOTE,
    MAX_USES,
    PATH,
    Terms,
    list_invitations,
    make_invitation,
    revoke_invitation,
)
from users.mailing import PEOPLE
from users.models import Role
from users.sessions import SignedIn
from users.waiting import list_waiting
from web.acting import read_own_form
from web.answers import go_to
from web.paging import read_id
from web.visit import Pages, Visit

_FIELDS = ("note", "email", "uses", "days")
_FIRST = {"note": "", "email": "", "uses": "1", "days": "14"}


async def get_people(visit: Visit) -> Response:
    """Show who waits and which invitations there are."""
    _require_charge(visit)
    return await _show(visit)


async def post_approve(visit: Visit, username: str) -> Response:
    """Let somebody in."""
    browser, _ = await _decide(visit)
    try:
        async with visit.database.transaction() as session:
            await approve(session, username, decided_by=browser.actor.username)
    except NotFound:
        # Somebody else has decided meanwhile: the page shows it.
        pass
    return go_to(visit.site.settings, PEOPLE)


async def post_refuse(visit: Visit, username: str) -> Response:
    """Turn somebody away."""
    browser, form = await _decide(visit)
    try:
        async with visit.database.transaction() as session:
            reason = form.get("reason", "")
            await refuse(session, username, reason, decided_by=browser.actor.username)
    except NotFound:
        # As above.
        pass
    except InvalidInput:
        problem = mark("Nothing was decided: the reason is too long, 2000 characters at most.")
        return await _show(visit, status=422, problem=problem)
    return go_to(visit.site.settings, PEOPLE)


async def post_invitation(visit: Visit) -> Response:
    """Make an invitation and show its link, this once."""
    browser, form = await _decide(visit)
    typed = {name: form.get(name, "")[:MAX_NOTE] for name in _FIELDS}
    try:
        async with visit.database.transaction() as session:
            invitation, code = await make_invitation(
                session,
                _read_terms(form),
                made_by=browser.user,
                decided_by=browser.actor.username,
            )
    except InvalidInput:
        problem = mark("There is no invitation yet: look at the address, how many and how long. "
                       "An address that has an account already needs none.")  # fmt: skip
        return await _show(visit, status=422, problem=problem, typed=typed)
    link = f"{visit.site.uris.base_url}{PATH}/{code}"
    return visit.page("invitation_made.html", invitation=invitation, link=link)


async def post_revoke(visit: Visit, invitation_id: str) -> Response:
    """Let nobody more in by an invitation."""
    number = read_id(invitation_id)
    browser, _ = await _decide(visit)
    async with visit.database.transaction() as session:
        await revoke_invitation(session, number, decided_by=browser.actor.username)
    return go_to(visit.site.settings, f"{PEOPLE}#invitations")


def _require_charge(visit: Visit) -> SignedIn:
    browser = visit.require_member()
    if browser.user.role is Role.MEMBER:
        raise Forbidden("only for those in charge")
    return browser


async def _decide(visit: Visit) -> tuple[SignedIn, Mapping[str, str]]:
    """Return who decides, and on which form of ours."""
    form = await read_own_form(visit)
    return _require_charge(visit), form


def _read_terms(form: Mapping[str, str]) -> Terms:
    uses, days = form.get("uses", "").strip(), form.get("days", "").strip()
    return Terms(
        note=form.get("note", ""),
        email=form.get("email", ""),
        max_uses=_number(uses) if uses else None,
        days=_number(days),
    )


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise InvalidInput(f"no number: {text[:20]!r}")
    return int(text)


async def _show(
    visit: Visit,
    *,
    status: int = 200,
    problem: str = "",
    typed: Mapping[str, str] | None = None,
) -> Response:
    async with visit.database.read() as session:
        waiting = await list_waiting(session)
        invitations = await list_invitations(session)
    return visit.page(
        "institution_people.html",
        status=status,
        problem=visit.language.gettext(problem) if problem else "",
        waiting=[one for one in waiting if one.needs_decision],
        unconfirmed=[one for one in waiting if not one.needs_decision],
        invitations=invitations,
        typed=typed or _FIRST,
        bounds={"note": MAX_NOTE, "uses": MAX_USES, "days": MAX_DAYS, "reason": MAX_REASON},
    )


PAGES: Pages = (
    ("GET", PEOPLE, get_people),
    ("POST", f"{PEOPLE}/<username>/approve", post_approve),
    ("POST", f"{PEOPLE}/<username>/refuse", post_refuse),
    ("POST", "/institution/invitations", post_invitation),
    ("POST", "/institution/invitations/<invitation_id>/revoke", post_revoke),
)
