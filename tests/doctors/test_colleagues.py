""""Confrères d'avant": proposed to both, if both wish and each may read the other's career."""

from __future__ import annotations

from collections import Counter

import pytest
import pytest_asyncio

from actors.blocks import save_block, save_mute
from actors.follows import save_follow
from actors.models import DomainBlock
from actors.suggestions import dismiss_suggestion
from careers import step, tell_career
from core.clock import now
from db.paging import Page
from doctors import colleagues
from doctors.colleagues import find_together, list_former_colleagues, read_own_search
from doctors.models import FieldAudience
from doctors.practice import save_settings
from factories import give_badge, make_local_actor, make_remote_actor
from federation.documents.practitioner import CareerStep
from posts.visibility import ANONYMOUS, viewer_of

PUBLIC, DOCTORS, CONTACTS, NOBODY = FieldAudience


@pytest_asyncio.fixture
async def alice(session):
    """A doctor here who was at the hospital from 2008 to 2015, and looks for colleagues."""
    made = await make_local_actor(session, "alice", doctor=True)
    await tell_career(session, made)
    return made


@pytest_asyncio.fixture
async def bruno(session):
    """A doctor here who has a badge and says nothing yet."""
    return await make_local_actor(session, "bruno", doctor=True)


@pytest_asyncio.fixture
async def bob(session):
    """A doctor of another hospital."""
    return await make_remote_actor(session, "bob", doctor=True)


async def proposed(session, actor, page=None):
    viewer = await viewer_of(session, actor.id)
    found = await list_former_colleagues(session, viewer, page or Page())
    return {one.actor.username: [_words(span) for span in one.together] for one in found}


def _words(span):
    return f"{span.place}, {span.since}–{span.until or ''}"


async def test_two_who_were_there_at_once_are_proposed_to_each_other(session, alice, bruno):
    await tell_career(session, bruno, step("C.H.U. Lyon", 2012, None))

    assert await proposed(session, alice) == {"bruno": ["CHU de Lyon, 2012–2015"]}
    assert await proposed(session, bruno) == {"alice": ["C.H.U. Lyon, 2012–2015"]}


async def test_somebody_of_elsewhere_is_proposed_by_what_their_documents_say(session, alice, bob):
    await tell_career(session, bob, step("CHU Lyon", 2010, 2012))

    assert await proposed(session, alice) == {"bob": ["CHU de Lyon, 2010–2012"]}


OTHERWISE = {
    "another place": step("CHU de Lille"),
    "before": step(since=2001, until=2007),
    "after": step(since=2016, until=None),
    "a faculty of the hospital's name": step(kind="faculty"),
}


@pytest.mark.parametrize("where", OTHERWISE.values(), ids=OTHERWISE)
async def test_nobody_is_proposed_who_was_somewhere_else_or_at_another_time(
    session, alice, bruno, where
):
    await tell_career(session, bruno, where)

    assert await proposed(session, alice) == {}


async def test_an_intern_and_who_had_a_post_there_are_colleagues(session, alice, bruno):
    await tell_career(session, bruno, step(since=2015, until=2016, kind="internship"))

    assert await proposed(session, alice) == {"bruno": ["CHU de Lyon, 2015–2015"]}


async def test_neither_is_proposed_while_one_does_not_wish_it(session, alice, bruno, bob):
    await tell_career(session, bruno, seeks=False)
    await tell_career(session, bob, seeks=False)

    assert await proposed(session, alice) == {}
    assert await proposed(session, bruno) == {}

    await save_settings(session, bruno, seeks_colleagues=True)
    await save_settings(session, alice, seeks_colleagues=False)

    assert await proposed(session, alice) == {}
    assert await proposed(session, bruno) == {}


@pytest.mark.parametrize("audience", [CONTACTS, NOBODY])
async def test_a_career_that_the_reader_may_not_read_is_not_compared(
    session, alice, bruno, bob, audience
):
    await tell_career(session, bruno, audience=audience)
    await tell_career(session, bob, audience=audience)

    assert await proposed(session, alice) == {}
    assert await proposed(session, bruno) == {}


async def test_a_career_for_doctors_is_not_compared_for_who_is_none(session, alice, bob):
    nurse = await make_local_actor(session, "nurse")
    await give_badge(session, nurse, is_doctor=False)
    await tell_career(session, nurse, audience=PUBLIC)
    await tell_career(session, bob, audience=PUBLIC)

    assert await proposed(session, nurse) == {"bob": ["CHU de Lyon, 2008–2015"]}
    # Nor is the nurse proposed to Alice, whose career the nurse may not read.
    assert "nurse" not in await proposed(session, alice)


async def test_a_career_for_contacts_is_told_to_who_follows_and_nobody_else(
    session, alice, bruno, bob
):
    await tell_career(session, alice, audience=CONTACTS)
    await tell_career(session, bruno)
    await tell_career(session, bob)
    await save_follow(session, bruno, alice, uri="x:1", accepted=True)

    # Bruno reads her career, Bob does not; whom he follows already is not proposed to him.
    assert await proposed(session, alice) == {"bruno": ["CHU de Lyon, 2008–2015"]}
    assert "alice" not in await proposed(session, bruno)


async def test_what_is_said_to_contacts_alone_is_not_mixed_into_what_doctors_read(
    session, alice, bob
):
    await tell_career(session, bob, step("CHU de Lille"), audience=DOCTORS)
    await tell_career(session, bob, step(), audience=CONTACTS)

    assert await proposed(session, alice) == {}


