"""SQL of what doctors say about their practice: fields, wishes, careers, others' documents."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlmodel import col

from actors.models import Actor
from core.clock import now
from db.session import AsyncSession
from doctors.models import (
    CareerSpan,
    DirectoryEntry,
    DirectoryTerm,
    FieldAudience,
    PracticeField,
    PracticeSettings,
    ProfileDocument,
)


async def list_fields(
    session: AsyncSession, actor_ids: Iterable[int], names: Collection[str] | None = None
) -> Sequence[PracticeField]:
    """Return what some doctors say, of all audiences, the widest first."""
    wanted = select(PracticeField).where(col(PracticeField.actor_id).in_(set(actor_ids)))
    if names is not None:
        wanted = wanted.where(col(PracticeField.name).in_(names))
    found = (await session.scalars(wanted)).all()
    order = list(FieldAudience)
    return sorted(found, key=lambda row: (row.actor_id, row.name, order.index(row.audience)))


async def replace_field(
    session: AsyncSession, actor_id: int, name: str, *, value: Any, audience: FieldAudience
) -> None:
    """Write a field for one audience and take it from the others; None takes it away."""
    await session.execute(
        delete(PracticeField).where(
            col(PracticeField.actor_id) == actor_id, col(PracticeField.name) == name
        )
    )
    if value is not None:
        session.add(
            PracticeField(actor_id=actor_id, name=name, audience=audience, value=value)
        )
    await session.flush()


async def lock_practice(session: AsyncSession, actor_id: int) -> None:
    """Wait until nobody else writes what somebody says, and let nobody do so meanwhile."""
    row = select(col(Actor.id)).where(col(Actor.id) == actor_id)
    await session.execute(row.with_for_update(key_share=True))


async def replace_audience(
    session: AsyncSession, actor_id: int, audience: FieldAudience, values: Mapping[str, Any]
) -> None:
    """Write all that somebody says to one audience, in place of what they said to it before."""
    await session.execute(
        delete(PracticeField).where(
            col(PracticeField.actor_id) == actor_id, col(PracticeField.audience) == audience
        )
    )
    session.add_all(
        PracticeField(actor_id=actor_id, name=name, audience=audience, value=value)
        for name, value in values.items()
    )
    await session.flush()


async def find_settings(
    session: AsyncSession, actor_ids: Iterable[int]
) -> dict[int, PracticeSettings]:
    """Return how some doctors here want to be seen; who never said is not in it."""
    wanted = select(PracticeSettings).where(col(PracticeSettings.actor_id).in_(set(actor_ids)))
    return {row.actor_id: row for row in await session.scalars(wanted)}


async def save_settings_row(session: AsyncSession, settings: PracticeSettings) -> None:
    """Write how a doctor here wants to be seen."""
    settings.updated_at = now()
    await session.merge(settings)
    await session.flush()


async def replace_spans(
    session: AsyncSession, actor_id: int, spans: Sequence[CareerSpan]
) -> None:
    """Write somebody's career anew, for who looks for former colleagues."""
    await session.execute(delete(CareerSpan).where(col(CareerSpan.actor_id) == actor_id))
    session.add_all(spans)
    await session.flush()


async def list_documents(session: AsyncSession, actor_id: int) -> Sequence[ProfileDocument]:
    """Return a remote actor's further profile documents, as they were last read."""
    wanted = select(ProfileDocument).where(col(ProfileDocument.actor_id) == actor_id)
    return (await session.scalars(wanted.order_by(col(ProfileDocument.uri)))).all()


async def find_document(session: AsyncSession, uri: str) -> ProfileDocument | None:
    """Return a further profile document by its id."""
    return await session.get(ProfileDocument, uri)


async def forget_practice(session: AsyncSession, actor_id: int) -> None:
    """Remove all that somebody who is gone said of their practice, and where they are found."""
    for table in (
        PracticeField,
        PracticeSettings,
        ProfileDocument,
        CareerSpan,
        DirectoryTerm,
        DirectoryEntry,
    ):
        await session.execute(delete(table).where(col(table.actor_id) == actor_id))
