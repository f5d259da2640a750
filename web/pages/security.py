"""Security: how one signs in, and in which browsers one is signed in."""

from __future__ import annotations

from dataclasses import dataclass

from quart import Response, request

from core.errors import NotFound
from users.browsers import split_name
from users.identities import list_identities
from users.models import WebSession
from users.openid import providers
from users.recovery_codes import count_left
from users.sessions import end_other_sessions, end_session, list_sessions
from web.acting import read_own_form
from web.answers import go_to
from web.visit import Pages, Visit

PATH = "/settings/security"
# What was just done: said once, on the page that one is sent to.
_DONE = frozenset(
    {"password", "email", "email-asked", "session", "sessions", "factor-off", "linked", "unlinked"}
)
_FEW = 3


@dataclass(frozen=True, slots=True)
class OwnBrowser:
    """A browser in which somebody is signed in: its name and system may be empty."""

    row: WebSession
    name: str
    system: str
    is_this: bool


async def get_security(visit: Visit) -> Response:
    """Show how this person signs in, and where they are signed in."""
    browser = visit.require_member()
    user, here = browser.user, browser.web_session.session_hash
    async with visit.database.read() as session:
        rows = await list_sessions(session, user.id)
        codes_left = await count_left(session, user.id) if user.has_second_factor else 0
        identities = await list_identities(session, user.id)
    browsers = [
        OwnBrowser(row, *split_name(row.device), is_this=row.session_hash == here) for row in rows
    ]
    done = request.args.get("done", "")
    return visit.page(
        "security.html",
        section=PATH,
        user=user,
        browsers=sorted(browsers, key=lambda each: not each.is_this),
        codes_left=codes_left,
        identities=identities,
        providers=providers(visit.site.settings),
        has_few_codes=codes_left < _FEW,
        done=done if done in _DONE else "",
    )


async def post_sessions(visit: Visit) -> Response:
    """Sign out of one other browser, or of all others."""
    browser, form = visit.require_member(), await read_own_form(visit)
    chosen = form.get("session", "")
    async with visit.database.transaction() as session:
        if form.get("which") == "others":
            await end_other_sessions(session, browser)
        elif not await end_session(session, browser.user.id, chosen):
            raise NotFound("there is no such session of this person")
    done = "sessions" if form.get("which") == "others" else "session"
    return go_to(visit.site.settings, f"{PATH}?done={done}")


PAGES: Pages = (
    ("GET", PATH, get_security),
    ("POST", f"{PATH}/sessions", post_sessions),
)
