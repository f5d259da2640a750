"""The Quote, ShallowQuote and QuoteApproval entities.

https://docs.joinmastodon.org/entities/Quote/ · https://docs.joinmastodon.org/entities/QuoteApproval/
"""

from __future__ import annotations

from typing import Any

from posts.quotes import NOBODY, Quote
from posts.quoting import Approval

Json = dict[str, Any]


def quote_json(quote: Quote, shown: Json | None) -> Json:
    """Build what a post quotes; `shown` is the quoted status, where it is shown."""
    return {"state": quote.state.value, "quoted_status": shown}


def shallow_quote_json(quote: Quote) -> Json:
    """Build what a quoted post quotes itself: it is only named (D31)."""
    quoted = quote.post
    return {"state": quote.state.value, "quoted_status_id": str(quoted.id) if quoted else None}


def approval_json(approval: Approval) -> Json:
    """Build who may quote a post; nobody here approves by hand."""
    return {
        "automatic": [] if approval.policy == NOBODY else [approval.policy],
        "manual": [],
        "current_user": approval.verdict.value,
    }
