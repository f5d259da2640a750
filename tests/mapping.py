"""People with a town, for the maps."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache

from actors.follows import save_follow
from actors.models import Actor, Follow
from core.clock import now
from core.ids import new_id
from doctors.models import FieldAudience, PracticeField
from doctors.places.towns import find_towns
from factories import give_badge

PUBLIC, DOCTORS, CONTACTS, NOBODY = FieldAudience


@cache
def place_value(name, country="FR"):
    """Return a town as a practice says it."""
    town = asdict(find_towns(name, country, 1)[0])
    return {"town": town.pop("name")} | town


async def say_town(session, actor, name, country="FR", *, audience=PUBLIC):
    """Let somebody say where they work."""
    value = place_value(name, country)
    session.add(PracticeField(actor_id=actor.id, name="place", audience=audience, value=value))
    await session.flush()


async def make_colleague(session, username):
    """Insert a colleague of elsewhere with a badge."""
    actor = _colleague(username)
    session.add(actor)
    await session.flush()
    await give_badge(session, actor)
    return actor


def _colleague(username):
    """Return an actor without keys: a map asks for hundreds."""
    uri = f"http://c.localhost:8003/users/{username}"
    return Actor(
        id=new_id(), uri=uri, username=username, username_key=username.lower(),
        host="c.localhost:8003", domain="c.localhost:8003", name=f"Dr {username.title()}",
        url=uri, inbox=f"{uri}/inbox",
    )  # fmt: skip


async def follow(session, follower, followee):
    """Let somebody follow somebody."""
    await save_follow(
        session, follower, followee, uri=f"{follower.uri}#follows/{followee.id}", accepted=True
    )


async def make_contacts(session, me, towns, *, audience=PUBLIC):
    """Let `me` follow a colleague in each of some towns: names of France, or (name, country)."""
    made = [_colleague(f"colleague{number}") for number in range(len(towns))]
    session.add_all(made)
    await session.flush()
    for actor, town in zip(made, towns, strict=True):
        name, country = (town, "FR") if isinstance(town, str) else town
        value = place_value(name, country)
        session.add(PracticeField(actor_id=actor.id, name="place", audience=audience, value=value))
        uri = f"{me.uri}#follows/{actor.id}"
        session.add(Follow(follower_id=me.id, followee_id=actor.id, uri=uri, accepted_at=now()))
    await session.flush()
    return made
