"""SQL of notes: what somebody keeps in mind of another, for themselves alone."""

from __future__ import annotations

from sqlalchemy import delete
from sqlmodel import col

from actors.models import AccountNote
from core.clock import now
from core.errors import InvalidInput
from db.jobs import upsert
from db.session import AsyncSession

LONGEST_NOTE = 2000


async def save_note(session: AsyncSession, actor_id: int, target_id: int, comment: str) -> None:
    """Write a note about somebody; an empty one is none. Raises InvalidInput for a long one."""
    if len(comment) > LONGEST_NOTE:
        raise InvalidInput(
            f"Validation failed: Comment is too long (maximum is {LONGEST_NOTE} characters)"
        )
    if not comment.strip():
        await session.execute(
            delete(AccountNote).where(
                col(AccountNote.actor_id) == actor_id, col(AccountNote.target_id) == target_id
            )
        )
        return
    said = {"comment": comment, "updated_at": now()}
    statement = upsert(session, AccountNote).values(
        actor_id=actor_id, target_id=target_id, **said
    )
    await session.execute(
        statement.on_conflict_do_update(index_elements=["actor_id", "target_id"], set_=said)
    )
