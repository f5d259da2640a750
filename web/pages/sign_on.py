"""Signing on at the institution's OpenID provider, or at Pro Santé Connect: there, and back.

Three purposes: to be let in, to link an identity that lets one in, to support a claim to a badge. A
form's answer may not lead to another host (`form-action`), so the page in between carries the link.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from quart import Response, request

from core.errors import InvalidInput, NotFound, PermanentError, TemporaryError
from core.logging import get_logger
from core.settings import Switch
from doctors.claims import find_open_claim
from doctors.evidence import add_sign_on
from moderation.audit import record
from users.identities import (
    begin_sign_on,
    find_identified,
    link_identity,
    take_sign_on,
    unlink_identity,
)
from users.limits import TooManyAttempts
from users.models import SignOn, SignOnPurpose
from users.openid import Identity, Provider, SignOnRefused, provider_of
from users.own_account import WrongPassword, require_password
from web.acting import read_own_form
from web.answers import go_to
from web.entering import enter
from web.forms import is_strangers_own_form, local_path, read_form
from web.pages.security import PATH as SECURITY
from web.session import SIGN_ON, drop_cookie, keep_sign_on, read_cookie
from web.visit import Pages, Visit

START = "/auth/sign-on/<key>"
LINKING = f"{SECURITY}/sign-on"
BADGE = "/settings/badge"
log = get_logger(__name__)


class _Answer(Exception):
    """What a sign-on came to, when it is no way on: a page with a problem."""

    def __init__(self, problem: str, status: int) -> None:
        super().__init__(problem)
        self.problem, self.status = problem, status


async def post_start(visit: Visit, key: str) -> Response:
    """Send a stranger to a provider, to be let in by it."""
    provider, form = _provider(visit, key), await read_form(request)
    if not is_strangers_own_form(visit.site, request, form):
        return _page(visit, provider, "foreign", 403)
    return await _send(
        visit, provider, SignOnPurpose.SIGN_IN, return_to=local_path(form.get("next"))
    )


async def get_linking(visit: Visit) -> Response:
    """Ask for the password before another way in is made (H14)."""
    visit.require_member()
    return _linking(visit, _provider(visit, request.args.get("provider", "")))


async def post_linking(visit: Visit) -> Response:
    """Send somebody to a provider whose identity is to let them in from now on."""
    browser, form = visit.require_member(), await read_own_form(visit)
    provider = _provider(visit, form.get("provider", ""))
    try:
        await require_password(visit.database, browser.user.id, form.get("password", ""))
    except WrongPassword:
        return _linking(visit, provider, status=422, problem="password")
    except TooManyAttempts:
        return _linking(visit, provider, status=429, problem="often")
    return await _send(visit, provider, SignOnPurpose.LINK, user_id=browser.user.id)


async def post_unlinking(visit: Visit) -> Response:
    """Let an identity sign its person in no longer."""
    browser, form = visit.require_member(), await read_own_form(visit)
    issuer, subject = form.get("issuer", ""), form.get("subject", "")
    async with visit.database.transaction() as session:
        if not await unlink_identity(session, browser.user.id, issuer, subject):
            raise NotFound("there is no such identity of this person")
        name = browser.actor.username
        await record(
            session,
            actor=name,
            action="account.sign-on-end",
            subject=name,
            detail={"issuer": issuer},
        )
    return go_to(visit.site.settings, f"{SECURITY}?done=unlinked")


async def post_evidence(visit: Visit) -> Response:
    """Send somebody to a provider that says who they are, for their claim to a badge."""
    browser, form = visit.require_member(), await read_own_form(visit)
    provider = _provider(visit, form.get("provider", ""))
    async with visit.database.read() as session:
        if await find_open_claim(session, browser.actor.id) is None:
            return _page(visit, provider, "no-claim", 409)
    return await _send(visit, provider, SignOnPurpose.EVIDENCE, user_id=browser.user.id)


async def get_back(visit: Visit, key: str) -> Response:
    """Take somebody back from a provider, and do what they were sent for."""
    provider = _provider(visit, key)
    try:
        response = await _come_back(visit, provider)
    except _Answer as answer:
        response = _page(visit, provider, answer.problem, answer.status)
    if read_cookie(visit.site, request, SIGN_ON) is not None:
        drop_cookie(visit.site, response, SIGN_ON)
    return response


async def _come_back(visit: Visit, provider: Provider) -> Response:
    browser_secret = read_cookie(visit.site, request, SIGN_ON)
    async with visit.database.transaction() as session:
        begun = await take_sign_on(
            session, provider, request.args.get("state", ""), browser_secret
        )
    if begun is None:
        raise _Answer("late", 403)
    if request.args.get("iss", provider.issuer).rstrip("/") != provider.issuer:
        # RFC 9207: another provider's answer was brought here.
        raise _Answer("foreign", 403)
    if "code" not in request.args:
        log.info("sign-on refused", provider=provider.key, error=request.args.get("error", "")[:80])
        raise _Answer("refused", 403)
    identity = await _identify(visit, provider, begun)
    return await _DONE[begun.purpose](visit, begun, identity)


async def _identify(visit: Visit, provider: Provider, begun: SignOn) -> Identity:
    try:
        return await visit.site.openid.identify(
            provider,
            code=request.args["code"],
            nonce=begun.nonce,
            verifier=begun.verifier,
            redirect_uri=_redirect_uri(visit, provider),
        )
    except SignOnRefused as error:
        log.info("sign-on refused", provider=provider.key, reason=str(error))
        raise _Answer("refused", 403) from error
    except TemporaryError as error:
        raise _Answer("silent", 502) from error
    except PermanentError as error:
        log.warning("sign-on not believed", provider=provider.key, reason=str(error))
        raise _Answer("wrong", 502) from error


async def _let_in(visit: Visit, begun: SignOn, identity: Identity) -> Response:
    async with visit.database.transaction() as session:
        user = await find_identified(session, identity)
    if user is None:
        raise _Answer("unknown", 403)
    if not user.may_sign_in:
        raise _Answer("shut", 403)
    return await enter(visit, user, begun.return_to, is_lasting=False)


async def _link(visit: Visit, begun: SignOn, identity: Identity) -> Response:
    browser = visit.require_member()
    if browser.user.id != begun.user_id:
        raise _Answer("foreign", 403)
    try:
        async with visit.database.transaction() as session:
            await link_identity(session, browser.user, identity)
            name = browser.actor.username
            await record(
                session,
                actor=name,
                action="account.sign-on",
                subject=name,
                detail={"issuer": identity.issuer, "name": identity.name},
            )
    except InvalidInput as error:
        raise _Answer("taken", 409) from error
    return go_to(visit.site.settings, f"{SECURITY}?done=linked")


async def _support(visit: Visit, begun: SignOn, identity: Identity) -> Response:
    browser = visit.require_member()
    if browser.user.id != begun.user_id:
        raise _Answer("foreign", 403)
    try:
        async with visit.database.transaction() as session:
            claim = await find_open_claim(session, browser.actor.id)
            if claim is None:
                raise _Answer("no-claim", 409)
            await add_sign_on(session, claim, identity.issuer, identity.claims)
    except InvalidInput as error:
        raise _Answer("no-claim", 409) from error
    return go_to(visit.site.settings, f"{BADGE}?done=sign-on")


_DONE: dict[SignOnPurpose, Callable[[Visit, SignOn, Identity], Awaitable[Response]]] = {
    SignOnPurpose.SIGN_IN: _let_in,
    SignOnPurpose.LINK: _link,
    SignOnPurpose.EVIDENCE: _support,
}


def _provider(visit: Visit, key: str) -> Provider:
    provider = provider_of(visit.site.settings, key)
    if provider is None:
        raise NotFound("there is no such provider")
    return provider


def _redirect_uri(visit: Visit, provider: Provider) -> str:
    return f"{visit.site.settings.base_url}{START.replace('<key>', provider.key)}/back"


async def _send(
    visit: Visit,
    provider: Provider,
    purpose: SignOnPurpose,
    *,
    user_id: int | None = None,
    return_to: str = "",
) -> Response:
    """Answer with a page that leads on to the provider, by itself where a browser lets it."""
    try:
        if visit.site.settings.rate_limits is Switch.ON:
            visit.site.sign_ins.require(visit.address)
        async with visit.database.transaction() as session:
            begun = await begin_sign_on(
                session, provider, purpose, user_id=user_id, return_to=return_to
            )
        onward = await visit.site.openid.way_there(
            provider,
            state=begun.state,
            nonce=begun.nonce,
            verifier=begun.verifier,
            redirect_uri=_redirect_uri(visit, provider),
        )
    except TooManyAttempts:
        return _page(visit, provider, "often", 429)
    except (TemporaryError, PermanentError) as error:
        log.warning("a provider cannot be asked", provider=provider.key, reason=str(error))
        return _page(visit, provider, "silent", 502)
    response = visit.page("sign_on.html", provider=provider, onward=onward, problem="")
    response.headers["Refresh"] = f"0; url={onward}"
    keep_sign_on(visit.site, response, begun.browser)
    return response


def _page(visit: Visit, provider: Provider, problem: str, status: int) -> Response:
    return visit.page(
        "sign_on.html", status=status, provider=provider, onward="", problem=problem
    )


def _linking(
    visit: Visit, provider: Provider, *, status: int = 200, problem: str = ""
) -> Response:
    return visit.page(
        "sign_on_linking.html",
        status=status,
        section=SECURITY,
        provider=provider,
        problem=problem,
    )


PAGES: Pages = (
    ("POST", START, post_start),
    ("GET", f"{START}/back", get_back),
    ("GET", LINKING, get_linking),
    ("POST", LINKING, post_linking),
    ("POST", f"{LINKING}/end", post_unlinking),
    ("POST", f"{BADGE}/sign-on", post_evidence),
)
