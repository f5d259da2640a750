"""Where programs want to be woken (Web Push): one for each access token, and who is woken for what.

A subscription is as good as its token: once that is revoked, nothing is sent any more (I09), and
the row goes soon after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, delete, select, update
from sqlmodel import col

from actors.models import Follow
from core.clock import now
from core.ids import new_id
from core.settings import Settings
from db.jobs import enqueue, upsert
from db.session import AsyncSession, settings_of
from federation.origin import host_of
from moderation.models import PeerClass
from moderation.patterns import names_of
from moderation.policy import class_of
from notifications.models import Kind, Notification, PushSubscription
from users.living import may_be_used
from users.models import AccessToken, User
from users.scopes import covers

JOB = "push notice"
# A push service that is down for so long has lost its subscriptions.
FAILING_FOR = timedelta(days=7)
MOST_FAILURES = 20
# Each notice wakes all of a person's programs: of very many the oldest are forgotten.
MOST_A_PERSON = 20


class PushPolicy(StrEnum):
    """By whose doing a program wants to be woken; the values are the client API's."""

    ALL = "all"
    FOLLOWED = "followed"
    FOLLOWER = "follower"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a program wants to be woken for."""

    alerts: Mapping[Kind, bool]
    policy: PushPolicy = PushPolicy.ALL

    def as_columns(self) -> dict[str, object]:
        """Return it as columns of a subscription."""
        alerts = {kind.value: wanted for kind, wanted in self.alerts.items()}
        return {"alerts": alerts, "policy": self.policy.value, "updated_at": now()}


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where a program is woken: the address, its two keys, which encryption it reads."""

    endpoint: str
    p256dh: str
    auth: str
    is_standard: bool


async def may_push_to(session: AsyncSession, endpoint: str) -> bool:
    """Tell whether messages may go to the push service at an address."""
    host = host_of(endpoint)
    if not uses_push_service(settings_of(session), host):
        return False
    return await class_of(session, host) is not PeerClass.BLOCKED


def uses_push_service(settings: Settings, host: str) -> bool:
    """Tell whether this instance uses the push service of a host, unless the host is blocked."""
    return not set(names_of(host)).isdisjoint(settings.push_hosts)


async def save_subscription(
    session: AsyncSession, token: AccessToken, *, receiver: Receiver, wish: Wish
) -> PushSubscription:
    """Subscribe the program of a person's token; an earlier subscription of it ends.

    Of more than MOST_A_PERSON the oldest end, too.
    """
    assert token.user_id is not None
    values = {
        "id": new_id(),
        "user_id": token.user_id,
        "endpoint": receiver.endpoint,
        "p256dh": receiver.p256dh,
        "auth": receiver.auth,
        "is_standard": receiver.is_standard,
        "failures": 0,
        "created_at": now(),
        **wish.as_columns(),
    }
    statement = upsert(session, PushSubscription).values(token_id=token.id, **values)
    saved = statement.on_conflict_do_update(index_elements=["token_id"], set_=values)
    found: PushSubscription = (
        await session.scalars(
            saved.returning(PushSubscription), execution_options={"populate_existing": True}
        )
    ).one()
    kept = (
        select(col(PushSubscription.id))
        .where(col(PushSubscription.user_id) == token.user_id)
        .order_by(col(PushSubscription.id).desc())
        .limit(MOST_A_PERSON)
    )
    await session.execute(
        delete(PushSubscription)
        .where(
            col(PushSubscription.user_id) == token.user_id, col(PushSubscription.id).not_in(kept)
        )
        .execution_options(synchronize_session=False)
    )
    return found


async def find_subscription(session: AsyncSession, token_id: int) -> PushSubscription | None:
    """Return the subscription of a token."""
    mine = select(PushSubscription).where(col(PushSubscription.token_id) == token_id)
    found: PushSubscription | None = await session.scalar(mine)
    return found


async def change_wish(
    session: AsyncSession, token_id: int, wish: Wish
) -> PushSubscription | None:
    """Change what a program wants to be woken for; None where it is not subscribed."""
    found = await find_subscription(session, token_id)
    if found is not None:
        for name, value in wish.as_columns().items():
            setattr(found, name, value)
        await session.flush()
    return found


