"""One request of a browser: who looks, in which language, and how a page is written for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from quart import Request, Response

from core.clock import find_zone, now
from core.errors import InvalidInput, PermanentError
from core.i18n import Language, choose_language
from core.settings import PublicPages
from db.session import AsyncSession, Database
from notifications.groups import count_unread_groups
from notifications.queries import ALL as ALL_NOTICES
from posts.audience import choose_audience
from posts.models import Post, Visibility
from posts.visibility import ANONYMOUS, Viewer, viewer_of
from users.addresses import address_key, caller_address
from users.markers import find_last_read
from users.models import Role
from users.secret import new_secret
from users.sessions import SignedIn, find_session, note_seen
from web.assets import SCRIPT, asset_url
from web.headers import page_headers
from web.masks import masked
from web.person import bare_person
from web.session import LANGUAGE, SESSION, read_cookie
from web.site import Site

# What a page module serves: method, path and what answers; `web.routes` puts them together.
Handler = Callable[..., Awaitable[Response]]
Pages = tuple[tuple[str, str, Handler], ...]

# Beyond it "99+" is said.
MAX_COUNTED = 100
# Our script sends it with what it asks for.
PART = "Consilium-Part"

_READABLE: Mapping[PublicPages, frozenset[PublicPages]] = {
    PublicPages.PROFILES: frozenset({PublicPages.PROFILES, PublicPages.POSTS}),
    PublicPages.POSTS: frozenset({PublicPages.POSTS}),
}


class SignInNeeded(PermanentError):
    """A stranger asks for what is only for people who are signed in. Door: the sign-in page."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Who looks at what: `here` is the address of the page, with its query.

    `wants_part` is whether our script asks, for a part of a page; `unread` counts notices.
    """

    site: Site
    browser: SignedIn | None
    viewer: Viewer
    language: Language
    here: str
    address: str
    wants_part: bool = False
    unread: int = 0

    @property
    def database(self) -> Database:
        """The instance's database."""
        return self.site.database

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of this reader; the house's where the system has theirs no more."""
        chosen = self.browser.user.preferences.get("time_zone") if self.browser else None
        return find_zone(chosen) or ZoneInfo(self.site.settings.time_zone)

    def may_read(self, pages: PublicPages) -> bool:
        """Tell whether this visitor may read pages of a kind (WIRE §3)."""
        return self.browser is not None or (
            self.site.settings.shown_to_strangers in _READABLE[pages]
        )

    def require(self, pages: PublicPages) -> None:
        """Let nobody but signed-in people read a kind of page that strangers are not shown."""
        if not self.may_read(pages):
            raise SignInNeeded(self.here)

    def require_member(self) -> SignedIn:
        """Return who is signed in; raises SignInNeeded, which leads back to this page."""
        if self.browser is None:
            raise SignInNeeded(self.here)
        return self.browser

    def usual_audience(
        self, *, parent: Post | None = None, quoted: Post | None = None
    ) -> Visibility | None:
        """Return who reads what this person writes where nothing is said; None for nobody."""
        member = self.require_member()
        try:
            return choose_audience(
                None,
                member.user,
                is_doctor=self.viewer.is_doctor,
                parent=parent,
                quoted=quoted,
            )
        except InvalidInput:
            return None

    def as_stranger(self) -> Visit:
        """Return this visit as that of somebody who is not signed in."""
        return replace(self, browser=None, viewer=ANONYMOUS, unread=0)

    def page(
        self,
        template: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> Response:
        """Write a page; `headers` come instead of the usual ones of a page."""
        html = self.site.templates.get_template(template).render(
            self._surroundings() | {"status": status} | values
        )
        return Response(
            html,
            status=status,
            content_type="text/html; charset=utf-8",
            headers=dict(headers or page_headers(self.site.settings)),
        )

    def _surroundings(self) -> dict[str, object]:
        """Return what each template may use besides its own values."""
        language, browser = self.language, self.browser
        moment = now()
        return {
            "_": language.gettext,
            "ngettext": language.ngettext,
            "ago": partial(language.ago, now=moment, zone=self.zone),
            "date": partial(language.date, zone=self.zone),
            "moment": partial(language.moment, zone=self.zone),
            "language": language,
            "languages": {code: one.name for code, one in self.site.languages.items()},
            "asset": partial(asset_url, self.site.assets),
            "site_name": self.site.uris.handle_domain,
            "me": bare_person(browser.actor, self.site.settings) if browser is not None else None,
            "csrf_token": masked(browser.web_session.csrf_token) if browser is not None else "",
            "here": self.here,
            "path": self.here.partition("?")[0],
            "unread": self.unread,
            "preferences": browser.user.preferences if browser is not None else {},
            "is_in_charge": browser is not None and browser.user.role is not Role.MEMBER,
            "verifies": browser is not None
            and (browser.user.is_verifier or browser.user.role is Role.ADMIN),
            "has_script": SCRIPT in self.site.assets,
            "shell": self.site.shell,
            "is_trial": self.site.settings.development,
            "base_url": self.site.settings.base_url,
            "is_open_to_all": self.site.settings.shown_to_strangers is PublicPages.POSTS,
            "lang_query": self.lang_query(),
            "zone": self.zone.key,
            "usual_answer": lambda post: self.usual_audience(parent=post),
            "new_key": new_secret,
            "writing_language": (browser.user.default_language if browser is not None else None)
            or language.code,
            "signup": self.site.settings.signup.value,
            "sends_mail": self.site.settings.sends_mail,
            "contact_email": self.site.settings.contact_email,
        }

    def lang_query(self) -> str:
        """Return what a form's address needs so that its answer is in the language asked for."""
        asked = dict(parse_qsl(self.here.partition("?")[2])).get("lang")
        return f"?lang={self.language.code}" if asked else ""


async def begin_visit(site: Site, request: Request) -> Visit:
    """Find out who looks; a browser without our cookie costs no query."""
    browser, viewer, unread = None, ANONYMOUS, 0
    is_page = request.method == "GET" and PART not in request.headers
    if secret := read_cookie(site, request, SESSION):
        # Before every page: in one go.
        browser, viewer, unread = await site.database.look(
            lambda session: _recognise(session, secret, counts=is_page)
        )
    if browser is not None and browser.is_seen_due:
        await note_seen(site.database, browser)
    return _visit(site, request, browser, viewer, unread=unread)


async def _recognise(
    session: AsyncSession, secret: str, *, counts: bool
) -> tuple[SignedIn | None, Viewer, int]:
    """Return whose browser this is, through whose eyes they read, and how much is unread."""
    browser = await find_session(session, secret)
    if browser is None:
        return None, ANONYMOUS, 0
    viewer = await viewer_of(session, browser.actor.id)
    return browser, viewer, await _unread(session, browser, viewer) if counts else 0


async def _unread(session: AsyncSession, browser: SignedIn, viewer: Viewer) -> int:
    since = await find_last_read(session, browser.user.id, "notifications") or 0
    return await count_unread_groups(
        session, viewer, since, limit=MAX_COUNTED, choice=ALL_NOTICES
    )


def stranger_visit(site: Site, request: Request) -> Visit:
    """Take a visitor for a stranger: for pages that must work when the database does not."""
    return _visit(site, request, None, ANONYMOUS)


def _visit(
    site: Site,
    request: Request,
    browser: SignedIn | None,
    viewer: Viewer,
    *,
    unread: int = 0,
) -> Visit:
    chosen = choose_language(
        [
            request.args.get("lang"),
            read_cookie(site, request, LANGUAGE),
            browser.user.locale if browser is not None else None,
            *(tag for tag, quality in request.accept_languages if quality > 0),
        ]
    )
    query = request.query_string.decode("latin-1")
    forwarded = request.headers.get("X-Forwarded-For")
    trusted = site.settings.trusted_proxies
    return Visit(
        site=site,
        browser=browser,
        viewer=viewer,
        language=site.languages[chosen],
        here=f"{request.path}?{query}" if query else request.path,
        address=address_key(caller_address(request.remote_addr, forwarded, trusted)),
        wants_part=PART in request.headers,
        unread=unread,
    )
