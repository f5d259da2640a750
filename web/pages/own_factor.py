"""The second factor of one's own: shown to the device, confirmed, made new, turned off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from quart import Response, request

from core.errors import InvalidInput
from users.own_factor import begin_factor, remake_codes, remove_factor
from users.second_factor import address_for_device, confirm, pending_secret
from users.sessions import find_session, renew
from web.acting import read_own_form
from web.answers import go_to
from web.pages.security import PATH as SECURITY
from web.proving import UNPROVEN, Unproven, said_of
from web.qr import make_qr
from web.session import SESSION, keep_session, read_cookie
from web.visit import Pages, Visit

PATH = f"{SECURITY}/second-factor"
CODES = f"{SECURITY}/recovery-codes"
_GROUP = 4
_NOTHING = Unproven(status=200, problem="", resets_at=None)


async def get_own_factor(visit: Visit) -> Response:
    """Show how to set it up, what the device is to be told, or how to turn it off."""
    return _page(visit)


async def post_begin(visit: Visit) -> Response:
    """Make a secret for the device and show it."""
    browser, form = visit.require_member(), await read_own_form(visit)
    try:
        await begin_factor(visit.database, browser.user.id, password=form.get("password", ""))
    except UNPROVEN as error:
        return _page(visit, said_of(error))
    except InvalidInput:
        # It was set up meanwhile, in another window.
        pass
    return go_to(visit.site.settings, PATH)


async def post_confirm(visit: Visit) -> Response:
    """Take the device's first code, give this browser a new secret and show the recovery codes."""
    browser, form = visit.require_member(), await read_own_form(visit)
    secret = read_cookie(visit.site, request, SESSION) or ""
    async with visit.database.transaction() as session:
        codes = await confirm(session, browser.user.id, form.get("code", ""))
        fresh = await renew(session, browser, secret) if codes is not None else ""
        renewed = await find_session(session, fresh)
    if codes is None:
        return _page(visit, Unproven(status=422, problem="first-code", resets_at=None))
    # The forms of the page that follows are those of the renewed session.
    response = _show(replace(visit, browser=renewed), codes, is_new=True)
    keep_session(visit.site, response, fresh)
    return response


async def post_remove(visit: Visit) -> Response:
    """Turn it off, for who shows the password and a code."""
    browser, form = visit.require_member(), await read_own_form(visit)
    try:
        await remove_factor(visit.database, browser.user.id, **_proof(form))
    except UNPROVEN as error:
        return _page(visit, said_of(error))
    return go_to(visit.site.settings, f"{SECURITY}?done=factor-off")


async def get_codes(visit: Visit) -> Response:
    """Ask for the password and a code before new recovery codes are made."""
    if not visit.require_member().user.has_second_factor:
        return go_to(visit.site.settings, PATH)
    return _codes_page(visit, _NOTHING)


async def post_codes(visit: Visit) -> Response:
    """Make the recovery codes anew and show them, this once."""
    browser, form = visit.require_member(), await read_own_form(visit)
    try:
        codes = await remake_codes(visit.database, browser.user.id, **_proof(form))
    except UNPROVEN as error:
        return _codes_page(visit, said_of(error))
    return _show(visit, codes, is_new=False)


def _proof(form: Mapping[str, str]) -> dict[str, str]:
    return {name: form.get(name, "") for name in ("password", "code")}


def _page(visit: Visit, said: Unproven = _NOTHING) -> Response:
    user = visit.require_member().user
    settings, place = visit.site.settings, visit.site.uris.handle_domain
    secret, address = pending_secret(settings.secret, user), ""
    if secret is not None:
        username = visit.require_member().actor.username
        address = address_for_device(secret, username=username, place=place)
    return visit.page(
        "own_factor.html",
        section=SECURITY,
        has_factor=user.has_second_factor,
        groups=[secret[at : at + _GROUP] for at in range(0, len(secret), _GROUP)] if secret else [],
        address=address,
        qr=make_qr(address) if address else None,
        **said,
    )


def _codes_page(visit: Visit, said: Unproven) -> Response:
    return visit.page("recovery_codes.html", section=SECURITY, **said)


def _show(visit: Visit, codes: list[str], *, is_new: bool) -> Response:
    return visit.page("own_codes.html", section=SECURITY, codes=codes, is_new=is_new)


PAGES: Pages = (
    ("GET", PATH, get_own_factor),
    ("POST", PATH, post_begin),
    ("POST", f"{PATH}/confirm", post_confirm),
    ("POST", f"{PATH}/remove", post_remove),
    ("GET", CODES, get_codes),
    ("POST", CODES, post_codes),
)