async def delete_subscription(session: AsyncSession, token_id: int) -> None:
    """End the subscription of a token, if there is one."""
    mine = delete(PushSubscription).where(col(PushSubscription.token_id) == token_id)
    await session.execute(mine)


async def find_live(
    session: AsyncSession, subscription_id: int
) -> tuple[PushSubscription, User] | None:
    """Return a subscription with its person, as long as its token may still be used."""
    statement = _live().where(col(PushSubscription.id) == subscription_id)
    row = (await session.execute(statement)).one_or_none()
    return None if row is None or not _covers_push(row[2]) else (row[0], row[1])


async def owe_pushes(session: AsyncSession, notices: Sequence[Notification]) -> None:
    """Owe a push for each program that wants to be woken for notices of one sender; one query.

    They are owed in the transaction in which the notices are written.
    """
    if not notices:
        return
    by_owner = {notice.owner_id: notice for notice in notices}
    from_id, owner = notices[0].from_id, col(User.actor_id)
    statement = (
        _live()
        .add_columns(_is_follower(owner, from_id), _is_follower(from_id, owner))
        .where(owner.in_(by_owner))
    )
    rows = (await session.execute(statement)).all()
    for subscription, user, scopes, follows, is_followed in rows:
        notice = by_owner[user.actor_id]
        if not subscription.alerts.get(notice.kind.value) or not _covers_push(scopes):
            continue
        if _is_wanted(PushPolicy(subscription.policy), bool(follows), bool(is_followed)):
            payload = {"subscription_id": subscription.id, "notice_id": notice.id}
            await enqueue(session, JOB, payload)


async def note_success(session: AsyncSession, subscription_id: int) -> None:
    """Remember that a push service took a message."""
    await _change(session, subscription_id, failures=0, updated_at=now())


async def note_failure(session: AsyncSession, subscription_id: int) -> None:
    """Remember that a push service did not; one that fails for days is forgotten."""
    this = col(PushSubscription.id) == subscription_id
    await _change(session, subscription_id, failures=col(PushSubscription.failures) + 1)
    await session.execute(
        delete(PushSubscription).where(
            this,
            col(PushSubscription.failures) >= MOST_FAILURES,
            col(PushSubscription.updated_at) < now() - FAILING_FOR,
        )
    )


async def forget_subscription(session: AsyncSession, subscription_id: int) -> None:
    """Forget a subscription of which its push service knows nothing any more."""
    this = col(PushSubscription.id) == subscription_id
    await session.execute(delete(PushSubscription).where(this))


async def forget_dead_subscriptions(session: AsyncSession) -> None:
    """Forget the subscriptions of tokens that were revoked or ran out; for a periodic job."""
    ended = select(col(AccessToken.id)).where(~may_be_used())
    await session.execute(
        delete(PushSubscription).where(col(PushSubscription.token_id).in_(ended))
    )


async def _change(session: AsyncSession, subscription_id: int, **values: object) -> None:
    this = update(PushSubscription).where(col(PushSubscription.id) == subscription_id)
    await session.execute(
        this.values(**values).execution_options(synchronize_session=False)
    )


def _live() -> Select[PushSubscription, User, str]:
    return (
        select(PushSubscription, User, col(AccessToken.scopes))
        .join(AccessToken, col(AccessToken.id) == col(PushSubscription.token_id))
        .join(User, col(User.id) == col(PushSubscription.user_id))
        .where(
            may_be_used(),
            col(User.suspended_at).is_(None),
            col(User.confirmed_at).is_not(None),
            col(User.approved_at).is_not(None),
        )
        .order_by(col(PushSubscription.id))
    )


def _covers_push(scopes: str) -> bool:
    """Tell whether a token lets its program be woken still: it may be refreshed to less."""
    return covers(scopes.split(), "push")


def _is_wanted(policy: PushPolicy, follows: bool, is_followed: bool) -> bool:
    match policy:
        case PushPolicy.FOLLOWED:
            return follows
        case PushPolicy.FOLLOWER:
            return is_followed
        case PushPolicy.NONE:
            return False
    return True


def _is_follower(follower_id: object, followee_id: object) -> ColumnElement[bool]:
    following = select(col(Follow.id)).where(
        col(Follow.follower_id) == follower_id,
        col(Follow.followee_id) == followee_id,
        col(Follow.accepted_at).is_not(None),
    )
    return following.correlate_except(Follow).exists()
