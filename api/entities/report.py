"""The Report entity. https://docs.joinmastodon.org/entities/Report/"""

from __future__ import annotations

from typing import Any

from api.times import api_time, api_time_or_none
from moderation.models import Report

Json = dict[str, Any]


def report_json(report: Report, target: Json) -> Json:
    """Build a report, with the account that it is about."""
    return {
        "id": str(report.id),
        "action_taken": report.handled_at is not None,
        "action_taken_at": api_time_or_none(report.handled_at),
        "category": report.category,
        "comment": report.comment,
        "forwarded": report.is_forwarded,
        "created_at": api_time(report.created_at),
        "status_ids": [str(post_id) for post_id in report.post_ids],
        "rule_ids": None,
        "collection_ids": None,
        "target_account": target,
    }
