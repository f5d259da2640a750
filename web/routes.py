"""Every page, in one list; and what stands around each: who looks, and what an error shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from quart import Blueprint, Request, Response, request
from werkzeug.exceptions import HTTPException, InternalServerError

from core.errors import NotFound, ServerError
from db.session import Database
from federation.client import Client
from web.answers import go_to, sign_in_path
from web.assets import asset_blueprint
from web.packing import pack
from web.pages import (
    about,
    consent,
    device,
    feeds,
    language,
    me,
    oembed,
    post,
    profile,
    settings,
    shell,
    sign_in,
    tag,
    vote,
)
from web.pages.errors import error_page, wants_page
from web.site import Site, make_site
from web.visit import Handler, Pages, SignInNeeded, begin_visit, stranger_visit

PAGES: Pages = (
    *about.PAGES,
    *sign_in.PAGES,
    *language.PAGES,
    *me.PAGES,
    *consent.PAGES,
    *device.PAGES,
    *settings.PAGES,
    *feeds.PAGES,
    *oembed.PAGES,
    *shell.PAGES,
    *profile.PAGES,
    *post.PAGES,
    *vote.PAGES,
    *tag.PAGES,
)


def web_blueprints(database: Database, client: Client) -> list[Blueprint]:
    """Make the blueprints of the pages and of their files."""
    site = make_site(database, client)
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
