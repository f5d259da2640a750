"""Of what one is told, and how: who waits as a request, and this browser's push messages."""

from __future__ import annotations

from collections.abc import Mapping

from quart import Response, request

from core.errors import InvalidInput, NotFound
from notifications.models import Handling, Kind
from notifications.policy import RULES, find_policy, save_policy
from notifications.receivers import check_endpoint, read_keys
from notifications.subscriptions import (
    PushPolicy,
    Receiver,
    Wish,
    change_wish,
    delete_subscription,
    find_subscription,
    save_subscription,
)
from notifications.vapid import public_key
from users.models import AccessToken
from web.acting import read_own_form
from web.answers import go_to
from web.visit import Pages, Visit

HOME, PUSH = "/settings/notifications", "/settings/push"
# What a browser may wake somebody for, in the order of the page.
ALERTS = (
    Kind.MENTION,
    Kind.QUOTE,
    Kind.FOLLOW_REQUEST,
    Kind.FOLLOW,
    Kind.STATUS,
    Kind.LIKE,
    Kind.BOOST,
    Kind.POLL,
    Kind.UPDATE,
)


async def get_notice_settings(visit: Visit) -> Response:
    """Show who waits, and for what this browser wakes."""
    member = visit.require_member()
    token_id = member.web_session.token_id
    async with visit.database.read() as session:
        policy = await find_policy(session, member.actor.id)
        push = await find_subscription(session, token_id) if token_id is not None else None
    return visit.page(
        "own_notices.html",
        section=HOME,
        rules=[(name, getattr(policy, name).value) for name in RULES],
        handlings=[one.value for one in Handling],
        push=push,
        may_push=token_id is not None,
        push_key=public_key(visit.site.settings),
        alerts=[kind.value for kind in ALERTS],
        policies=[one.value for one in PushPolicy],
        is_saved="saved" in request.args,
    )


async def post_notice_settings(visit: Visit) -> Response:
    """Change who waits."""
    member, form = visit.require_member(), await read_own_form(visit)
    wanted = {name: _handling(form[name]) for name in RULES if name in form}
    async with visit.database.transaction() as session:
        await save_policy(session, member.actor.id, wanted)
    return go_to(visit.site.settings, f"{HOME}?saved=1")


async def post_push(visit: Visit) -> Response:
    """Let this browser be woken, change for what, or end that; our script sends the address."""
    form = await read_own_form(visit)
    token_id = visit.require_member().web_session.token_id
    if token_id is None:
        raise NotFound("this browser signed in before it could be woken")
    async with visit.database.transaction() as session:
        if form.get("act") == "end":
            await delete_subscription(session, token_id)
        elif endpoint := form.get("endpoint"):
            await check_endpoint(session, endpoint)
            p256dh, auth = read_keys(form.get("p256dh", ""), form.get("auth", ""))
            token = await session.get_one(AccessToken, token_id)
            receiver = Receiver(endpoint, p256dh, auth, is_standard=True)
            await save_subscription(session, token, receiver=receiver, wish=_wish(form))
        elif await change_wish(session, token_id, _wish(form)) is None:
            raise NotFound("this browser is not woken")
    return go_to(visit.site.settings, f"{HOME}?saved=1")


async def _own_form(visit: Visit) -> Mapping[str, str]:
    form = await read_own_form(visit)
    return form


def _handling(word: str) -> Handling:
    try:
        return Handling(word)
    except ValueError as error:
        raise InvalidInput(f"no way to handle notices: {word[:20]!r}") from error


def _wish(form: Mapping[str, str]) -> Wish:
    try:
        policy = PushPolicy(form.get("policy", PushPolicy.ALL))
    except ValueError as error:
        raise InvalidInput("no such policy") from error
    chosen = [kind for kind in ALERTS if f"alert-{kind.value}" in form]
    # Who has just said yes, and chosen nothing yet, is told of what is said to them.
    usual = (Kind.MENTION, Kind.QUOTE, Kind.FOLLOW_REQUEST)
    is_first = "alerts" not in form
    return Wish({kind: kind in (usual if is_first else chosen) for kind in ALERTS}, policy)


PAGES: Pages = (
    ("GET", HOME, get_notice_settings),
    ("POST", HOME, post_notice_settings),
    ("POST", PUSH, post_push),
)
