"""The input shapes of fediverse-pasture-inputs, each sent as a post by somebody who is followed."""

from __future__ import annotations

import json
from functools import cache

import pytest
from sqlmodel import col

from core.html import sanitise
from inbox.models import InboxActivity
from peers.environment import ask
from posts.models import Post

pytestmark = pytest.mark.peers

# What is no post, or not the sender's; everything else is read and kept.
REFUSED = {
    "necessary_properties": ["without id", "without attributedTo", "None"],
    "object_types": ["Place", "Profile", "Relationship", "Tombstone", "None"],
    "attributed_to": ["two elements as list"],
}


@cache
def _shapes() -> str:
    return json.dumps(ask("pasture", None, "--no-deps"))


def _name(example: dict) -> str:
    return str(example["type"]) if "type" in example else example.get("content", "")


async def test_every_shape_is_read_kept_and_safe(house, alice, remote, bob):
    await house.follows(alice, await house.known(bob))
    here = _shapes().replace("http://pasture-one-actor/actor", bob.uri)
    shapes = json.loads(here.replace("http://pasture-one-actor", remote.base_url))
    sent: dict[str, list[tuple[str, dict]]] = {}
    for title, examples in shapes.items():
        for number, example in enumerate(examples):
            note = bob.note(id=f"{bob.uri}/{title}/{number}") | example
            shown = {name: value for name, value in note.items() if value is not None}
            create = bob.create(shown, id=f"{bob.uri}/creates/{title}/{number}")
            reply = await bob.post(house.inbox, create)
            assert reply.status == 202, (title, example, reply.body)
            sent.setdefault(title, []).append((create["id"], example))

    await house.process()

    rows = {row.key.split(" ")[1]: row for row in await house.all(InboxActivity)}
    assert {row.outcome for row in rows.values()} <= {"handled", "rejected", "ignored"}
    refused = {
        title: [_name(example) for uri, example in some if rows[uri].outcome != "handled"]
        for title, some in sent.items()
    }
    assert {title: names for title, names in refused.items() if names} == REFUSED
    for post in await house.all(Post):
        assert sanitise(post.content) == post.content
    pages = await house.all(Post, col(Post.uri).contains("/object_types/"))
    assert {post.kind for post in pages} >= {"Article", "Audio", "Event", "Note", "Page", "Video"}
