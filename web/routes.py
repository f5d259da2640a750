"""Every page, in one list; and what stands around each: who looks, and what an error shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from quart import Blueprint, Request, Response, request
from werkzeug.exceptions import HTTPException, InternalServerError

from core.errors import NotFound, ServerError
from db.session import Database
from federation.client import Client
from users.devices import DEVICE_PAGE
from web.answers import SIGN_IN, go_to, sign_in_path
from web.assets import asset_blueprint
from web.pages.about import get_about
from web.pages.consent import PATH, get_consent, post_consent
from web.pages.device import get_device, post_device
from web.pages.errors import error_page, wants_page
from web.pages.language import post_language
from web.pages.post import get_post
from web.pages.profile import get_profile
from web.pages.sign_in import get_sign_in, post_sign_in, post_sign_out
from web.pages.tag import get_tag
from web.pages.vote import post_vote
from web.site import Site, make_site
from web.visit import SignInNeeded, begin_visit, stranger_visit

Handler = Callable[..., Awaitable[Response]]

PAGES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/", get_about),
    ("GET", "/about", get_about),
    ("GET", SIGN_IN, get_sign_in),
    ("POST", SIGN_IN, post_sign_in),
    ("POST", "/auth/sign-out", post_sign_out),
    ("POST", "/language", post_language),
    ("GET", PATH, get_consent),
    ("POST", PATH, post_consent),
    ("GET", DEVICE_PAGE, get_device),
    ("POST", DEVICE_PAGE, post_device),
    ("GET", "/@<handle>", get_profile),
    ("GET", "/@<handle>/<post_id>", get_post),
    ("POST", "/@<handle>/<post_id>/votes", post_vote),
    ("GET", "/tags/<name>", get_tag),
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
            return await handler(visit, **arguments)
        except SignInNeeded as need:
            return go_to(site.settings, sign_in_path(str(need)))
        except ServerError as error:
            return error_page(visit, error)

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
