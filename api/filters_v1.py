"""https://docs.joinmastodon.org/methods/filters/#v1: the same filters, a keyword at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from api.acting import acting
from api.entities.filter import v1_filter_json
from api.fields import Fields, path_id
from api.filters import read_expiry, wishes_of
from api.routing import Call, Door, Route
from core.errors import InvalidInput
from moderation.filter_editing import (
    FilterWishes,
    KeywordChange,
    WholeFilter,
    delete_filter,
    delete_keyword,
    get_keyword,
    list_filters,
    save_filter,
)
from moderation.models import FilterAction, FilterKeyword

Json = dict[str, Any]
OF_SEVERAL = (
    "These parameters cannot be changed from this application because they apply to more than one "
    "filter keyword. Use a more recent application."
)


async def get_filters(call: Call) -> list[Json]:
    """List the keywords of all filters of the caller, each as a filter of its own."""
    async with call.services.database.read() as session:
        found = await list_filters(session, call.me.actor.id)
    return [v1_filter_json(whole, keyword) for whole in found for keyword in whole.keywords]


async def get_one(call: Call, id: str) -> Json:
    """Show a keyword as a filter."""
    async with call.services.database.read() as session:
        return v1_filter_json(*await get_keyword(session, call.me.actor.id, path_id(id)))


async def post_filter(call: Call) -> Json:
    """Make a filter with one keyword."""
    phrase = call.fields.required("phrase")
    wishes = FilterWishes(
        title=phrase[:100],
        contexts=tuple(call.fields.texts("context")),
        action=_action(call.fields, FilterAction.WARN),
        expires_at=read_expiry(call.fields, None),
    )
    change = KeywordChange(keyword=phrase, whole_word=bool(call.fields.flag("whole_word")))
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        made = await save_filter(session, me.id, wishes, [change])
        return v1_filter_json(made, made.keywords[0])


async def put_filter(call: Call, id: str) -> Json:
    """Change a keyword and the filter around it; what is not sent stays.

    Raises InvalidInput where the filter has other keywords, which would change with it.
    """
    change = KeywordChange(
        id=path_id(id),
        keyword=call.fields.text("phrase"),
        whole_word=call.fields.flag("whole_word"),
    )
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        whole, _ = await get_keyword(session, me.id, path_id(id))
        wishes = wishes_of(whole.filter, call.fields)
        wishes = replace(wishes, action=_action(call.fields, wishes.action))
        if _is_of_several(whole) and wishes != wishes_of(whole.filter, Fields([])):
            raise InvalidInput(OF_SEVERAL)
        saved = await save_filter(
            session, me.id, wishes, [change], filter_id=whole.filter.id
        )
        return v1_filter_json(saved, _keyword(saved, path_id(id)))


async def delete_one(call: Call, id: str) -> Json:
    """Remove a keyword, and its filter where that had nothing else."""
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        whole, keyword = await get_keyword(session, me.id, path_id(id))
        if _is_of_several(whole):
            await delete_keyword(session, me.id, keyword.id)
        else:
            await delete_filter(session, me.id, whole.filter.id)
    return {}


def _is_of_several(whole: WholeFilter) -> bool:
    return len(whole.keywords) + len(whole.statuses) > 1


def _keyword(whole: WholeFilter, keyword_id: int) -> FilterKeyword:
    return next(keyword for keyword in whole.keywords if keyword.id == keyword_id)


def _action(fields: Fields, known: FilterAction) -> FilterAction:
    is_irreversible = fields.flag("irreversible")
    if is_irreversible is None:
        return known
    return FilterAction.HIDE if is_irreversible else FilterAction.WARN


_READ, _WRITE = ("read:filters",), ("write:filters",)
_ALL, _ONE = "/api/v1/filters", "/api/v1/filters/<id>"
ROUTES = (
    Route("GET", _ALL, get_filters, Door.USER, _READ),
    Route("POST", _ALL, post_filter, Door.USER, _WRITE),
    Route("GET", _ONE, get_one, Door.USER, _READ),
    Route("PUT", _ONE, put_filter, Door.USER, _WRITE),
    Route("DELETE", _ONE, delete_one, Door.USER, _WRITE),
)
