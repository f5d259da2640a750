"""The Filter entities, of both versions, and FilterResult.

https://docs.joinmastodon.org/entities/Filter/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from api.times import api_time_or_none
from moderation.filter_editing import WholeFilter
from moderation.filters import FilterMatch
from moderation.models import FilterAction, FilterKeyword, FilterStatus

Json = dict[str, Any]


def filter_json(whole: WholeFilter) -> Json:
    """Build a filter with its keywords and the statuses that it names."""
    found = whole.filter
    return {
        "id": str(found.id),
        "title": found.title,
        "context": list(found.contexts),
        "expires_at": api_time_or_none(found.expires_at),
        "filter_action": found.action.value,
        "keywords": [keyword_json(keyword) for keyword in whole.keywords],
        "statuses": [filter_status_json(status) for status in whole.statuses],
    }


def keyword_json(keyword: FilterKeyword) -> Json:
    """Build a FilterKeyword."""
    return {
        "id": str(keyword.id),
        "keyword": keyword.keyword,
        "whole_word": keyword.whole_word,
    }


def filter_status_json(status: FilterStatus) -> Json:
    """Build a FilterStatus."""
    return {"id": str(status.id), "status_id": str(status.post_id)}


def v1_filter_json(whole: WholeFilter, keyword: FilterKeyword) -> Json:
    """Build a V1::Filter: one keyword, under the keyword's id."""
    found = whole.filter
    return {
        "id": str(keyword.id),
        "phrase": keyword.keyword,
        "context": list(found.contexts),
        "whole_word": keyword.whole_word,
        "expires_at": api_time_or_none(found.expires_at),
        "irreversible": found.action is FilterAction.HIDE,
    }


def filter_results(matches: Iterable[FilterMatch]) -> list[Json]:
    """Build what a status says of the filters that match it."""
    return [
        {
            "filter": {
                "id": str(match.filter.id),
                "title": match.filter.title,
                "context": list(match.filter.contexts),
                "expires_at": api_time_or_none(match.filter.expires_at),
                "filter_action": match.filter.action.value,
            },
            "keyword_matches": list(match.keywords) or None,
            "status_matches": [str(post_id) for post_id in match.post_ids] or None,
        }
        for match in matches
    ]
