"""May this program act for you? The page of the code grant; `users.authorisation` holds the rules.

A request that is refused is a page: nobody is redirected to an address that anybody could have
registered, unless they follow the link themselves (RFC 9700 §4.11.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from quart import Response, request

from core.errors import InvalidInput
from core.i18n import mark
from users.apps import OUT_OF_BAND, website_host
from users.authorisation import (
    AuthorisationRefused,
    AuthorisationRequest,
    grant_authorisation,
    start_authorisation,
)
from web.answers import go_to, sign_in_path
from web.forms import read_form, require_own_form
from web.headers import page_headers
from web.scopes import scope_lines
from web.visit import Pages, SignInNeeded, Visit

PATH = "/oauth/authorize"
_PARAMETERS = (
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "lang",
)
# What is obeyed once and then left out: coming back from the sign-in page it would ask for ever.
_FORCING = frozenset({"login", "select_account"})
_NO = frozenset({"", "0", "f", "false", "off", "no"})
_REASONS = {
    "unsupported_response_type": mark("The program asked in a way that is not offered here."),
    "invalid_scope": mark("The program asked for permissions that do not exist or that it did "
                          "not register for."),
    "invalid_request": mark("The program's request is malformed, or protects its code in a way "
                            "that is not safe."),
    "interaction_required": mark("The program wants to be let in without your being asked. Here "
                                 "everybody is asked."),
    "access_denied": mark("You refused."),
}
# Words of `users.authorisation`, for the catalogues.
mark("This program is not known here.")
mark("The redirect uri included is not valid.")
mark("The state is too long.")


async def get_consent(visit: Visit) -> Response:
    """Show who asks for what; a stranger signs in first."""
    given = request.args.to_dict()
    params = _parameters(given)
    try:
        asked = await _start(visit, given)
    except (InvalidInput, AuthorisationRefused) as error:
        return _refused(visit, error)
    if visit.browser is None or _must_sign_in_again(given):
        return _to_sign_in(visit, params)
    headers = page_headers(
        visit.site.settings, form_target=None if asked.is_out_of_band else asked.redirect_uri
    )
    return visit.page(
        "consent.html",
        headers=headers,
        asked=asked,
        params=params,
        scopes=scope_lines(asked.scopes),
        website=website_host(asked.app.website),
        target="" if asked.is_out_of_band else place_of(asked.redirect_uri),
    )


def _must_sign_in_again(given: Mapping[str, str]) -> bool:
    """Tell whether the program wants to know anew who it is, as to add a second account."""
    is_forced = given.get("force_login", "").strip().lower() not in _NO
    return is_forced or not _FORCING.isdisjoint(given.get("prompt", "").split())


def _to_sign_in(visit: Visit, params: Mapping[str, str]) -> Response:
    more = {"lang": params["lang"]} if "lang" in params else {}
    if visit.browser is not None:
        more["again"] = "1"
    there = sign_in_path(f"{PATH}?{urlencode(params)}", **more)
    return go_to(visit.site.settings, there)


async def post_consent(visit: Visit) -> Response:
    """Give the program a code, or tell it no."""
    form = await read_form(request)
    params = _parameters(form)
    if visit.browser is None:
        raise SignInNeeded(f"{PATH}?{urlencode(params)}")
    require_own_form(visit, form)
    try:
        asked = await _start(visit, params)
        if form.get("decision") != "grant":
            return _say_no(visit, asked)
        async with visit.database.transaction() as session:
            code = await grant_authorisation(session, asked, visit.browser.user)
    except (InvalidInput, AuthorisationRefused) as error:
        return _refused(visit, error)
    if asked.is_out_of_band:
        return visit.page("code.html", code=code, program=asked.app.name)
    return go_to(visit.site.settings, asked.answer(code=code))


def place_of(uri: str) -> str:
    """Name the place of an address to a person: its host, or an app's own scheme."""
    parts = urlsplit(uri)
    return parts.netloc if parts.scheme in {"http", "https"} else f"{parts.scheme}:"


async def _start(visit: Visit, params: Mapping[str, str]) -> AuthorisationRequest:
    async with visit.database.read() as session:
        return await start_authorisation(session, params)


def _parameters(given: Mapping[str, str]) -> dict[str, str]:
    return {name: given[name] for name in _PARAMETERS if name in given}


def _say_no(visit: Visit, asked: AuthorisationRequest) -> Response:
    refusal = AuthorisationRefused("access_denied", asked)
    if asked.is_out_of_band:
        return _refused(visit, refusal, status=200)
    return go_to(visit.site.settings, refusal.location)


def _refused(
    visit: Visit, error: InvalidInput | AuthorisationRefused, *, status: int = 400
) -> Response:
    reason, back = str(error), ""
    if isinstance(error, AuthorisationRefused):
        reason = _REASONS[error.code]
        back = "" if error.location.startswith(OUT_OF_BAND) else error.location
    return visit.page(
        "refused.html",
        status=status,
        reason=reason,
        is_their_fault=status != 200,
        back=back,
        place=place_of(back),
    )


PAGES: Pages = (
    ("GET", PATH, get_consent),
    ("POST", PATH, post_consent),
)
