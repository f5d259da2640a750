"""Careers for tests: who was where, and wishes to be found."""

from __future__ import annotations

from doctors.models import FieldAudience, PracticeField
from doctors.practice import save_practice, save_settings, write_spans
from doctors.practice_values import SEEKS_COLLEAGUES


def step(place="CHU de Lyon", since=2008, until=2015, kind="post"):
    """Write a step of a career as a practice has it."""
    return {"kind": kind, "place": place, "title": "", "from": since, "to": until}


async def tell_career(session, actor, *steps, audience=FieldAudience.DOCTORS, seeks=True):
    """Let somebody of here or elsewhere tell a career, and wish to be found by it or not."""
    told = list(steps) or [step()]
    if actor.is_local:
        await save_practice(session, actor, {"career": (told, audience)})
        await save_settings(session, actor, seeks_colleagues=seeks)
        return
    values = {"career": told} | ({SEEKS_COLLEAGUES: True} if seeks else {})
    for name, value in values.items():
        session.add(PracticeField(actor_id=actor.id, name=name, audience=audience, value=value))
    await write_spans(session, actor.id, told)
