"""Posts that were scheduled, written at their moment, once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actors.queries import get_actor
from core.errors import Forbidden, InvalidInput, PermanentError
from core.logging import get_logger
from db.session import AsyncSession, Database
from federation.client import Client
from outbox.create import send_create
from posts.drafts import prepare_draft
from posts.idempotency import hand_on_key
from posts.params import PostParams
from posts.scheduled import drop, find_scheduled, hold_due, note_failure
from users.models import User
from users.queries import find_user

_NOT_THERE = "What it answers, or quotes, is not there any more"
log = get_logger(__name__)


async def publish_scheduled(
    database: Database, client: Client, payload: Mapping[str, Any]
) -> None:
    """Write a post that is due, as if its author posted it now: all is checked again.

    It is written and dropped in one transaction, so that it is written once. What is refused now
    stays, with the reason, for its author to see. Raises TemporaryError where trying again helps.
    """
    scheduled_id = int(payload["id"])
    try:
        await _publish(database, client, scheduled_id)
    except PermanentError as error:
        async with database.transaction() as session:
            row = await hold_due(session, scheduled_id)
            if row is not None:
                log.info("a scheduled post was refused", id=scheduled_id, reason=str(error))
                is_told = isinstance(error, (InvalidInput, Forbidden))
                await note_failure(session, row, str(error) if is_told else _NOT_THERE)


async def _publish(database: Database, client: Client, scheduled_id: int) -> None:
    async with database.read() as session:
        row = await find_scheduled(session, scheduled_id)
        if row is None:
            return
        user = await _require_user(session, row.user_id)
        author = await get_actor(session, user.actor_id)
    params = PostParams.from_json(row.params)
    draft = await prepare_draft(
        database, client, author, user, params=params, was_scheduled=True
    )
    async with database.transaction() as session:
        held = await hold_due(session, scheduled_id)
        if held is None:
            return
        user = await _require_user(session, held.user_id)
        author = await get_actor(session, user.actor_id)
        await drop(session, held)
        post = await send_create(session, author, draft)
        # Who asks again with the key of then is shown what has become of it.
        await hand_on_key(session, user.id, from_id=scheduled_id, to_id=post.id)


async def _require_user(session: AsyncSession, user_id: int) -> User:
    user = await find_user(session, user_id)
    author = await get_actor(session, user.actor_id) if user is not None else None
    if user is None or author is None or not user.may_sign_in or author.suspended_at is not None:
        raise Forbidden("Validation failed: the account cannot post any more")
    return user
