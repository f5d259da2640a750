"""https://docs.joinmastodon.org/methods/filters/: filters with keywords and statuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from api.acting import acting
from api.entities.filter import filter_json, filter_status_json, keyword_json
from api.fields import Fields, path_id
from api.routing import Call, Door, Route
from core.clock import now
from core.errors import InvalidInput
from moderation.filter_editing import (
    FilterWishes,
    KeywordChange,
    WholeFilter,
    add_filter_status,
    delete_filter,
    delete_filter_status,
    delete_keyword,
    get_filter,
    get_filter_status,
    get_keyword,
    list_filters,
    save_filter,
    save_keyword,
)
from moderation.models import Filter, FilterAction
from posts.queries import get_visible_post

Json = dict[str, Any]
LONGEST_S = 10 * 365 * 24 * 3600


async def get_filters(call: Call) -> list[Json]:
    """List the caller's filters."""
    async with call.services.database.read() as session:
        return [filter_json(each) for each in await list_filters(session, call.me.actor.id)]


async def get_one(call: Call, id: str) -> Json:
    """Show a filter of the caller's."""
    async with call.services.database.read() as session:
        return filter_json(await get_filter(session, call.me.actor.id, path_id(id)))


async def post_filter(call: Call) -> Json:
    """Make a filter."""
    wishes = FilterWishes(
        title=call.fields.text("title") or "",
        contexts=tuple(call.fields.texts("context")),
        action=read_action(call.fields, FilterAction.WARN),
        expires_at=read_expiry(call.fields, None),
    )
    changes = _changes(call.fields)
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        return filter_json(await save_filter(session, me.id, wishes, changes))


async def put_filter(call: Call, id: str) -> Json:
    """Change a filter; what is not sent stays."""
    filter_id, changes = path_id(id), _changes(call.fields)
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        found = (await get_filter(session, me.id, filter_id)).filter
        wishes = wishes_of(found, call.fields)
        if (title := call.fields.text("title")) is not None:
            wishes = replace(wishes, title=title)
        wishes = replace(wishes, action=read_action(call.fields, wishes.action))
        return filter_json(
            await save_filter(session, me.id, wishes, changes, filter_id=filter_id)
        )


async def delete_one(call: Call, id: str) -> Json:
    """Delete a filter."""
    async with call.services.database.transaction() as session:
        await delete_filter(session, (await acting(session, call)).id, path_id(id))
    return {}


async def get_keywords(call: Call, filter_id: str) -> list[Json]:
    """List the keywords of a filter."""
    return [keyword_json(keyword) for keyword in (await _read(call, filter_id)).keywords]


async def post_keyword(call: Call, filter_id: str) -> Json:
    """Add a keyword to a filter."""
    change = KeywordChange(
        keyword=call.fields.text("keyword"), whole_word=call.fields.flag("whole_word")
    )
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        return keyword_json(await save_keyword(session, me.id, path_id(filter_id), change))


async def get_one_keyword(call: Call, id: str) -> Json:
    """Show a keyword of the caller's filters."""
    async with call.services.database.read() as session:
        _, found = await get_keyword(session, call.me.actor.id, path_id(id))
        return keyword_json(found)


async def put_keyword(call: Call, id: str) -> Json:
    """Change a keyword; what is not sent stays."""
    change = KeywordChange(
        id=path_id(id),
        keyword=call.fields.text("keyword"),
        whole_word=call.fields.flag("whole_word"),
    )
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        whole, _ = await get_keyword(session, me.id, path_id(id))
        return keyword_json(await save_keyword(session, me.id, whole.filter.id, change))


async def delete_one_keyword(call: Call, id: str) -> Json:
    """Remove a keyword from its filter."""
    async with call.services.database.transaction() as session:
        await delete_keyword(session, (await acting(session, call)).id, path_id(id))
    return {}


async def get_statuses(call: Call, filter_id: str) -> list[Json]:
    """List the statuses that a filter names."""
    return [filter_status_json(status) for status in (await _read(call, filter_id)).statuses]


