"""`consilium delivery …`: dead letters listed and owed again."""

from __future__ import annotations

import asyncio
import json

import pytest

from actors.instance_actor import ensure_instance_actor
from commands import Commands
from core.clock import now
from core.ids import new_id
from core.settings import Settings
from db.session import Database
from instances import Instance
from outbox.models import Delivery, OutboxActivity

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    instance = Instance("post", tmp_path_factory.mktemp("post")).migrated()
    Commands(instance).cli("migrate")
    return instance


@pytest.fixture
def commands(house: Instance) -> Commands:
    """Commands of an instance without dead letters."""
    commands = Commands(house)
    commands.cli("delivery", "resend", "--all")
    return commands


def _give_up(commands: Commands, *hosts: str) -> None:
    house = commands.instance
    settings = Settings(
        _env_file=None, base_url=house.base_url, data_dir=house.folder, development=True
    )

    async def write() -> None:
        database = Database(settings)
        actor = await ensure_instance_actor(database)
        async with database.transaction() as session:
            uri = f"{actor.uri}/activities/{new_id()}"
            activity = OutboxActivity(uri=uri, actor_id=actor.id, type="Create", body=b"{}")
            session.add(activity)
            await session.flush()
            for number, host in enumerate(hosts):
                session.add(
                    Delivery(
                        activity_id=activity.id, inbox=f"http://{host}/inbox/{number}", host=host,
                        signer_id=actor.id, due_at=None, given_up_at=now(), expires_at=now(),
                        attempts=9, last_status=500, last_error="answered 500",
                    )  # fmt: skip
                )
        await database.close()

    asyncio.run(write())


def _list(commands: Commands) -> list[dict]:
    return json.loads(commands.cli("delivery", "list", "--json"))


def test_dead_letters_are_listed_with_their_reason_newest_first(commands: Commands):
    assert commands.cli("delivery", "list") == "Nothing was given up."
    _give_up(commands, "b.localhost", "c.localhost")

    letters = _list(commands)

    assert [letter["host"] for letter in letters] == ["c.localhost", "b.localhost"]
    assert letters[0]["error"] == "answered 500"
    older = json.loads(commands.cli("delivery", "list", "--before", letters[0]["id"], "--json"))
    assert [letter["host"] for letter in older] == ["b.localhost"]


def test_how_full_the_queue_is_can_be_seen(commands: Commands):
    before = json.loads(commands.cli("delivery", "queue", "--json"))
    _give_up(commands, "b.localhost")
    commands.cli("delivery", "resend", "--all")

    after = json.loads(commands.cli("delivery", "queue", "--json"))

    assert after["waiting"] == before["waiting"] + 1
    assert (after["most"], after["nearly_full"]) == (1_000_000, False)


def test_one_a_hosts_or_all_are_sent_again(commands: Commands):
    _give_up(commands, "b.localhost", "b.localhost", "c.localhost", "d.localhost")
    first = _list(commands)[0]

    one = commands.cli("delivery", "resend", first["id"], "--json")
    hosts = commands.cli("delivery", "resend", "--host", "b.localhost", "--json")
    left = [letter["host"] for letter in _list(commands)]
    rest = commands.cli("delivery", "resend", "--all", "--json")

    assert [json.loads(text)["resent"] for text in (one, hosts, rest)] == [1, 2, 1]
    assert left == ["c.localhost"]
    assert _list(commands) == []


@pytest.mark.parametrize(
    ("words", "code"),
    [(("resend",), 2), (("resend", "1", "--all"), 2), (("resend", "1"), 1), (("resend", "x"), 2)],
)
def test_what_fails_says_so(commands: Commands, words, code):
    done = commands.run("delivery", *words)

    assert done.returncode == code
    if code == 1:
        assert len(done.stderr.strip().splitlines()) == 1
