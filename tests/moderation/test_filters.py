"""Words that somebody does not want to read: what matches, and that it stays cheap."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import event

from core import clock
from core.clock import now
from core.errors import InvalidInput, NotFound
from factories import make_local_actor
from moderation.filter_editing import (
    LONGEST_KEYWORD,
    MOST_FILTERS,
    FilterWishes,
    KeywordChange,
    add_filter_status,
    delete_filter,
    delete_keyword,
    get_filter,
    list_filters,
    save_filter,
)
from moderation.filters import FilterContext, folded, hides, load_filters, phrase
from moderation.models import FilterAction
from writing import write

HOME = ("home",)


@pytest_asyncio.fixture
async def alice(session):
    return await make_local_actor(session)


async def made(session, actor, *words, whole_word=True, **wishes):
    """Make a filter with some keywords."""
    changes = [KeywordChange(keyword=word, whole_word=whole_word) for word in words]
    asked = FilterWishes(**({"title": "a filter", "contexts": HOME} | wishes))
    return await save_filter(session, actor.id, asked, changes)


@pytest.mark.parametrize(
    ("keyword", "text", "is_found"),
    [
        ("grippe", "La GRIPPE est là", True),
        ("grippe", "des grippes", False),
        ("grippe", "antigrippe", False),
        ("œdème", "un œdème aigu", True),
        ("œdème", "l’œdème.", True),
        ("dème", "un œdème", False),
        ("#ecg", "voici un #ECG", True),
        ("#ecg", "x#ecg", True),
        ("#ecg", "#ecgs", False),
        ("c++", "du c++11", True),
        ("état de choc", "L’ÉTAT DE CHOC", True),
        ("😷", "avec😷masque", True),
        ("a.c", "abc", False),
        ("straße", "die STRASSE", True),
        ("机", "飛行机", False),
    ],
)
def test_a_whole_word_ends_where_letters_do_on_the_sides_that_have_some(keyword, text, is_found):
    assert phrase(keyword, whole_word=True).is_in(folded(text)) is is_found


def test_without_edges_a_keyword_is_found_within_words():
    assert phrase("grip", whole_word=False).is_in(folded("La GRIPPE"))
    assert not phrase("grip.", whole_word=False).is_in(folded("La GRIPPE"))


def test_accents_are_the_same_however_they_are_composed():
    assert phrase("café", whole_word=True).is_in(folded("un cafe\u0301 noir"))


@pytest.mark.parametrize(
    "keyword", ["a" * LONGEST_KEYWORD, "-" * 500 + "a", "(a+)+$", ".*" * 200 + "b", "a b " * 100]
)
@pytest.mark.parametrize("text", ["a" * 100_000, "-" * 100_000, "a b " * 25_000, "aa " * 33_000])
def test_no_keyword_takes_long_in_a_long_text(keyword, text):
    began = time.process_time()

    phrase(keyword, whole_word=True).is_in(text)

    assert time.process_time() - began < 0.1


async def test_what_matches_is_told_by_filter_with_its_keywords(session, alice):
    first = await made(session, alice, "grippe", "rhume")
    await made(session, alice, "toux", title="other")

    found = (await load_filters(session, alice.id)).matches("La grippe", "et le rhume")

    assert [(match.filter.id, match.keywords, match.post_ids) for match in found] == [
        (first.filter.id, ("grippe", "rhume"), ())
    ]


async def test_a_post_that_is_named_matches_whatever_it_says(session, alice):
    whole = await made(session, alice)
    post = await write(session, alice)
    await add_filter_status(session, alice.id, whole.filter.id, post.id)

    filters = await load_filters(session, alice.id)

    assert [match.post_ids for match in filters.matches("…", post_id=post.id)] == [(post.id,)]
    assert filters.matches("…", post_id=post.id + 1) == []
    with pytest.raises(InvalidInput):
        await add_filter_status(session, alice.id, whole.filter.id, post.id)


async def test_only_hiding_filters_of_the_context_hide(session, alice):
    await made(session, alice, "grippe", action=FilterAction.WARN)
    await made(session, alice, "rhume", action=FilterAction.HIDE, contexts=("thread",))
    filters = await load_filters(session, alice.id)

    assert not hides(filters.matches("grippe"), FilterContext.HOME)
    assert not hides(filters.matches("rhume"), FilterContext.HOME)
    assert hides(filters.matches("rhume"), FilterContext.THREAD)


async def test_a_filter_ends_at_its_moment_and_stays_listed(session, alice):
    await made(session, alice, "grippe", expires_at=now() + timedelta(hours=1))
    assert await load_filters(session, alice.id)

    clock.shift(timedelta(hours=2))

    assert not await load_filters(session, alice.id)
    assert len(await list_filters(session, alice.id)) == 1


async def test_nobody_has_the_filters_of_another(session, alice):
    bruno = await make_local_actor(session, "bruno")
    whole = await made(session, alice, "grippe")

    assert not await load_filters(session, bruno.id)
    with pytest.raises(NotFound):
        await get_filter(session, bruno.id, whole.filter.id)
    with pytest.raises(NotFound):
        await delete_keyword(session, bruno.id, whole.keywords[0].id)


async def test_keywords_are_changed_with_their_filter(session, alice):
    whole = await made(session, alice, "grippe", "rhume")
    kept, gone = whole.keywords
    changes = [
        KeywordChange(id=kept.id, keyword="Grippe A"),
        KeywordChange(id=gone.id, removed=True),
        KeywordChange(keyword="toux", whole_word=False),
    ]

    wishes = FilterWishes(title="b", contexts=HOME)
    changed = await save_filter(
        session, alice.id, wishes, changes, filter_id=whole.filter.id
    )

    assert [(row.keyword, row.whole_word) for row in changed.keywords] == [
        ("Grippe A", True),
        ("toux", False),
    ]
    await delete_filter(session, alice.id, whole.filter.id)
    assert await list_filters(session, alice.id) == []


async def test_a_keyword_of_another_filter_is_not_changed(session, alice):
    first, second = await made(session, alice, "grippe"), await made(session, alice, "rhume")
    change = KeywordChange(id=second.keywords[0].id, keyword="x")

    with pytest.raises(NotFound):
        await save_filter(
            session,
            alice.id,
            FilterWishes(title="b", contexts=HOME),
            [change],
            filter_id=first.filter.id,
        )


async def test_there_are_so_many_filters_and_no_more(session, alice):
    for _ in range(MOST_FILTERS):
        await made(session, alice)

    with pytest.raises(InvalidInput, match="maximum number of filters"):
        await made(session, alice)


async def test_loading_costs_two_queries_for_any_number(session, alice):
    for number in range(20):
        await made(session, alice, f"mot{number}", f"autre{number}")
    seen = []
    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *a: seen.append(a[2]))

    filters = await load_filters(session, alice.id)

    assert len(filters.active) == 20
    assert len(seen) == 2
