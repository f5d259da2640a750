"""Waking a program (Web Push): what is said, how it is encrypted, and what the answer means.

Both encryptions are spoken: RFC 8291 (`aes128gcm`), and the draft before it (`aesgcm`), which apps
that are older than `subscription[standard]` read. What a push service learns: docs/privacy.md.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric import ec

from actors.models import Actor
from core.clock import now
from core.errors import FetchFailed, FetchUnavailable, HostRefused
from core.html import to_plain
from core.i18n import language_of
from core.logging import get_logger
from core.settings import Settings
from db.jobs import enqueue
from db.session import AsyncSession, Database, settings_of
from federation.client import Client, PostReply
from federation.origin import host_of, origin_of
from media.links import picture_url
from moderation.filters import FilterContext, load_filters
from notifications.models import Kind, Notification, PushSubscription
from notifications.queries import find_notification
from notifications.subscriptions import (
    JOB,
    find_live,
    forget_subscription,
    may_push_to,
    note_failure,
    note_success,
)
from notifications.vapid import decode, encode, point_of, public_key, token
from notifications.wording import body, title
from posts.models import Post
from posts.queries import find_post
from posts.visibility import viewer_of
from users.models import User

# How long a push service keeps a message for a program that is not there; and how long we try.
TTL = timedelta(hours=24)
NO_AVATAR = "/static/no-avatar.png"
# Messages are made equally long, so that their length tells nothing; 4096 bytes is what all take.
BLOCK_BYTES = 2048
_GONE = frozenset({404, 410})
_LATER = frozenset({408, 429})
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """An encrypted message and the headers that go with it."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Owed:
    """A message that is to be sent now, and where."""

    subscription: PushSubscription
    payload: bytes


async def push_notice(database: Database, client: Client, job: Mapping[str, Any]) -> None:
    """Wake a program for a notice, if both are there still and the notice may be seen.

    Raises FetchUnavailable when the push service is to be asked again later.
    """
    subscription_id, notice_id = int(job["subscription_id"]), int(job["notice_id"])
    async with database.read() as session:
        owed = await _find_owed(session, subscription_id, notice_id)
    if owed is None:
        return
    target = owed.subscription
    message = await asyncio.to_thread(encrypt, database.settings, target, owed.payload)
    try:
        reply = await client.post_push(target.endpoint, message.body, headers=message.headers)
    except (HostRefused, FetchFailed) as error:
        log.info("push refused", host=host_of(target.endpoint), reason=str(error))
        return
    except FetchUnavailable:
        async with database.transaction() as session:
            await note_failure(session, target.id)
        raise
    await _conclude(database, target, job, reply)


def encrypt(settings: Settings, target: PushSubscription, payload: bytes) -> Message:
    """Encrypt a message for a program, with what its push service wants to know of us."""
    import http_ece

    scheme, host = origin_of(target.endpoint)
    proof = token(settings, f"{scheme}://{host}", now())
    sender = ec.generate_private_key(ec.SECP256R1())
    keys = {
        "private_key": sender,
        "dh": decode(target.p256dh),
        "auth_secret": decode(target.auth),
    }
    common = {
        "content-type": "application/octet-stream",
        "ttl": str(int(TTL.total_seconds())),
        "urgency": "normal",
    }
    if target.is_standard:
        content = http_ece.encrypt(payload, version="aes128gcm", **keys)
        return Message(
            content,
            common
            | {
                "content-encoding": "aes128gcm",
                "authorization": f"vapid t={proof},k={public_key(settings)}",
            },
        )
    salt = os.urandom(16)
    content = http_ece.encrypt(payload, version="aesgcm", salt=salt, **keys)
    dh = encode(point_of(sender.public_key()))
    return Message(
        content,
        common
        | {
            "content-encoding": "aesgcm",
            "encryption": f"salt={encode(salt)}",
            "crypto-key": f"dh={dh};p256ecdsa={public_key(settings)}",
            "authorization": f"WebPush {proof}",
        },
    )


async def _find_owed(
    session: AsyncSession, subscription_id: int, notice_id: int
) -> _Owed | None:
    """Return what is to be sent, as things are now; None when it is not to be sent any more."""
    live = await find_live(session, subscription_id)
    if live is None:
        return None
    target, user = live
    viewer = await viewer_of(session, user.actor_id)
    notice = await find_notification(session, viewer, notice_id)
    if notice is None or notice.filtered or notice.created_at < now() - TTL:
        return None
    if not await may_push_to(session, target.endpoint):
        return None
    post = await find_post(session, notice.post_id) if notice.post_id is not None else None
    if post is not None and await _is_filtered(session, user, post):
        return None
    sender = await session.get_one(Actor, notice.from_id)
    return _Owed(target, _payload(settings_of(session), notice, user, sender=sender, post=post))


async def _is_filtered(session: AsyncSession, user: User, post: Post) -> bool:
    """Tell whether a filter of somebody's hides a post, or folds it: nothing that should ring."""
    if post.author_id == user.actor_id:
        return False
    filters = await load_filters(session, user.actor_id)
    texts = (to_plain(post.content), post.content_warning or "") if filters else ()
    return any(
        FilterContext.NOTIFICATIONS.value in match.filter.contexts
        for match in filters.matches(*texts, post_id=post.id)
    )


def _payload(
    settings: Settings, notice: Notification, user: User, *, sender: Actor, post: Post | None
) -> bytes:
    language = language_of(user.locale)
    icon = sender.avatar_url
    said = {
        # Apps look up by it whose message this is; we hold only a hash of it, and do not know it.
        "access_token": "",
        "preferred_locale": language.code,
        # A number, as Mastodon sends it: Ice Cubes and Feditext read nothing else.
        "notification_id": notice.id,
        "notification_type": Kind(notice.kind).value,
        "icon": settings.base_url + NO_AVATAR
        if icon is None
        else picture_url(settings, icon, is_ours=sender.is_local, small=True),
        "title": title(notice.kind, sender, post, language),
        "body": body(sender, post, language),
    }
    written = orjson.dumps(said)
    return written.ljust(-(-len(written) // BLOCK_BYTES) * BLOCK_BYTES)


async def _conclude(
    database: Database, target: PushSubscription, job: Mapping[str, Any], reply: PostReply
) -> None:
    """Do what an answer asks for; raises FetchUnavailable for a later time that it leaves open."""
    is_late = reply.status in _LATER or reply.status >= 500
    async with database.transaction() as session:
        if reply.status in _GONE:
            await forget_subscription(session, target.id)
        elif is_late:
            await note_failure(session, target.id)
            if reply.retry_after is not None:
                await enqueue(session, JOB, dict(job), due_at=now() + reply.retry_after)
        elif 200 <= reply.status < 300:
            await note_success(session, target.id)
        else:
            log.info("push refused", host=host_of(target.endpoint), status=reply.status)
    if is_late and reply.retry_after is None:
        raise FetchUnavailable(f"{host_of(target.endpoint)}: answered {reply.status}")
