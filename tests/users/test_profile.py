"""What a person changes about themself."""

from __future__ import annotations

import pytest

from actors.models import Actor
from core.errors import InvalidInput
from users.models import User
from users.profile import ProfileChanges, update_profile


async def change(database, user, **changes):
    """Change a profile; return the rows as they are then."""
    async with database.transaction() as session:
        stored = await session.get_one(User, user.id)
        actor = await session.get_one(Actor, user.actor_id)
        await update_profile(session, stored, actor, ProfileChanges(**changes))
    return stored, actor


async def test_what_is_not_named_stays(database, alice):
    await change(database, alice, name="Dr Alice", note="Bonjour", default_language="fr")

    user, actor = await change(database, alice, default_sensitive=True)

    assert (actor.name, actor.summary) == ("Dr Alice", "<p>Bonjour</p>")
    assert actor.summary_source == "Bonjour"
    assert (user.default_sensitive, user.default_language) == (True, "fr")


async def test_a_language_is_taken_back_by_an_empty_one(database, alice):
    await change(database, alice, default_language="pt-BR")

    user, _ = await change(database, alice, default_language="")

    assert user.default_language is None


async def test_what_is_typed_is_shown_as_text(database, alice):
    _, actor = await change(
        database, alice, note="<script>alert(1)</script>", fields=(("Site", "<b>x</b>"),)
    )

    assert "<script>" not in actor.summary
    assert actor.fields == [
        {"name": "Site", "value": "&lt;b&gt;x&lt;/b&gt;", "source": "<b>x</b>"}
    ]


@pytest.mark.parametrize(
    "name",
    ["Médecin vérifié", "medecin VERIFIE", "M é d e c i n vérifié", "Мedecin vеrifiе"],
)
async def test_a_field_cannot_pass_for_the_badge(database, alice, name):
    with pytest.raises(InvalidInput, match="reserved for the badge"):
        await change(database, alice, fields=((name, "Cardiologie"),))


def test_only_what_others_see_concerns_the_actor():
    assert ProfileChanges(note="").concerns_actor
    assert not ProfileChanges(default_sensitive=True, default_audience="public").concerns_actor
