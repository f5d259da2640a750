"""Badges that do not count any more: run out, or revoked by their issuer."""

from __future__ import annotations

from datetime import timedelta

from actors.models import Actor, Badge
from core.clock import now
from db.session import Database
from doctors.credentials import forget_credential
from doctors.models import HeldCredential

ENDINGS = ("expired", "revoked")


async def end_badge(database: Database, actor: Actor, how: str) -> None:
    """Let an actor's badge end in one of the `ENDINGS`."""
    async with database.transaction() as session:
        badge = await session.get_one(Badge, actor.id)
        if how == "expired":
            badge.valid_until = now() - timedelta(seconds=1)
            return
        uri, issuer = badge.credential_uri, badge.issuer_uri
        session.add(HeldCredential(uri=uri, actor_id=actor.id, issuer_uri=issuer))
        await session.flush()
        assert await forget_credential(session, uri, by=issuer)
