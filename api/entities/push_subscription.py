"""The WebPushSubscription entity. https://docs.joinmastodon.org/entities/WebPushSubscription/"""

from __future__ import annotations

from typing import Any

from core.settings import Settings
from notifications.models import Kind, PushSubscription
from notifications.vapid import public_key

_MODERATORS = ("admin.sign_up", "admin.report")
# Ice Cubes and Tusky read the id as a number of 32 bits, and nobody asks for anything by it.
_SMALL = 2**31 - 1


def push_subscription(subscription: PushSubscription, settings: Settings) -> dict[str, Any]:
    """Build a subscription."""
    alerts = {kind.value: bool(subscription.alerts.get(kind.value)) for kind in Kind}
    return {
        "id": subscription.id & _SMALL,
        "endpoint": subscription.endpoint,
        "standard": subscription.is_standard,
        "alerts": alerts | dict.fromkeys(_MODERATORS, False),
        "policy": subscription.policy,
        "server_key": public_key(settings),
    }
