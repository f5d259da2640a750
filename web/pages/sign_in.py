"""Signing in and out."""

from __future__ import annotations

from datetime import datetime

from quart import Response, request

from core.logging import get_logger
from core.settings import Switch
from users.accounts import NotInYet, authenticate_user
from users.limits import TooManyAttempts
from users.models import User
from users.openid import providers
from users.sessions import sign_out
from web.answers import SIGN_IN, go_to, sign_in_path
from web.entering import enter
from web.forms import (
    is_strangers_own_form,
    local_path,
    read_form,
    require_own_form,
    stranger_secret,
)
from web.session import SESSION, drop_cookie, keep_form_secret, read_cookie
from web.visit import Pages, Visit

MAX_NAME = 254

log = get_logger(__name__)


async def get_sign_in(visit: Visit) -> Response:
    """Ask who it is; somebody who is signed in goes on at once, unless asked to say it again."""
    onward = local_path(request.args.get("next"))
    if visit.browser is not None and "again" not in request.args:
        return go_to(visit.site.settings, onward)
    return _form(visit, onward, problem="late" if "late" in request.args else "")


async def post_sign_in(visit: Visit) -> Response:
    """Let somebody in, or say in the same words why not: wrong name or wrong password."""
    form = await read_form(request)
    onward, name = local_path(form.get("next")), form.get("name", "")[:MAX_NAME]
    if not is_strangers_own_form(visit.site, request, form):
        return _form(visit, onward, status=403, problem="foreign", name=name)
    try:
        user = await _authenticate(visit, name, form.get("password", ""))
    except TooManyAttempts as refusal:
        log.warning("too many sign-ins", address=visit.address)
        return _form(
            visit, onward, status=429, problem="often", name=name, resets_at=refusal.resets_at
        )
    except NotInYet as waits:
        return go_to(visit.site.settings, f"/auth/sign-up/{_step(waits)}")
    if user is None:
        log.info("sign-in refused", address=visit.address)
        return _form(visit, onward, status=422, problem="wrong", name=name)
    return await enter(visit, user, onward, is_lasting=form.get("lasting") == "yes")


async def post_sign_out(visit: Visit) -> Response:
    """End the session, here and on the server."""
    response = go_to(visit.site.settings, "/")
    if visit.browser is None:
        return response
    require_own_form(visit, await read_form(request))
    async with visit.database.transaction() as session:
        await sign_out(session, read_cookie(visit.site, request, SESSION) or "")
    drop_cookie(visit.site, response, SESSION)
    return response


def _step(waits: NotInYet) -> str:
    return "waits" if waits.is_confirmed else "mail"


async def _authenticate(visit: Visit, name: str, password: str) -> User | None:
    if visit.site.settings.rate_limits is Switch.ON:
        visit.site.sign_ins.require(visit.address)
    return await authenticate_user(visit.database, name, password)


def _form(
    visit: Visit,
    onward: str,
    *,
    status: int = 200,
    problem: str = "",
    name: str = "",
    resets_at: datetime | None = None,
) -> Response:
    secret = stranger_secret(visit.site, request)
    response = visit.page(
        "sign_in.html",
        status=status,
        problem=problem,
        name=name,
        resets_at=resets_at,
        providers=providers(visit.site.settings),
        next=onward,
        form_token=secret,
        here=sign_in_path(onward),
    )
    if secret is not None:
        keep_form_secret(visit.site, response, secret)
    return response


PAGES: Pages = (
    ("GET", SIGN_IN, get_sign_in),
    ("POST", SIGN_IN, post_sign_in),
    ("POST", "/auth/sign-out", post_sign_out),
)
