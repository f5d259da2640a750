"""The custom emojis of an actor, and those that would pass for a badge."""

from __future__ import annotations

from actors.remote import resolve_actor


async def test_the_emojis_of_an_actor_are_stored_but_those_worn_as_a_badge(
    database, client, remote
):
    names = ("blob", "verified", "blue_check", "Vérifié", "МEDECIN", "coeur")
    tags = [
        {"type": "Emoji", "name": f":{name}:", "icon": {"url": f"https://x.example/{name}"}}
        for name in names
    ]
    bob = remote.person("bob", name="Bob :blob: :verified:", tag=tags)

    actor = await resolve_actor(database, client, bob.uri)

    assert [emoji["name"] for emoji in actor.emojis] == ["blob", "coeur"]
    assert actor.emojis[0]["url"] == "https://x.example/blob"
