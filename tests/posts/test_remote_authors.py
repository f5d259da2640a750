"""A post's author stays who it was when it came first; catalogue case D32."""

from __future__ import annotations

import pytest

from actors.remote import resolve_actor
from core.errors import ServerError
from posts.remote import resolve_post


async def test_d32_a_post_that_changes_its_author_is_not_believed(database, remote, client):
    bob, carol = remote.person("bob"), remote.person("carol")
    note = bob.note("<p>Bonjour</p>")
    known = await resolve_post(database, client, note["id"])
    # Carol's page leads to it, and its home says now that she wrote it.
    page = f"{remote.base_url}/@carol/1"
    taken = {**note, "attributedTo": carol.uri, "content": "<p>taken</p>"}
    remote.serve(taken)
    remote.serve(taken, at=page)

    with pytest.raises(ServerError):
        await resolve_post(database, client, page)

    found = await resolve_post(database, client, note["id"])
    assert (found.author_id, found.content) == (known.author_id, "<p>Bonjour</p>")


async def test_d32_a_post_whose_second_copy_has_another_author_is_stored_as_neither_says(
    database, remote, client
):
    bob, carol = remote.person("bob"), remote.person("carol")
    note = bob.note("<p>Bonjour</p>")
    # Found by its page, it is asked for again at its id: what that says counts.
    page = f"{remote.base_url}/@carol/1"
    remote.serve({**note, "attributedTo": carol.uri, "content": "<p>taken</p>"}, at=page)

    found = await resolve_post(database, client, page)

    assert found.content == "<p>Bonjour</p>"
    assert found.author_id == (await resolve_actor(database, client, bob.uri)).id
