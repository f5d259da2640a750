"""The second question at the door: a code of the device, or a recovery code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from quart import Response, request

from core.settings import Switch
from users.limits import TooManyAttempts
from users.second_step import Redeemed, is_waiting, redeem
from web.answers import go_to, sign_in_path
from web.entering import SECOND_FACTOR, begin
from web.forms import is_strangers_own_form, read_form, stranger_secret
from web.session import SECOND_STEP, drop_cookie, keep_form_secret, read_cookie
from web.visit import Pages, Visit


async def get_second_factor(visit: Visit) -> Response:
    """Ask for a code; whose password was not asked, or long ago, begins at the door."""
    async with visit.database.read() as session:
        waits = await is_waiting(session, read_cookie(visit.site, request, SECOND_STEP))
    return _form(visit) if waits else _back(visit, "/")


async def post_second_factor(visit: Visit) -> Response:
    """Begin the session, or ask again: five times at most."""
    form = await read_form(request)
    if not is_strangers_own_form(visit.site, request, form):
        return _form(visit, status=403, problem="foreign")
    try:
        redeemed = await _redeem(visit, form)
    except TooManyAttempts as refusal:
        return _form(visit, status=429, problem="often", resets_at=refusal.resets_at)
    if redeemed is None:
        return _back(visit, "/")
    if redeemed.user is not None:
        lasting = redeemed.is_lasting
        return await begin(visit, redeemed.user, redeemed.onward, is_lasting=lasting)
    if redeemed.is_over:
        return _back(visit, redeemed.onward)
    return _form(visit, status=422, problem="wrong")


async def _redeem(visit: Visit, form: Mapping[str, str]) -> Redeemed | None:
    if visit.site.settings.rate_limits is Switch.ON:
        visit.site.sign_ins.require(visit.address)
    code = form.get("recovery", "").strip() or form.get("code", "")
    async with visit.database.transaction() as session:
        return await redeem(session, read_cookie(visit.site, request, SECOND_STEP), code)


def _back(visit: Visit, onward: str) -> Response:
    """Send somebody to the door again, where the password is asked."""
    response = go_to(visit.site.settings, sign_in_path(onward, again="1", late="1"))
    if read_cookie(visit.site, request, SECOND_STEP) is not None:
        drop_cookie(visit.site, response, SECOND_STEP)
    return response


def _form(
    visit: Visit, *, status: int = 200, problem: str = "", resets_at: datetime | None = None
) -> Response:
    secret = stranger_secret(visit.site, request)
    response = visit.page(
        "second_factor.html",
        status=status,
        problem=problem,
        resets_at=resets_at,
        form_token=secret,
        here=SECOND_FACTOR,
    )
    if secret is not None:
        keep_form_secret(visit.site, response, secret)
    return response


PAGES: Pages = (
    ("GET", SECOND_FACTOR, get_second_factor),
    ("POST", SECOND_FACTOR, post_second_factor),
)
