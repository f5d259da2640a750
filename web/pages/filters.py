"""What somebody does not want to read: their filters, made and changed by forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from quart import Response

from core.clock import now
from core.errors import InvalidInput
from moderation.filter_editing import (
    FilterWishes,
    KeywordChange,
    WholeFilter,
    delete_filter,
    get_filter,
    list_filters,
    save_filter,
)
from moderation.filters import FilterContext
from moderation.models import FilterAction
from web.acting import read_own_form
from web.answers import go_to
from web.paging import read_id
from web.visit import Pages, Visit

HOME = "/filters"
_SPANS: Mapping[str, timedelta] = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
}
MOST_WORDS_TYPED = 200


async def get_filters(visit: Visit) -> Response:
    """List one's filters, with a form for one more."""
    return await _list(visit, _typed_of(None))


async def post_filters(visit: Visit) -> Response:
    """Make a filter."""
    form = await read_own_form(visit)
    try:
        await _save(visit, form, None)
    except InvalidInput as error:
        return await _list(visit, _typed_in(form), problem=str(error), status=422)
    return go_to(visit.site.settings, HOME)


async def get_one(visit: Visit, filter_id: str) -> Response:
    """Show a filter, to be changed."""
    me = visit.require_member().actor
    async with visit.database.read() as session:
        whole = await get_filter(session, me.id, read_id(filter_id))
    return _one(visit, whole.filter.id, _typed_of(whole))


async def post_one(visit: Visit, filter_id: str) -> Response:
    """Change a filter, or delete it."""
    form, number = await read_own_form(visit), read_id(filter_id)
    me = visit.require_member().actor
    if form.get("act") == "delete":
        async with visit.database.transaction() as session:
            await delete_filter(session, me.id, number)
        return go_to(visit.site.settings, HOME)
    try:
        await _save(visit, form, number)
    except InvalidInput as error:
        return _one(visit, number, _typed_in(form), problem=str(error), status=422)
    return go_to(visit.site.settings, HOME)


async def _own_form(visit: Visit) -> Mapping[str, str]:
    form = await read_own_form(visit)
    return form


async def _save(visit: Visit, form: Mapping[str, str], filter_id: int | None) -> None:
    me = visit.require_member().actor
    words = list(dict.fromkeys(filter(None, map(str.strip, form.get("words", "").splitlines()))))
    if len(words) > MOST_WORDS_TYPED:
        raise InvalidInput("Validation failed: too many words")
    async with visit.database.transaction() as session:
        known = await get_filter(session, me.id, filter_id) if filter_id is not None else None
        wishes = FilterWishes(
            title=form.get("title", ""),
            contexts=tuple(one.value for one in FilterContext if f"in-{one.value}" in form),
            action=_action(form.get("action", "")),
            expires_at=_ends_at(form.get("ends", ""), known),
        )
        changes = _changes(words, known, whole_word="whole_word" in form)
        await save_filter(session, me.id, wishes, changes, filter_id=filter_id)


def _action(word: str) -> FilterAction:
    try:
        return FilterAction(word)
    except ValueError as error:
        raise InvalidInput("Validation failed: no such action") from error


def _ends_at(word: str, known: WholeFilter | None) -> datetime | None:
    """Return when a filter ends: `keep` is as it was, an empty word never."""
    if word == "keep" and known is not None:
        return known.filter.expires_at
    return now() + _SPANS[word] if word in _SPANS else None


def _changes(
    words: Sequence[str], known: WholeFilter | None, *, whole_word: bool
) -> list[KeywordChange]:
    """Return what becomes of the words of a filter: those that stay, that go and that come."""
    kept = {one.keyword: one.id for one in known.keywords} if known is not None else {}
    stays = [
        KeywordChange(id=kept.get(word), keyword=word, whole_word=whole_word) for word in words
    ]
    return stays + [
        KeywordChange(id=number, removed=True) for word, number in kept.items() if word not in words
    ]


def _typed_of(whole: WholeFilter | None) -> dict[str, object]:
    if whole is None:
        contexts = {FilterContext.HOME.value, FilterContext.PUBLIC.value}
        return {"title": "", "words": "", "action": FilterAction.WARN.value, "whole_word": True,
                "contexts": contexts, "ends": "", "ends_at": None}  # fmt: skip
    kept = whole.filter
    return {
        "title": kept.title,
        "words": "\n".join(one.keyword for one in whole.keywords),
        "action": kept.action.value,
        "whole_word": all(one.whole_word for one in whole.keywords),
        "contexts": set(kept.contexts),
        "ends": "keep" if kept.expires_at else "",
        "ends_at": kept.expires_at,
    }


def _typed_in(form: Mapping[str, str]) -> dict[str, object]:
    return {
        "title": form.get("title", ""),
        "words": form.get("words", ""),
        "action": form.get("action", ""),
        "whole_word": "whole_word" in form,
        "contexts": {one.value for one in FilterContext if f"in-{one.value}" in form},
        "ends": form.get("ends", ""),
        "ends_at": None,
    }


async def _list(
    visit: Visit, typed: Mapping[str, object], *, problem: str = "", status: int = 200
) -> Response:
    me = visit.require_member().actor
    async with visit.database.read() as session:
        filters = await list_filters(session, me.id)
    return visit.page(
        "filters.html",
        status=status,
        section=HOME,
        filters=filters,
        typed=typed,
        problem=problem,
        contexts=[one.value for one in FilterContext],
        moment_now=now(),
    )


def _one(
    visit: Visit,
    number: int,
    typed: Mapping[str, object],
    *,
    problem: str = "",
    status: int = 200,
) -> Response:
    return visit.page(
        "filter.html",
        status=status,
        section=HOME,
        number=number,
        typed=typed,
        problem=problem,
        contexts=[one.value for one in FilterContext],
    )


PAGES: Pages = (
    ("GET", HOME, get_filters),
    ("POST", HOME, post_filters),
    ("GET", f"{HOME}/<filter_id>", get_one),
    ("POST", f"{HOME}/<filter_id>", post_one),
)
