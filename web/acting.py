"""Forms by which people who are signed in do something, and where their browser goes then."""

from __future__ import annotations

from collections.abc import Mapping

from quart import Response, request

from core.settings import Switch
from web.answers import go_to
from web.forms import local_path, read_form, require_own_form
from web.headers import page_headers
from web.visit import SignInNeeded, Visit


async def read_own_form(visit: Visit) -> Mapping[str, str]:
    """Return the fields of a form of this browser's session.

    Raises Forbidden for one of another page, and SignInNeeded where the session is over: that leads
    back to where the form was, as nothing may be at its own address.
    """
    form = await read_form(request)
    if visit.browser is None:
        raise SignInNeeded(local_path(form.get("next")))
    require_own_form(visit, form)
    return form


def back_to(visit: Visit, form: Mapping[str, str], *, anchor: str = "") -> Response:
    """Send a browser back to where a form was, to an element of that page if one is named."""
    path = local_path(form.get("next"))
    return go_to(visit.site.settings, f"{path}#{anchor}" if anchor else path)


def nothing_left(visit: Visit) -> Response:
    """Tell our script that what it asked to see again is not there any more."""
    headers = dict(page_headers(visit.site.settings))
    return Response("", content_type="text/html; charset=utf-8", headers=headers)


def count_deletion(visit: Visit) -> None:
    """Count what somebody takes back; raises TooManyAttempts after too many."""
    if visit.site.settings.rate_limits is Switch.ON:
        visit.site.deletions.require(str(visit.require_member().user.id))
