"""Between instances: following somebody of elsewhere from here, and the reverse.

A page elsewhere sends its visitors to `/authorize_interaction?uri=…` at their own instance, which
it knows by the link `http://ostatus.org/schema/1.0/subscribe` of their WebFinger document.
"""

from __future__ import annotations

from quart import Response, request

from core.errors import InvalidDocument, PermanentError, TemporaryError
from core.settings import Switch
from doctors.credentials import check_actor
from federation.uris import handle_parts
from posts.lookup import find_at, find_behind
from users.limits import TooManyAttempts
from web.answers import go_to
from web.forms import is_strangers_own_form, read_form, stranger_secret
from web.found import page_of
from web.handles import find_shown
from web.person import Person, list_people
from web.session import keep_form_secret
from web.visit import Pages, Visit
from webfinger.client import fetch_webfinger

MAX_ASKED = 2048


async def get_interaction(visit: Visit) -> Response:
    """Find what is at `uri`, a handle or an address, and go on to its page here."""
    visit.require_member()
    asked = request.args.get("uri", "")[:MAX_ASKED].strip()
    site = visit.site
    if asked.startswith(("https://", "http://")):
        found = await find_at(site.database, site.client, asked, check=check_actor)
    else:
        found = await find_behind(site.database, site.client, asked)
    path = await page_of(visit, found)
    if path is None:
        return visit.page("interaction_unknown.html", status=404, asked=asked)
    return go_to(site.settings, path)


async def get_follow_from(visit: Visit, handle: str) -> Response:
    """Ask a visitor from where they would follow somebody of here."""
    return await _follow_from(visit, handle)


async def post_follow_from(visit: Visit, handle: str) -> Response:
    """Ask the visitor's own instance where it decides, and show the way there.

    A link to follow, never a redirect: a form of ours leads to no place that a stranger named.
    """
    form = await read_form(request)
    typed = form.get("own", "")[:MAX_ASKED].strip()
    if not is_strangers_own_form(visit.site, request, form):
        return await _follow_from(visit, handle, typed=typed, problem="foreign", status=403)
    if visit.site.settings.rate_limits is Switch.ON:
        try:
            visit.site.lookups.require(visit.address)
        except TooManyAttempts:
            return await _follow_from(visit, handle, typed=typed, problem="often", status=429)
    person = await _person(visit, handle)
    way, host, problem = await _way_from(visit, typed, person)
    status = 422 if problem else 200
    return await _follow_from(
        visit, handle, typed=typed, problem=problem, status=status, way=way, host=host
    )


async def _way_from(visit: Visit, typed: str, person: Person) -> tuple[str, str, str]:
    """Return the address of the page elsewhere and its host, or what is wrong."""
    try:
        name, host = handle_parts(typed)
    except InvalidDocument:
        return "", "", "handle"
    if host is None:
        return "", "", "handle"
    if host in (visit.site.uris.handle_domain, visit.site.uris.host):
        return person.path, host, ""
    scheme = "https" if visit.site.is_secure else "http"
    try:
        document = await fetch_webfinger(visit.site.client, name, host, scheme=scheme)
    except (PermanentError, TemporaryError):
        return "", host, "unreachable"
    way = document.subscribe_address(f"@{person.actor.handle}")
    return (way, host, "") if way else ("", host, "no-page")


async def _person(visit: Visit, handle: str) -> Person:
    actor = await find_shown(visit, handle)
    async with visit.database.read() as session:
        return (await list_people(session, [actor]))[actor.id]


async def _follow_from(
    visit: Visit,
    handle: str,
    *,
    typed: str = "",
    problem: str = "",
    status: int = 200,
    way: str = "",
    host: str = "",
) -> Response:
    person = await _person(visit, handle)
    secret = stranger_secret(visit.site, request)
    response = visit.page(
        "follow_from.html",
        status=status,
        person=person,
        typed=typed,
        problem=problem,
        way=way,
        host=host,
        form_token=secret,
    )
    if secret is not None:
        keep_form_secret(visit.site, response, secret)
    return response


PAGES: Pages = (
    ("GET", "/authorize_interaction", get_interaction),
    ("GET", "/@<handle>/follow-from", get_follow_from),
    ("POST", "/@<handle>/follow-from", post_follow_from),
)
