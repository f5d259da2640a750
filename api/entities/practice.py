"""What a doctor says of their practice, to a client: `/api/consilium/v1/…/practice`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from actors.models import Actor
from doctors.models import FieldAudience, PracticeField, PracticeSettings
from doctors.practice import DEFAULT_AUDIENCES, Practice
from federation.documents.practitioner import CareerStep

Json = dict[str, Any]


def practice_json(practice: Practice, actor: Actor, *, is_hidden: bool) -> Json:
    """Build what a reader may know; `is_hidden` of a private profile that is not for them.

    That somebody looks for former colleagues is not in it: who looks as well is proposed to them.
    """
    own = [(line["name"], line["value"]) for line in actor.fields]
    lines = [] if is_hidden else own or practice.lines
    return {
        "subspecialities": list(practice.subspecialities),
        "skills": list(practice.skills),
        "languages": list(practice.languages),
        "hospital": practice.hospital,
        "unit": practice.unit,
        "place": asdict(practice.place) if practice.place is not None else None,
        "accepts_referrals": practice.accepts_referrals,
        "referral_contact": asdict(practice.referral_contact)
        if practice.referral_contact
        else None,
        "publications": {
            "orcid": practice.publications.orcid,
            "works": [asdict(work) for work in practice.publications.works],
        },
        "career": [_step(step) for step in practice.career],
        "interests": practice.interests,
        "note": "" if is_hidden else actor.summary or practice.summary,
        "fields": [{"name": name, "value": value} for name, value in lines],
    }


def _step(step: CareerStep) -> Json:
    return {
        "kind": step.kind,
        "place": step.place,
        "title": step.title,
        "from": step.since,
        "to": step.until,
    }


def own_practice_json(
    practice: Practice,
    actor: Actor,
    *,
    chosen: Iterable[PracticeField],
    settings: PracticeSettings,
) -> Json:
    """Build one's own, with the audience of each field as chosen and one's wishes."""
    audiences: Mapping[str, FieldAudience] = {
        **DEFAULT_AUDIENCES,
        **{row.name: row.audience for row in chosen},
    }
    return practice_json(practice, actor, is_hidden=False) | {
        "audiences": {name: audiences[name].value for name in DEFAULT_AUDIENCES},
        "private": settings.is_private,
        "seeks_colleagues": settings.seeks_colleagues,
    }
