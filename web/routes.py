"""Every page, in one list; and what stands around each: who looks, and what an error shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from quart import Blueprint, Request, Response, request
from werkzeug.exceptions import HTTPException, InternalServerError

from core.errors import NotFound, ServerError
from db.session import Database
from federation.client import Client
from notifications.stream import Hub
from web.answers import go_to, sign_in_path
from web.assets import asset_blueprint
from web.packing import pack
from web.pages import (
    about,
    acts,
    appearance,
    apps,
    badge,
    badge_claim,
    badge_of,
    colleagues,
    complete,
    compose,
    confirm,
    consent,
    delete_account,
    deleting,
    design,
    device,
    directory,
    edit,
    feeds,
    files,
    filters,
    findable,
    forgotten,
    history,
    home,
    institution,
    institution_claims,
    institution_doctors,
    interact,
    invite,
    kept,
    language,
    lists,
    live,
    map,
    me,
    messages,
    notifications,
    oembed,
    own_account,
    own_factor,
    own_notices,
    own_pictures,
    own_profile,
    people,
    people_lists,
    post,
    practice,
    practice_cards,
    profile,
    relations,
    report,
    scheduled,
    search,
    second_factor,
    security,
    settings,
    shell,
    sign_in,
    sign_on,
    sign_up,
    tag,
    vote,
)
from web.pages.errors import error_page, wants_page
from web.site import Site, make_site
from web.visit import Handler, Pages, SignInNeeded, begin_visit, stranger_visit

PAGES: Pages = (
    *home.PAGES,
    *about.PAGES,
    *sign_in.PAGES,
    *sign_on.PAGES,
    *confirm.PAGES,
    *forgotten.PAGES,
    *invite.PAGES,
    *people.PAGES,
    *institution.PAGES,
    *institution_claims.PAGES,
    *institution_doctors.PAGES,
    *sign_up.PAGES,
    *second_factor.PAGES,
    *language.PAGES,
    *me.PAGES,
    *consent.PAGES,
    *device.PAGES,
    *settings.PAGES,
    *own_profile.PAGES,
    *practice.PAGES,
    *badge.PAGES,
    *badge_claim.PAGES,
    *findable.PAGES,
    *badge_of.PAGES,
    *practice_cards.PAGES,
    *own_pictures.PAGES,
    *own_notices.PAGES,
    *appearance.PAGES,
    *filters.PAGES,
    *security.PAGES,
    *own_factor.PAGES,
    *own_account.PAGES,
    *apps.PAGES,
    *delete_account.PAGES,
    *design.PAGES,
    *feeds.PAGES,
    *oembed.PAGES,
    *kept.PAGES,
    *messages.PAGES,
    *search.PAGES,
    *directory.PAGES,
    *colleagues.PAGES,
    *notifications.PAGES,
    *shell.PAGES,
    *interact.PAGES,
    *people_lists.PAGES,
    *relations.PAGES,
    *acts.PAGES,
    *deleting.PAGES,
    *report.PAGES,
    *lists.PAGES,
    *live.PAGES,
    *map.PAGES,
    *profile.PAGES,
    *compose.PAGES,
    *complete.PAGES,
    *files.PAGES,
    *edit.PAGES,
    *history.PAGES,
    *scheduled.PAGES,
    *post.PAGES,
    *vote.PAGES,
    *tag.PAGES,
)


def web_blueprints(
    database: Database, client: Client, hub: Hub | None = None
) -> list[Blueprint]:
    """Make the blueprints of the pages and of their files; `hub` is who has pages open."""
    site = make_site(database, client, hub if hub is not None else Hub())
    return [_page_blueprint(site), asset_blueprint(site.assets)]


def _page_blueprint(site: Site) -> Blueprint:
    blueprint = Blueprint("web", __name__)
    for method, path, handler in PAGES:
        endpoint = f"{method}_{handler.__name__}_{path.count('/')}{len(path)}"
        # toot asks for /oauth/authorize/ with the final slash, others without.
        blueprint.add_url_rule(
            path, endpoint, _view(site, handler), methods=[method], strict_slashes=False
        )
    blueprint.app_errorhandler(HTTPException)(_on_http_error(site))
    return blueprint


def _view(site: Site, handler: Handler) -> Handler:
    async def view(**arguments: Any) -> Response:
        visit = await begin_visit(site, request)
        try:
            _require_text(request)
            response = await handler(visit, **arguments)
        except SignInNeeded as need:
            response = go_to(site.settings, sign_in_path(str(need)))
        except ServerError as error:
            response = error_page(visit, error)
        return await pack(request, response)

    return view


def _require_text(request: Request) -> None:
    """Refuse addresses with a NUL in them: no row has one, and PostgreSQL takes none."""
    if any("\x00" in text for text in (request.path, *request.args.values())):
        raise NotFound("no such address")


def _on_http_error(site: Site) -> Callable[[HTTPException], Awaitable[Response | HTTPException]]:
    """Answer what no room answered: a page for people, a few words for programs."""

    async def answer(error: HTTPException) -> Response | HTTPException:
        if error.response is not None or not wants_page(request):
            return error
        if isinstance(error, InternalServerError):
            return error_page(stranger_visit(site, request), error)
        return error_page(await begin_visit(site, request), error)

    return answer
