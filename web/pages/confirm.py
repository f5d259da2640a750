"""Confirming an e-mail address by the link of a letter, of a new account or in place of another.

Opening the link changes nothing: mail filters open links before people do. The button does.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from quart import Response, request

from users.confirming import address_to_confirm, ask_for_confirmation, confirm_address
from users.limits import TooManyAttempts
from users.mailing import CONFIRM
from web.answers import go_to
from web.forms import read_form
from web.stranger_forms import is_foreign, show_form
from web.visit import Pages, Visit

AGAIN = f"{CONFIRM}/again"
_MAX_TYPED = 254


async def get_confirm(visit: Visit) -> Response:
    """Ask whether the address is to be confirmed."""
    return await _ask(visit, request.args.get("ticket", ""))


async def post_confirm(visit: Visit) -> Response:
    """Use the link up."""
    form = await read_form(request)
    secret = form.get("ticket", "")
    if is_foreign(visit, form):
        return await _ask(visit, secret, status=403, problem="foreign")
    outcome = await confirm_address(visit.database, secret)
    if outcome in {"over", "taken"}:
        return _done(visit, outcome.value, status=404 if outcome == "over" else 409)
    return go_to(visit.site.settings, f"{CONFIRM}/{outcome.value}")


async def get_confirmed(visit: Visit, outcome: str) -> Response:
    """Say what came of it."""
    if outcome not in {"ready", "waits", "changed", "sent", "again"}:
        return _done(visit, "over", status=404)
    return _done(visit, outcome)


async def post_again(visit: Visit) -> Response:
    """Send the letter again, to whom one was due; everybody is answered alike."""
    form = await read_form(request)
    email = form.get("email", "")[:_MAX_TYPED]
    if is_foreign(visit, form):
        return _done(visit, "again", status=403, problem="foreign", email=email)
    try:
        await ask_for_confirmation(visit.database, email, address=visit.address)
    except TooManyAttempts as refusal:
        return _done(
            visit, "again", status=429, problem="often", resets_at=refusal.resets_at, email=email
        )
    return go_to(visit.site.settings, f"{CONFIRM}/sent")


async def _ask(visit: Visit, secret: str, *, status: int = 200, problem: str = "") -> Response:
    async with visit.database.read() as session:
        email = await address_to_confirm(session, secret)
    if email is None:
        return _done(visit, "over", status=404)
    return show_form(
        visit,
        "confirm.html",
        status=status,
        problem=problem,
        email=email,
        ticket=secret,
        here=f"{CONFIRM}?{urlencode({'ticket': secret})}",
    )


def _done(
    visit: Visit,
    outcome: str,
    *,
    status: int = 200,
    problem: str = "",
    email: str = "",
    resets_at: datetime | None = None,
) -> Response:
    return show_form(
        visit,
        "confirmed.html",
        status=status,
        problem=problem,
        resets_at=resets_at,
        outcome=outcome,
        email=email,
    )


PAGES: Pages = (
    ("GET", CONFIRM, get_confirm),
    ("POST", CONFIRM, post_confirm),
    ("POST", AGAIN, post_again),
    ("GET", f"{CONFIRM}/<outcome>", get_confirmed),
)
