"""`consilium moderation …`: what waits is listed, looked at, let through or thrown away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from commands import Commands
from core.settings import Settings
from db.session import AsyncSession, Database
from factories import make_local_actor, make_remote_actor
from inbox.models import InboxActivity
from inbox.queries import HELD
from instances import Instance
from moderation.reports import Complaint, save_report
from posts.models import Post, Visibility

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    instance = Instance("minding", tmp_path_factory.mktemp("minding"))
    instance.cli("migrate")
    return instance


@pytest.fixture(scope="module")
def commands(house: Instance) -> Commands:
    return Commands(house)


def _write(commands: Commands, work: Callable[[AsyncSession], Awaitable[None]]) -> None:
    house = commands.instance
    settings = Settings(
        _env_file=None, base_url=house.base_url, data_dir=house.folder, development=True
    )

    async def write() -> None:
        database = Database(settings)
        async with database.transaction() as session:
            await work(session)
        await database.close()

    asyncio.run(write())


def _cli(commands: Commands, *words: str):
    return json.loads(commands.cli("moderation", *words, "--json"))


@pytest.fixture(scope="module")
def waiting(commands: Commands) -> list[dict]:
    """Three activities that wait, newest first."""

    async def work(session: AsyncSession) -> None:
        bob = await make_remote_actor(session, "bob", host="b.example")
        for number in range(3):
            activity = {
                "type": "Create", "id": f"{bob.uri}/activities/{number}", "actor": bob.uri,
                "object": {"type": "Note", "id": f"{bob.uri}/posts/{number}",
                           "content": "<p>words\x9b2J</p>"},
            }  # fmt: skip
            session.add(
                InboxActivity(
                    key=f"{bob.uri} {number}",
                    signer_id=bob.id,
                    host=bob.host,
                    body=json.dumps(activity, ensure_ascii=False).encode(),
                    due_at=None,
                    outcome=HELD,
                    reason="it waits",
                )  # fmt: skip
            )

    _write(commands, work)
    return _cli(commands, "held", "list")


def test_what_waits_is_listed_without_its_words(commands: Commands, waiting):
    table = commands.cli("moderation", "held", "list", "--host", "B.example", "--limit", "2")

    assert [row["object"][-1] for row in waiting] == ["2", "1", "0"]
    assert (waiting[0]["type"], waiting[0]["host"]) == ("Create", "b.example")
    assert len(table.splitlines()) == 3
    assert "words" not in table
    assert _cli(commands, "held", "list", "--host", "c.example") == []


def test_what_waits_is_shown_and_the_look_is_written_down(commands: Commands, waiting):
    shown = commands.cli("moderation", "held", "show", waiting[0]["id"])

    assert "why: it waits" in shown
    # Nothing in it steers the terminal.
    assert "words\ufffd2J" in shown
    (line,) = json.loads(commands.cli("audit", "list", "--limit", "1", "--json"))
    assert (line["action"], line["subject"]) == ("held.show", waiting[0]["actor"])


def test_what_waits_is_let_through_or_thrown_away(commands: Commands, waiting):
    first, second, third = (row["id"] for row in waiting)

    wrong = commands.run("moderation", "held", "release", first, "7")
    released = _cli(commands, "held", "release", first, second, first)
    discarded = _cli(commands, "held", "discard", third)
    again = commands.run("moderation", "held", "discard", first)

    assert (wrong.returncode, wrong.stderr.strip()) == (1, "nothing waits under 7")
    assert {row["id"] for row in released} == {first, second}
    assert [row["id"] for row in discarded] == [third]
    assert again.returncode == 1
    assert commands.cli("moderation", "held", "list") == "Nothing waits."


def test_reports_are_listed_shown_and_closed(commands: Commands):
    assert commands.cli("moderation", "reports", "list") == "Nothing was reported."

    async def work(session: AsyncSession) -> None:
        alice = await make_local_actor(session)
        bob = await make_remote_actor(session, "bill", host="d.example")
        post = Post(uri=f"{bob.uri}/posts/1", author_id=bob.id, visibility=Visibility.PUBLIC)
        post.thread_id = post.id
        session.add(post)
        await session.flush()
        await save_report(
            session,
            Complaint(
                reporter_id=alice.id,
                target_id=bob.id,
                post_ids=(post.id,),
                category="spam",
                comment="once\nmore",
            ),  # fmt: skip
        )

    _write(commands, work)
    (listed,) = _cli(commands, "reports", "list")
    shown = _cli(commands, "reports", "show", listed["id"])
    closed = _cli(commands, "reports", "close", listed["id"])

    assert (listed["about"], listed["from"], listed["post_count"]) == ("@bill@d.example", "here", 1)
    assert (shown["comment"], shown["posts"]) == (
        "once more", ["http://d.example/users/bill/posts/1"],
    )  # fmt: skip
    assert closed["closed_at"] is not None
    assert _cli(commands, "reports", "list") == []
    assert [row["id"] for row in _cli(commands, "reports", "list", "--handled")] == [listed["id"]]


@pytest.mark.parametrize(
    "words",
    [("held", "show", "7"), ("held", "release", "x"), ("held", "discard", "9" * 30),
     ("reports", "show", "7"), ("reports", "close", "7")],
)  # fmt: skip
def test_what_is_not_there_is_told_in_one_line(commands: Commands, words):
    done = commands.run("moderation", *words)

    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