async def test_a_private_profile_is_proposed_to_nobody_new(session, alice, bruno):
    await tell_career(session, bruno)

    await save_settings(session, bruno, is_private=True)

    assert await proposed(session, alice) == {}
    assert await proposed(session, bruno) == {}


async def _follow(session, alice, other):
    await save_follow(session, alice, other, uri="x:1", accepted=True)


async def _ask(session, alice, other):
    await save_follow(session, alice, other, uri="x:1")


async def _block(session, alice, other):
    await save_block(session, alice, other, uri="x:1")


async def _be_blocked(session, alice, other):
    await save_block(session, other, alice, uri="x:1")


async def _mute(session, alice, other):
    await save_mute(session, alice, other)


async def _dismiss(session, alice, other):
    await dismiss_suggestion(session, alice.id, other.id)


async def _block_host(session, alice, other):
    session.add(DomainBlock(actor_id=alice.id, domain=other.domain))


async def _suspend(session, alice, other):
    other.suspended_at = now()


async def _delete(session, alice, other):
    other.deleted_at = now()


async def _move(session, alice, other):
    other.moved_to = "https://c.example/users/bob"


REASONS = {
    "followed": _follow,
    "asked to follow": _ask,
    "blocked": _block,
    "blocking": _be_blocked,
    "muted": _mute,
    "sent away": _dismiss,
    "of a blocked domain": _block_host,
    "suspended": _suspend,
    "gone": _delete,
    "moved": _move,
}


@pytest.mark.parametrize("done", REASONS.values(), ids=REASONS)
async def test_nobody_is_proposed_who_is(session, alice, bob, done):
    await tell_career(session, bob)
    assert await proposed(session, alice)

    await done(session, alice, bob)
    await session.flush()

    assert await proposed(session, alice) == {}


async def test_without_a_badge_that_counts_nobody_is_proposed_and_nobody_is_shown(session, alice):
    none = await make_local_actor(session, "none")
    lapsed = await make_local_actor(session, "lapsed")
    await give_badge(session, lapsed, days=-1)
    await tell_career(session, none, audience=PUBLIC)
    await tell_career(session, lapsed, audience=PUBLIC)
    await tell_career(session, alice, audience=PUBLIC)

    assert await proposed(session, alice) == {}
    assert await proposed(session, none) == {}
    assert await proposed(session, lapsed) == {}


async def test_strangers_have_no_former_colleagues(session, alice):
    assert await list_former_colleagues(session, ANONYMOUS, Page()) == []


async def test_people_come_page_by_page_each_once(session, alice):
    for number in range(5):
        actor = await make_remote_actor(session, f"doctor{number}", doctor=True)
        await tell_career(session, actor)
    viewer = await viewer_of(session, alice.id)

    first = await list_former_colleagues(session, viewer, Page(limit=3))
    second = await list_former_colleagues(
        session, viewer, Page(limit=3, max_id=first[-1].actor.id)
    )
    back = await list_former_colleagues(
        session, viewer, Page(limit=3, min_id=second[0].actor.id)
    )

    names = [one.actor.username for one in [*first, *second]]
    assert names == ["doctor4", "doctor3", "doctor2", "doctor1", "doctor0"]
    assert back == first


async def test_what_one_looks_with_is_told_to_oneself(session, alice, bruno):
    own, other = [await read_own_search(session, one.id) for one in (alice, bruno)]

    assert (own.can_find, own.audience, len(own.career)) == (True, DOCTORS, 1)
    assert (other.can_find, other.is_seeking, other.career) == (False, False, ())


async def test_many_long_careers_are_compared_by_few_readings_of_their_places(
    session, alice, monkeypatch
):
    await tell_career(session, alice, *[step(f"CHU {number}") for number in range(20)])
    for number in range(3):
        actor = await make_remote_actor(session, f"doctor{number}", doctor=True)
        await tell_career(session, actor, *[step(f"CHU {place}") for place in range(20)])
    read = Counter()
    monkeypatch.setattr(colleagues, "place_key", _counting(colleagues.place_key, read))

    found = await proposed(session, alice)

    assert [len(places) for places in found.values()] == [20, 20, 20]
    # Each step of each career once a comparison, not each with each.
    assert read.total() == 3 * (20 + 20)


def _counting(asked, counts):
    def count(*given):
        counts[given] += 1
        return asked(*given)

    return count


def _steps(*years, place="CHU de Lyon", kind="post"):
    return [CareerStep(kind, place, "", since, until) for since, until in years]


TOGETHER = {
    "still": ([(2008, None)], [(2012, None)], [(2012, None)]),
    "one year": ([(2008, 2012)], [(2012, 2015)], [(2012, 2012)]),
    "two times": ([(2000, 2003), (2010, 2012)], [(1999, 2020)], [(2000, 2003), (2010, 2012)]),
    "two posts on end": ([(2000, 2003), (2004, None)], [(2002, 2010)], [(2002, 2010)]),
    "one within the other": ([(2000, 2010)], [(2001, 2009), (2002, 2003)], [(2001, 2009)]),
    "never": ([(2000, 2003)], [(2004, None)], []),
}


@pytest.mark.parametrize("mine, theirs, spans", TOGETHER.values(), ids=TOGETHER)
def test_years_together_are_told_once(mine, theirs, spans):
    found = find_together(_steps(*mine), _steps(*theirs))

    assert [(span.since, span.until) for span in found] == spans
