"""The directory is stood in by who said so: the question, where it is asked, and taking it back."""

from __future__ import annotations

import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlmodel import col

from actors.models import Actor
from core.settings import Directory, Switch
from db.jobs import Job
from doctors.directory_index import index_people
from factories import make_peer, make_remote_actor
from mapping import follow
from outbox.models import OutboxActivity
from web.pages.findable import FINDABLE

BADGE, DIRECTORY, PRACTICE = "/settings/badge", "/directory", "/settings/practice"
YES = "Let colleagues find me"


@pytest.fixture
def changes():
    """Settings that a test changes."""
    return {}


@pytest.fixture
def settings(settings, changes):
    return settings.model_copy(update=changes)


@pytest_asyncio.fixture(autouse=True)
async def not_asked_yet(database, alice):
    """Whoever comes here is in no directory."""
    async with database.transaction() as session:
        (await session.get_one(Actor, alice.id)).discoverable = False


@pytest.fixture
def choose():
    """Press the one button of a page that asks, or that takes it back."""

    async def press(browser, path, answer="yes"):
        form = (await browser.get(path)).forms[FINDABLE]
        return await browser.post(FINDABLE, form | {"findable": answer})

    return press


def arrived(answer):
    """Return the address that a browser asks for: no fragment goes to a server."""
    return answer.location.partition("#")[0]


async def is_findable(database, actor):
    async with database.read() as session:
        return (await session.get_one(Actor, actor.id)).discoverable


async def test_nobody_is_in_the_directory_before_they_said_so(doctor, alice, database):
    page = await doctor.get(BADGE)

    assert "Let colleagues find me in the directory" in page.text
    assert "Members of a.localhost:8001 find you by your name" in page.text
    assert "clinical instances that this one trusts" in page.text
    assert not await is_findable(database, alice)


async def test_one_tap_puts_a_doctor_into_the_directory_and_tells_others(
    doctor, reader, alice, database, choose
):
    async with database.transaction() as session:
        bob = await make_remote_actor(session)
        await make_peer(session)
        await follow(session, bob, alice)

    answer = await choose(doctor, BADGE)

    assert (answer.status, answer.location) == (303, f"{BADGE}?done=findable#directory")
    assert "Colleagues find you in the directory" in (await doctor.get(arrived(answer))).text
    async with database.transaction() as session:
        kinds = list(await session.scalars(select(col(Job.kind))))
        assert "index doctor" in kinds
        (told,) = await session.scalars(select(OutboxActivity))
        assert (told.type, told.actor_id) == ("Update", alice.id)
        assert await index_people(session, [alice.id]) == 1
    assert "1 person found" in (await reader.get(f"{DIRECTORY}?q=Alice")).text


async def test_it_is_taken_back_on_the_same_page(doctor, alice, database, choose):
    await choose(doctor, BADGE)

    answer = await choose(doctor, BADGE, "no")

    assert answer.location == f"{BADGE}?done=hidden#directory"
    page = await doctor.get(arrived(answer))
    assert "You do not stand in the directory any more." in page.text
    assert YES in page.text
    assert not await is_findable(database, alice)


@pytest.mark.parametrize("path", [DIRECTORY, PRACTICE])
async def test_who_is_not_in_it_is_told_so_where_it_matters(doctor, alice, database, choose, path):
    assert "You do not stand in the directory" in (await doctor.get(path)).text

    answer = await choose(doctor, path)

    assert answer.location == f"{path}?done=findable#directory"
    page = await doctor.get(arrived(answer))
    assert "Colleagues find you in the directory from now on." in page.text
    assert YES not in page.text
    assert "from now on" not in (await doctor.get(path)).text
    assert await is_findable(database, alice)


async def test_a_search_is_not_interrupted_by_it(doctor):
    assert YES not in (await doctor.get(f"{DIRECTORY}?q=ablation")).text


@pytest.mark.parametrize("path", [BADGE, DIRECTORY, PRACTICE])
async def test_who_has_no_badge_is_not_asked(reader, path):
    page = await reader.get(path)

    assert page.status == 200
    assert YES not in page.text


async def test_a_form_of_another_page_changes_nothing(doctor, alice, database):
    assert (await doctor.post(FINDABLE, {"findable": "yes"})).status == 403
    assert not await is_findable(database, alice)


async def test_a_stranger_signs_in_first(stranger):
    answer = await stranger.post(FINDABLE, {"findable": "yes", "next": BADGE})

    assert answer.location.startswith("/auth/sign-in?next=")


class TestWhereOthersFindToo:
    @pytest.fixture
    def changes(self):
        return {"directory": Directory.PUBLIC, "ring_directory": Switch.OFF}

    async def test_the_question_says_who_finds(self, doctor):
        page = await doctor.get(BADGE)

        assert "Everybody, also without an account, finds you" in page.text
        assert "clinical instances that this one trusts" not in page.text
