"""Making an account: the form, as far as the instance lets strangers ask, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from quart import Response, request

from core.errors import NotFound
from core.i18n import mark
from core.logging import get_logger
from moderation.rules import read_rules
from users.accounts import authenticate_user
from users.application import MAX_REASON, Application, Fault, SignUpRefused
from users.limits import TooManyAttempts
from users.passwords import MAX_LENGTH, MIN_LENGTH
from users.signup import Outcome, sign_up
from web.answers import go_to
from web.entering import enter
from web.forms import read_form
from web.password_words import WEAKNESSES
from web.stranger_forms import is_foreign, show_form
from web.visit import Pages, Visit

SIGN_UP = "/auth/sign-up"
_KEPT = ("name", "username", "email", "reason", "rules")
_MAX_KEPT = 4000
_STEPS = frozenset({"mail", "waits"})
log = get_logger(__name__)
_WORDS: Mapping[tuple[str, Fault], str] = {
    ("name", Fault.EMPTY): mark("Write the name that colleagues know you by."),
    ("name", Fault.LONG): mark("This name is too long: 100 characters at most."),
    ("username", Fault.BAD): mark("Letters without accents, digits and _, at most 30; a single "
                                  "point or hyphen inside."),
    ("username", Fault.RESERVED): mark("This name is kept for the house. Choose another one."),
    ("username", Fault.TAKEN): mark("Somebody has this name. Choose another one."),
    ("email", Fault.BAD): mark("This is no e-mail address."),
    ("email", Fault.NOT_INVITED): mark("The invitation is for another address. Write the one at "
                                       "which you were invited."),
    ("email", Fault.TAKEN): mark("There is an account with this address. Sign in."),
    **{("password", Fault(kind.value)): words for kind, words in WEAKNESSES.items()},
    ("reason", Fault.EMPTY): mark("Write who you are and where you work: the administrators decide "
                                  "by it."),
    ("reason", Fault.LONG): mark("This is too long: 2000 characters at most."),
    ("rules", Fault.UNREAD): mark("Read the rules, then say that you keep to them."),
}  # fmt: skip


async def get_sign_up(visit: Visit) -> Response:
    """Show the form, or say how people come in here."""
    if visit.browser is not None:
        return go_to(visit.site.settings, "/")
    if not visit.site.settings.takes_sign_ups:
        return visit.page("sign_up_closed.html", status=404)
    return show_sign_up(visit, SIGN_UP, {})


async def post_sign_up(visit: Visit) -> Response:
    """Make an account, or ask for one."""
    if not visit.site.settings.takes_sign_ups:
        return visit.page("sign_up_closed.html", status=404)
    return await take_sign_up(visit, SIGN_UP, code="")


async def get_next_step(visit: Visit, step: str) -> Response:
    """Say what comes next for somebody who has signed up."""
    if step not in _STEPS:
        raise NotFound("there is no such step")
    return show_form(visit, "sign_up_next.html", step=step)


def show_sign_up(
    visit: Visit,
    action: str,
    typed: Mapping[str, str],
    *,
    status: int = 200,
    faults: Mapping[str, str] | None = None,
    problem: str = "",
    resets_at: datetime | None = None,
) -> Response:
    """Write the form with what was typed, but for the password."""
    settings = visit.site.settings
    return show_form(
        visit,
        "sign_up.html",
        status=status,
        action=action,
        typed={name: typed.get(name, "")[:_MAX_KEPT] for name in _KEPT},
        faults=faults or {},
        problem=problem,
        resets_at=resets_at,
        rules=read_rules(settings.data_dir),
        is_invited=action != SIGN_UP,
        bounds={"minlength": MIN_LENGTH, "maxlength": MAX_LENGTH, "reason": MAX_REASON},
    )


async def take_sign_up(visit: Visit, action: str, *, code: str) -> Response:
    """Read the form and do what it asks; `code` is that of an invitation, or empty."""
    form = await read_form(request)
    if is_foreign(visit, form):
        return show_sign_up(visit, action, form, status=403, problem="foreign")
    asked = _read(form, visit, code)
    try:
        outcome = await sign_up(visit.database, asked, address=visit.address)
    except SignUpRefused as refusal:
        said = visit.language.gettext
        faults = {name: said(_WORDS[name, fault]) for name, fault in refusal.faults.items()}
        return show_sign_up(visit, action, form, status=422, faults=faults, problem="faults")
    except TooManyAttempts as refusal:
        log.warning("too many sign-ups", address=visit.address)
        return show_sign_up(
            visit, action, form, status=429, problem="often", resets_at=refusal.resets_at
        )
    if outcome is Outcome.READY:
        return await _come_in(visit, asked)
    return go_to(visit.site.settings, f"{SIGN_UP}/{outcome.value}")


def _read(form: Mapping[str, str], visit: Visit, code: str) -> Application:
    return Application(
        username=form.get("username", ""),
        email=form.get("email", ""),
        name=form.get("name", ""),
        password=form.get("password", ""),
        reason=form.get("reason", ""),
        has_agreed=form.get("rules") == "yes",
        locale=visit.language.code,
        invitation=code,
    )


async def _come_in(visit: Visit, asked: Application) -> Response:
    """Sign somebody in whose account was made a moment ago: nothing is left to be waited for."""
    user = await authenticate_user(visit.database, asked.username, asked.password)
    if user is None:
        return go_to(visit.site.settings, "/auth/sign-in")
    return await enter(visit, user, "/", is_lasting=False)


PAGES: Pages = (
    ("GET", SIGN_UP, get_sign_up),
    ("POST", SIGN_UP, post_sign_up),
    ("GET", f"{SIGN_UP}/<step>", get_next_step),
)
