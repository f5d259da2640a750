"""Changing one's own password or e-mail address."""

from __future__ import annotations

from quart import Response, request

from core.errors import InvalidInput
from users.addresses import address_area
from users.browsers import name_browser
from users.forgotten import PasswordRefused
from users.own_account import ask_for_address, change_password
from users.queries import find_user
from users.sessions import lasts, sign_in
from web.acting import read_own_form
from web.answers import go_to, sign_in_path
from web.pages.security import PATH as SECURITY
from web.proving import UNPROVEN, Unproven, said_of
from web.session import SESSION, keep_session, read_cookie
from web.visit import Pages, Visit

PASSWORD, EMAIL = f"{SECURITY}/password", f"{SECURITY}/email"
_NOTHING = Unproven(status=200, problem="", resets_at=None)


async def get_password(visit: Visit) -> Response:
    """Ask for the password of now and another one."""
    visit.require_member()
    return _password_page(visit, _NOTHING)


async def post_password(visit: Visit) -> Response:
    """Change the password; who was signed in with the old one is so no longer, but here."""
    browser, form = visit.require_member(), await read_own_form(visit)
    new = form.get("new_password", "")
    try:
        await change_password(
            visit.database, browser.user.id, current=form.get("password", ""), new=new
        )
    except UNPROVEN as error:
        return _password_page(visit, said_of(error))
    except PasswordRefused as refused:
        said = Unproven(status=422, problem="weak", resets_at=None)
        return _password_page(visit, said, weakness=refused.weakness.value)
    return await _sign_in_anew(visit)


async def _sign_in_anew(visit: Visit) -> Response:
    """Begin another session in this browser, in place of the one that ended with the others."""
    before = visit.require_member()
    async with visit.database.transaction() as session:
        user = await find_user(session, before.user.id)
        if user is None or not user.may_sign_in:
            return go_to(visit.site.settings, sign_in_path("/"))
        secret, _ = await sign_in(
            session,
            user,
            device=name_browser(request.headers.get("User-Agent")),
            address=address_area(visit.address),
            is_lasting=lasts(read_cookie(visit.site, request, SESSION) or ""),
        )
    response = go_to(visit.site.settings, f"{SECURITY}?done=password")
    keep_session(visit.site, response, secret)
    return response


async def get_email(visit: Visit) -> Response:
    """Ask for another address."""
    visit.require_member()
    return _email_page(visit, _NOTHING)


async def post_email(visit: Visit) -> Response:
    """Write to the new address, or take it at once where this instance sends no mail."""
    browser, form = visit.require_member(), await read_own_form(visit)
    email = form.get("email", "").strip()
    try:
        await ask_for_address(
            visit.database, browser.user.id, password=form.get("password", ""), email=email
        )
    except UNPROVEN as error:
        return _email_page(visit, said_of(error), email=email)
    except InvalidInput:
        said = Unproven(status=422, problem="email", resets_at=None)
        return _email_page(visit, said, email=email)
    done = "email-asked" if visit.site.settings.sends_mail else "email"
    return go_to(visit.site.settings, f"{SECURITY}?done={done}")


def _password_page(visit: Visit, said: Unproven, *, weakness: str = "") -> Response:
    return visit.page("own_password.html", section=SECURITY, weakness=weakness, **said)


def _email_page(visit: Visit, said: Unproven, *, email: str = "") -> Response:
    return visit.page(
        "own_email.html",
        section=SECURITY,
        now_email=visit.require_member().user.email,
        email=email[:254],
        sends_mail=visit.site.settings.sends_mail,
        **said,
    )


PAGES: Pages = (
    ("GET", PASSWORD, get_password),
    ("POST", PASSWORD, post_password),
    ("GET", EMAIL, get_email),
    ("POST", EMAIL, post_email),
)
