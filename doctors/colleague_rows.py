"""SQL of former colleagues: who was where somebody was, at that time, and wishes it known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from actors.models import Actor, Badge
from actors.suggestions import may_be_proposed
from core.clock import now
from db.paging import Page
from db.session import AsyncSession
from doctors.models import CareerSpan, FieldAudience, PracticeField, PracticeSettings
from doctors.place_keys import FACULTY
from doctors.practice_values import SEEKS_COLLEAGUES

_FOR_EVER = 9999
# A bound for the cost: of so many, those who may be shown are the page.
LOOKED_THROUGH = 500
_Mine: Any = aliased(CareerSpan, name="mine")
_Theirs: Any = aliased(CareerSpan, name="theirs")


async def list_who_were_there(
    session: AsyncSession, actor_id: int, page: Page
) -> Sequence[Actor]:
    """Return who has a badge, wishes to be found, and may have been where somebody was.

    In the order of the page. What each of them lets the other read of it is for the caller to see;
    who is followed is never among them, so that careers for contacts alone are left out here.
    """
    statement = select(Actor).where(
        col(Actor.id).in_(_were_there(actor_id)),
        *may_be_proposed(actor_id),
        _has_badge(),
        _wishes(),
        _tells(),
    )
    wider = replace(page, limit=LOOKED_THROUGH)
    return (await session.scalars(wider.apply(statement, col(Actor.id)))).all()


def _were_there(actor_id: int) -> Any:
    overlap = and_(
        _Theirs.place_key == _Mine.place_key,
        (_Theirs.kind == FACULTY) == (_Mine.kind == FACULTY),
        _Theirs.from_year <= func.coalesce(_Mine.to_year, _FOR_EVER),
        _Mine.from_year <= func.coalesce(_Theirs.to_year, _FOR_EVER),
    )
    found = select(_Theirs.actor_id).join(_Mine, overlap)
    return found.where(_Mine.actor_id == actor_id, _Mine.place_key != "")


def _has_badge() -> ColumnElement[bool]:
    held = select(col(Badge.actor_id)).where(
        col(Badge.actor_id) == col(Actor.id), col(Badge.valid_until) > now()
    )
    return held.exists()


def _wishes() -> ColumnElement[bool]:
    here = select(col(PracticeSettings.actor_id)).where(
        col(PracticeSettings.actor_id) == col(Actor.id),
        col(PracticeSettings.seeks_colleagues).is_(True),
        col(PracticeSettings.is_private).is_(False),
    )
    elsewhere = select(col(PracticeField.actor_id)).where(
        col(PracticeField.actor_id) == col(Actor.id),
        col(PracticeField.name) == SEEKS_COLLEAGUES,
    )
    return or_(here.exists(), elsewhere.exists())


def _tells() -> ColumnElement[bool]:
    told = select(col(PracticeField.actor_id)).where(
        col(PracticeField.actor_id) == col(Actor.id),
        col(PracticeField.name) == "career",
        col(PracticeField.audience).in_((FieldAudience.PUBLIC, FieldAudience.DOCTORS)),
    )
    return told.exists()
