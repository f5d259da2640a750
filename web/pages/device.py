"""Letting a device in: the page on the other screen of the device grant (`users.devices`)."""

from __future__ import annotations

from datetime import datetime

from quart import Response, request

from core.settings import Switch
from users.apps import website_host
from users.devices import DEVICE_PAGE, decide_device, find_waiting_device
from users.limits import TooManyAttempts
from web.acting import read_own_form
from web.scopes import scope_lines
from web.visit import Pages, SignInNeeded, Visit

MAX_TYPED = 40


async def get_device(visit: Visit) -> Response:
    """Ask for the code that a device shows, or show which device waits under it."""
    if visit.browser is None:
        raise SignInNeeded(visit.here)
    typed = request.args.get("user_code", "")[:MAX_TYPED]
    if not typed:
        return _form(visit)
    try:
        _count(visit)
    except TooManyAttempts as refusal:
        return _form(visit, typed, problem="often", status=429, resets_at=refusal.resets_at)
    async with visit.database.read() as session:
        asked = await find_waiting_device(session, typed)
    if asked is None:
        return _form(visit, typed, problem="unknown", status=404)
    return visit.page(
        "device_asks.html",
        asked=asked,
        scopes=scope_lines(asked.scopes),
        website=website_host(asked.website),
    )


async def post_device(visit: Visit) -> Response:
    """Let the device in, or not."""
    form = await read_own_form(visit)
    typed = form.get("user_code", "")[:MAX_TYPED]
    allowed = form.get("decision") == "grant"
    try:
        _count(visit)
    except TooManyAttempts as refusal:
        return _form(visit, typed, problem="often", status=429, resets_at=refusal.resets_at)
    async with visit.database.transaction() as session:
        user = visit.require_member().user
        is_done = await decide_device(session, typed, user, allowed=allowed)
    if not is_done:
        return _form(visit, typed, problem="unknown", status=404)
    return visit.page("device_done.html", allowed=allowed)


def _count(visit: Visit) -> None:
    """Count a code by person and by address: nobody guesses one of 20^8 so (RFC 8628 §5.1)."""
    if visit.site.settings.rate_limits is Switch.OFF or visit.browser is None:
        return
    visit.site.device_codes.require(f"user {visit.browser.user.id}")
    visit.site.device_codes.require(f"address {visit.address}")


def _form(
    visit: Visit,
    typed: str = "",
    *,
    problem: str = "",
    status: int = 200,
    resets_at: datetime | None = None,
) -> Response:
    return visit.page(
        "device.html", status=status, typed=typed, problem=problem, resets_at=resets_at
    )


PAGES: Pages = (
    ("GET", DEVICE_PAGE, get_device),
    ("POST", DEVICE_PAGE, post_device),
)
