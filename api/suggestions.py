"""https://docs.joinmastodon.org/methods/suggestions/: whom the caller might follow, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actors.queries import get_actor
from actors.suggestions import Reason, Suggestion, dismiss_suggestion, list_suggestions
from api.acting import acting
from api.entities.account import accounts
from api.fields import path_id
from api.routing import Call, Door, Route

Json = dict[str, Any]
# Clients know these words only: what is closest. `consilium.reasons` tells the truth.
_WORDS: Mapping[Reason, str] = {
    Reason.INSTITUTION: "featured",
    Reason.SPECIALITY: "similar_to_recently_followed",
    Reason.ACQUAINTANCES: "friends_of_friends",
}
_OLD_WORDS: Mapping[Reason, str] = {
    Reason.INSTITUTION: "staff",
    Reason.SPECIALITY: "past_interactions",
    Reason.ACQUAINTANCES: "past_interactions",
}


async def get_suggestions(call: Call) -> list[Json]:
    """List whom the caller might follow, with the reasons."""
    found, built = await _read(call)
    return [
        {
            "source": _OLD_WORDS[suggestion.reasons[0]],
            "sources": [_WORDS[reason] for reason in suggestion.reasons],
            "account": account,
            "consilium": {"reasons": [reason.value for reason in suggestion.reasons]},
        }
        for suggestion, account in zip(found, built, strict=True)
    ]


async def get_v1_suggestions(call: Call) -> list[Json]:
    """List whom the caller might follow, as accounts alone."""
    _, built = await _read(call)
    return built


async def delete_one(call: Call, account_id: str) -> Json:
    """Suggest an account to the caller no more."""
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        other = await get_actor(session, path_id(account_id))
        await dismiss_suggestion(session, me.id, other.id)
    return {}


async def _read(call: Call) -> tuple[list[Suggestion], list[Json]]:
    limit = call.fields.number("limit", default=40, largest=80)
    async with call.services.database.read() as session:
        found = await list_suggestions(session, call.me.actor.id, limit=limit)
        return found, await accounts(session, [suggestion.actor for suggestion in found])


ROUTES = (
    Route("GET", "/api/v2/suggestions", get_suggestions, Door.USER, ("read",)),
    Route("GET", "/api/v1/suggestions", get_v1_suggestions, Door.USER, ("read",)),
    Route("DELETE", "/api/v1/suggestions/<account_id>", delete_one, Door.USER, ("read",)),
)