async def post_status(call: Call, filter_id: str) -> Json:
    """Let a filter name a status that the caller may see; of a boost, what it passes on."""
    post_id = call.fields.id("status_id")
    if post_id is None:
        raise InvalidInput("Validation failed: Status can't be blank")
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        post = await get_visible_post(session, call.me.viewer, post_id)
        subject = post.boost_of_id or post.id
        return filter_status_json(
            await add_filter_status(session, me.id, path_id(filter_id), subject)
        )


async def get_one_status(call: Call, id: str) -> Json:
    """Show which status a filter names."""
    async with call.services.database.read() as session:
        found = await get_filter_status(session, call.me.actor.id, path_id(id))
        return filter_status_json(found)


async def delete_one_status(call: Call, id: str) -> Json:
    """Let a filter name a status no more."""
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        return filter_status_json(await delete_filter_status(session, me.id, path_id(id)))


def wishes_of(found: Filter, fields: Fields) -> FilterWishes:
    """Return what a filter is, with the contexts and the end that were sent, if any were."""
    return FilterWishes(
        title=found.title,
        contexts=tuple(fields.texts("context")) or tuple(found.contexts),
        action=found.action,
        expires_at=read_expiry(fields, found.expires_at),
    )


def read_expiry(fields: Fields, known: datetime | None) -> datetime | None:
    """Return when a filter ends: never where nothing or 0 is sent, as before where it is not."""
    if fields.is_null("expires_in"):
        return None
    text = fields.text("expires_in")
    if text is None:
        return known
    if not text.strip() or text.strip() == "0":
        return None
    seconds = fields.number("expires_in", default=0, smallest=0, largest=LONGEST_S)
    if not seconds:
        raise InvalidInput("Validation failed: Expires in is not a number of seconds")
    return now() + timedelta(seconds=seconds)


def read_action(fields: Fields, known: FilterAction) -> FilterAction:
    """Return what becomes of what matches; raises InvalidInput for an unknown word."""
    text = fields.text("filter_action")
    if not text:
        return known
    try:
        return FilterAction(text)
    except ValueError as error:
        raise InvalidInput("Validation failed: Action is not included in the list") from error


def _changes(fields: Fields) -> list[KeywordChange]:
    return [
        KeywordChange(
            id=each.id("id"),
            keyword=each.text("keyword"),
            whole_word=each.flag("whole_word"),
            removed=bool(each.flag("_destroy")),
        )
        for each in fields.each("keywords_attributes")
    ]


async def _read(call: Call, filter_id: str) -> WholeFilter:
    async with call.services.database.read() as session:
        return await get_filter(session, call.me.actor.id, path_id(filter_id))


_READ, _WRITE = ("read:filters",), ("write:filters",)
_ALL, _ONE = "/api/v2/filters", "/api/v2/filters/<id>"
_KEYWORD, _STATUS = "/api/v2/filters/keywords/<id>", "/api/v2/filters/statuses/<id>"
ROUTES = (
    Route("GET", _ALL, get_filters, Door.USER, _READ),
    Route("POST", _ALL, post_filter, Door.USER, _WRITE),
    Route("GET", _ONE, get_one, Door.USER, _READ),
    Route("PUT", _ONE, put_filter, Door.USER, _WRITE),
    Route("DELETE", _ONE, delete_one, Door.USER, _WRITE),
    Route("GET", f"{_ALL}/<filter_id>/keywords", get_keywords, Door.USER, _READ),
    Route("POST", f"{_ALL}/<filter_id>/keywords", post_keyword, Door.USER, _WRITE),
    Route("GET", _KEYWORD, get_one_keyword, Door.USER, _READ),
    Route("PUT", _KEYWORD, put_keyword, Door.USER, _WRITE),
    Route("DELETE", _KEYWORD, delete_one_keyword, Door.USER, _WRITE),
    Route("GET", f"{_ALL}/<filter_id>/statuses", get_statuses, Door.USER, _READ),
    Route("POST", f"{_ALL}/<filter_id>/statuses", post_status, Door.USER, _WRITE),
    Route("GET", _STATUS, get_one_status, Door.USER, _READ),
    Route("DELETE", _STATUS, delete_one_status, Door.USER, _WRITE),
)
