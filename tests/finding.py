"""Doctors who let themselves be found, for tests of the directory."""

from __future__ import annotations

from actors.queries import find_actors
from doctors.asked import Asked
from doctors.directory import search
from doctors.directory_index import index_people
from doctors.models import FieldAudience, PracticeField
from doctors.practice import PracticeReader
from factories import give_badge, make_local_actor, make_remote_actor
from mapping import place_value

PUBLIC, DOCTORS, CONTACTS, NOBODY = FieldAudience


async def say(session, actor, audience=PUBLIC, **fields):
    """Let somebody say something of their practice; `town` is a name in France."""
    if town := fields.pop("town", None):
        fields["place"] = place_value(town)
    for name, value in fields.items():
        session.add(
            PracticeField(actor_id=actor.id, name=name, audience=audience, value=value)
        )
    await session.flush()


async def make_doctor(session, username, audience=PUBLIC, *, host="", found=True, **said):
    """Insert a doctor with a badge who is found by what they say; `specialities` are codes."""
    badge = {name: said.pop(name) for name in ("specialities", "profession") if name in said}
    if host:
        actor = await make_remote_actor(session, username, host=host)
    else:
        actor = await make_local_actor(session, username)
    actor.name = said.pop("name", actor.name)
    actor.discoverable = found
    written = await give_badge(session, actor, is_doctor=badge.get("profession", "10") == "10")
    for name, value in badge.items():
        setattr(written, name, value)
    await session.merge(written)
    await say(session, actor, audience, **said)
    await index_people(session, [actor.id])
    return actor


async def find(database, reader_id=0, *, is_doctor=True, **asked):
    """Search as somebody, a doctor unless told; return what was found."""
    reader = PracticeReader(reader_id, is_doctor=is_doctor)
    return await database.look(lambda session: search(session, Asked(**asked), reader))


async def names(database, reader_id=0, *, is_doctor=True, **asked):
    """Search, and return the usernames in order."""
    found = await find(database, reader_id, is_doctor=is_doctor, **asked)
    async with database.read() as session:
        actors = await find_actors(session, found.actor_ids)
    return [actors[one.actor_id].username for one in found.people]
