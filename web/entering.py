"""Letting somebody in whose password was right: at once, or after a code of their second factor."""

from __future__ import annotations

from quart import Response, request

from moderation.audit import record
from users.accounts import username_of
from users.addresses import address_area
from users.browsers import name_browser
from users.models import User
from users.second_step import ask_code
from users.sessions import sign_in, sign_out
from web.answers import go_to
from web.session import (
    FORM,
    SECOND_STEP,
    SESSION,
    drop_cookie,
    keep_second_step,
    keep_session,
    read_cookie,
)
from web.visit import Visit

SECOND_FACTOR = "/auth/second-factor"


async def enter(visit: Visit, user: User, onward: str, *, is_lasting: bool) -> Response:
    """Begin a session and go on; who has a second factor is asked for a code first."""
    if not user.has_second_factor:
        return await begin(visit, user, onward, is_lasting=is_lasting)
    async with visit.database.transaction() as session:
        secret = await ask_code(session, user, onward=onward, is_lasting=is_lasting)
    response = go_to(visit.site.settings, SECOND_FACTOR + visit.lang_query())
    keep_second_step(visit.site, response, secret)
    return response


async def begin(visit: Visit, user: User, onward: str, *, is_lasting: bool) -> Response:
    """Begin a session for who has shown all that is asked; an earlier one of this browser ends."""
    before = read_cookie(visit.site, request, SESSION)
    async with visit.database.transaction() as session:
        if before is not None:
            await sign_out(session, before)
        secret, _ = await sign_in(
            session,
            user,
            device=name_browser(request.headers.get("User-Agent")),
            address=address_area(visit.address),
            is_lasting=is_lasting,
        )
        username = await username_of(session, user)
        await record(session, actor=username, action="account.sign-in", subject=username)
    response = go_to(visit.site.settings, onward)
    keep_session(visit.site, response, secret)
    for name in (FORM, SECOND_STEP):
        if read_cookie(visit.site, request, name) is not None:
            drop_cookie(visit.site, response, name)
    return response
