"""A forgotten password: asking for a link by mail, and choosing a new one by it.

As with every link of a letter, opening it changes nothing; sending the form does.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from quart import Response, request

from users.forgotten import PasswordRefused, ask_for_reset, may_reset, reset_password
from users.limits import TooManyAttempts
from users.mailing import FORGOTTEN, NEW_PASSWORD
from users.passwords import MAX_LENGTH, MIN_LENGTH
from web.answers import go_to
from web.forms import read_form
from web.password_words import WEAKNESSES
from web.stranger_forms import is_foreign, show_form
from web.visit import Pages, Visit

_MAX_TYPED = 254


async def get_forgotten(visit: Visit) -> Response:
    """Ask for the address of the account."""
    return _ask(visit)


async def post_forgotten(visit: Visit) -> Response:
    """Send the link, if there is an account; everybody is answered alike (H24)."""
    form = await read_form(request)
    email = form.get("email", "")[:_MAX_TYPED]
    if is_foreign(visit, form):
        return _ask(visit, status=403, problem="foreign", email=email)
    if not visit.site.settings.sends_mail:
        return _ask(visit, status=422)
    try:
        await ask_for_reset(visit.database, email, address=visit.address)
    except TooManyAttempts as refusal:
        return _ask(visit, status=429, problem="often", email=email, resets_at=refusal.resets_at)
    return go_to(visit.site.settings, f"{FORGOTTEN}/sent")


async def get_sent(visit: Visit) -> Response:
    """Say that a letter is on its way, if there is somebody to write to."""
    return visit.page("forgotten_sent.html")


async def get_new_password(visit: Visit) -> Response:
    """Ask for the new password."""
    return await _ask_password(visit, request.args.get("ticket", ""))


async def post_new_password(visit: Visit) -> Response:
    """Set it, and use the link up."""
    form = await read_form(request)
    secret = form.get("ticket", "")
    if is_foreign(visit, form):
        return await _ask_password(visit, secret, status=403, problem="foreign")
    try:
        is_set = await reset_password(visit.database, secret, form.get("password", ""))
    except PasswordRefused as refusal:
        fault = visit.language.gettext(WEAKNESSES[refusal.weakness])
        return await _ask_password(visit, secret, status=422, problem="weak", fault=fault)
    if not is_set:
        return _over(visit)
    return go_to(visit.site.settings, f"{NEW_PASSWORD}/set")


async def get_set(visit: Visit) -> Response:
    """Say that the password was changed."""
    return visit.page("new_password_set.html")


def _ask(
    visit: Visit,
    *,
    status: int = 200,
    problem: str = "",
    email: str = "",
    resets_at: datetime | None = None,
) -> Response:
    return show_form(
        visit,
        "forgotten.html",
        status=status,
        problem=problem,
        email=email,
        resets_at=resets_at,
    )


async def _ask_password(
    visit: Visit, secret: str, *, status: int = 200, problem: str = "", fault: str = ""
) -> Response:
    async with visit.database.read() as session:
        username = await may_reset(session, secret)
    if username is None:
        return _over(visit)
    return show_form(
        visit,
        "new_password.html",
        status=status,
        problem=problem,
        fault=fault,
        username=username,
        ticket=secret,
        bounds={"minlength": MIN_LENGTH, "maxlength": MAX_LENGTH},
        here=f"{NEW_PASSWORD}?{urlencode({'ticket': secret})}",
    )


def _over(visit: Visit) -> Response:
    return visit.page("new_password_over.html", status=404)


PAGES: Pages = (
    ("GET", FORGOTTEN, get_forgotten),
    ("POST", FORGOTTEN, post_forgotten),
    ("GET", f"{FORGOTTEN}/sent", get_sent),
    ("GET", NEW_PASSWORD, get_new_password),
    ("POST", NEW_PASSWORD, post_new_password),
    ("GET", f"{NEW_PASSWORD}/set", get_set),
)
