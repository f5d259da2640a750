"""Leaving for good: what goes and what stays, asked with the password and the name typed out."""

from __future__ import annotations

from quart import Response

from outbox.delete import send_delete_actor
from users.accounts import delete_user
from users.own_factor import prove
from users.waiting import list_administrators
from web.acting import read_own_form
from web.answers import go_to
from web.proving import UNPROVEN, Unproven, said_of
from web.session import SESSION, drop_cookie
from web.visit import Pages, Visit

PATH, FAREWELL = "/settings/delete", "/farewell"
_NOTHING = Unproven(status=200, problem="", resets_at=None)


async def get_delete(visit: Visit) -> Response:
    """Say what goes and what stays."""
    visit.require_member()
    return _page(visit, _NOTHING)


async def post_delete(visit: Visit) -> Response:
    """Delete the account, here and wherever it is known."""
    browser, form = visit.require_member(), await read_own_form(visit)
    typed, username = form.get("typed", ""), browser.actor.username
    if typed.strip().lstrip("@").lower() != username.lower():
        return _page(visit, Unproven(status=422, problem="name", resets_at=None), typed=typed)
    try:
        await prove(visit.database, browser.user.id, form.get("password", ""))
    except UNPROVEN as error:
        return _page(visit, said_of(error), typed=typed)
    async with visit.database.transaction() as session:
        if await list_administrators(session) == [browser.user.id]:
            return _page(visit, Unproven(status=422, problem="last", resets_at=None), typed=typed)
        actor = await delete_user(session, username, decided_by=username)
        await send_delete_actor(session, actor)
    response = go_to(visit.site.settings, FAREWELL)
    drop_cookie(visit.site, response, SESSION)
    # What the browser kept of this place, drafts too.
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


async def get_farewell(visit: Visit) -> Response:
    """Say good-bye."""
    return visit.page("farewell.html")


def _page(visit: Visit, said: Unproven, *, typed: str = "") -> Response:
    return visit.page("delete_account.html", section=PATH, typed=typed[:100], **said)


PAGES: Pages = (
    ("GET", PATH, get_delete),
    ("POST", PATH, post_delete),
    ("GET", FAREWELL, get_farewell),
)
