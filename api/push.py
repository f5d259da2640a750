"""https://docs.joinmastodon.org/methods/push/"""

from __future__ import annotations

from typing import Any

from api.entities.push_subscription import push_subscription
from api.errors import NOT_FOUND, ApiError
from api.fields import Fields
from api.routing import Call, Door, Route
from core.errors import InvalidInput
from notifications.models import Kind
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

Json = dict[str, Any]
_POLICIES = {policy.value: policy for policy in PushPolicy}


async def post_subscription(call: Call) -> Json:
    """Subscribe the caller's program; an earlier subscription of it ends."""
    fields, settings = call.fields, call.services.settings
    endpoint = fields.required("subscription[endpoint]")
    p256dh, auth = read_keys(
        fields.required("subscription[keys][p256dh]"),
        fields.required("subscription[keys][auth]"),
    )
    is_standard = bool(fields.flag("subscription[standard]"))
    wish = _wish(fields)
    async with call.services.database.transaction() as session:
        await check_endpoint(session, endpoint)
        saved = await save_subscription(
            session,
            call.me.token,
            receiver=Receiver(endpoint, p256dh, auth, is_standard),
            wish=wish,
        )
        return push_subscription(saved, settings)


async def get_subscription(call: Call) -> Json:
    """Show the subscription of the caller's program."""
    async with call.services.database.read() as session:
        found = await find_subscription(session, call.me.token.id)
    if found is None:
        raise ApiError(404, NOT_FOUND)
    return push_subscription(found, call.services.settings)


async def put_subscription(call: Call) -> Json:
    """Change for what the caller's program is woken; what is not named is off."""
    wish = _wish(call.fields)
    async with call.services.database.transaction() as session:
        found = await change_wish(session, call.me.token.id, wish)
        if found is None:
            raise ApiError(404, NOT_FOUND)
        return push_subscription(found, call.services.settings)


async def remove_subscription(call: Call) -> Json:
    """End the subscription of the caller's program."""
    async with call.services.database.transaction() as session:
        await delete_subscription(session, call.me.token.id)
    return {}


def _wish(fields: Fields) -> Wish:
    # The documentation has the policy beside `data` in one place, within it in the other.
    named = fields.text("data[policy]") or fields.text("policy") or PushPolicy.ALL.value
    if named not in _POLICIES:
        raise InvalidInput(f"Validation failed: policy is none of {', '.join(_POLICIES)}")
    alerts = {kind: bool(fields.flag(f"data[alerts][{kind.value}]")) for kind in Kind}
    return Wish(alerts, _POLICIES[named])


_SCOPE = ("push",)
_PATH = "/api/v1/push/subscription"
ROUTES = (
    Route("POST", _PATH, post_subscription, Door.USER, _SCOPE),
    Route("GET", _PATH, get_subscription, Door.USER, _SCOPE),
    Route("PUT", _PATH, put_subscription, Door.USER, _SCOPE),
    Route("DELETE", _PATH, remove_subscription, Door.USER, _SCOPE),
)
