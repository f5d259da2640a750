"""Claims to a badge, their evidence and how they were compared, for their owner and verifiers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actors.models import Actor
from api.times import api_time, api_time_or_none
from core.i18n import Language
from doctors.codes import profession_label, specialities_label
from doctors.evidence import EvidenceItem
from doctors.matching import CHECK_DIGIT, Match, word_finding
from doctors.models import Claim, ClaimState

Json = dict[str, Any]


def claim(shown: Claim, items: Sequence[EvidenceItem], language: Language) -> Json:
    """Build a claim as its owner sees it: what was said, what it rests on, what was decided.

    How it compares with the register is the verifier's to know: it would tell an impostor what to
    write. Only a typing error is told.
    """
    is_decided = shown.state in {ClaimState.GRANTED, ClaimState.REFUSED}
    return {
        "id": str(shown.id),
        "state": shown.state.value,
        "register": shown.register_code,
        "number": shown.number,
        "profession": shown.profession,
        "profession_label": profession_label(shown.profession, language.code),
        "given_name": shown.given_name,
        "family_name": shown.family_name,
        "specialities": shown.specialities,
        "specialities_label": specialities_label(shown.specialities, language.code),
        "workplace": shown.workplace,
        "remark": shown.remark,
        "evidence": [evidence(item) for item in items],
        "created_at": api_time(shown.created_at),
        "decided_at": api_time_or_none(shown.decided_at) if is_decided else None,
        "reason": shown.reason if is_decided else None,
        "warnings": [
            word_finding(one, language.gettext, language.code)
            for one in Match.of(shown.match).findings
            if one.kind == CHECK_DIGIT
        ],
    }


def claim_to_decide(
    shown: Claim, actor: Actor, items: Sequence[EvidenceItem], language: Language
) -> Json:
    """Build a claim as verifiers see it: whose it is, what fits, what was decided by whom."""
    match = Match.of(shown.match)
    return claim(shown, items, language) | {
        "account": {"id": str(actor.id), "acct": actor.username, "display_name": actor.name},
        "proposed": match.proposed.value,
        "highest": match.highest.value,
        "findings": [
            {
                "kind": one.kind,
                "verdict": one.verdict.value,
                "text": word_finding(one, language.gettext, language.code),
            }
            for one in match.findings
        ],
        "first_decided_by": shown.first_decided_by,
        "first_decided_at": api_time_or_none(shown.first_decided_at),
        "first_reason": shown.first_reason,
        "first_assurance": shown.first_assurance.value if shown.first_assurance else None,
        "decided_by": shown.decided_by,
    }


def evidence(item: EvidenceItem) -> Json:
    """Build what is told of a piece of evidence without opening it."""
    return {
        "id": str(item.id),
        "kind": item.kind.value,
        "name": item.name,
        "media_type": item.media_type,
        "size": item.size,
        "created_at": api_time(item.created_at),
        "delete_at": api_time_or_none(item.delete_at),
    }
