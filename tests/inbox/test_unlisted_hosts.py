"""In allowlist mode nobody makes us dial a host that is not listed; catalogue case D35.

`out` really listens: whoever connects to it is seen. Whatever is owed is done as well.
"""

from __future__ import annotations

import pytest

from actors.remote import resolve_actor, resolve_handle
from core.errors import ServerError
from fakes.remote import FakeRemote
from workers.jobs import process_jobs

JRD = "application/jrd+json"


@pytest.fixture
def out():
    """A host that nobody listed, with somebody and a post that could be had."""
    with FakeRemote("out") as running:
        running.person("oscar").note()
        yield running


async def _finish(house):
    """Let the workers do all that is owed."""
    await house.process()
    for _ in range(5):
        await process_jobs(house.database, house.client)


def _post_of(out):
    return next(uri for uri in (d["id"] for d in out.documents.values()))


@pytest.mark.parametrize("kind", ["Announce", "Like", "Follow", "Delete", "Undo", "Accept", "Add",
                                  "Flag", "EmojiReact", "Block", "Create", "Update"])  # fmt: skip
@pytest.mark.parametrize("is_embedded", [False, True])
async def test_d35_no_object_of_an_activity_is_asked_for(
    house, alice, bob, out, kind, is_embedded
):
    await house.follows(alice, await house.known(bob))
    uri = _post_of(out)
    about = {"id": uri, "type": "Note", "attributedTo": f"{out.base_url}/users/oscar",
             "actor": f"{out.base_url}/users/oscar", "object": uri}  # fmt: skip

    await bob.post(
        house.inbox,
        bob.activity(kind, about if is_embedded else uri, target=uri, to=[alice.uri]),
    )
    await _finish(house)

    assert out.journal == []


async def test_d35_no_signer_and_no_actor_is_asked_for(house, alice, bob, out):
    oscar = out.actors["/users/oscar"]
    out.mount(house.app)

    statuses = [
        (await oscar.post(house.inbox, oscar.follow(alice.uri))).status,
        (await bob.post(house.inbox, bob.follow(alice.uri), key_id=oscar.key_id)).status,
        (await bob.post(house.inbox, oscar.follow(alice.uri))).status,
        (await bob.post(house.inbox, {**bob.follow(alice.uri), "id": f"{out.base_url}/1"})).status,
        (await bob.post(house.inbox, oscar.prove(oscar.follow(alice.uri)))).status,
    ]
    await _finish(house)

    assert out.journal == []
    assert statuses[:4] == [403, 403, 401, 400]


async def test_d35_nothing_that_a_post_names_is_asked_for(house, alice, bob, out):
    await house.follows(alice, await house.known(bob))
    there = _post_of(out)
    person = f"{out.base_url}/users/oscar"
    note = bob.note(
        f'<p><a href="{there}">{there}</a></p>',
        to=[alice.uri, person, "https://www.w3.org/ns/activitystreams#Public"],
        cc=[f"{person}/followers"],
        audience=f"{out.base_url}/group",
        inReplyTo=there,
        quote=there,
        quoteUrl=there,
        quoteUri=there,
        _misskey_quote=there,
        context=f"{out.base_url}/contexts/1",
        replies={"id": f"{out.base_url}/replies", "type": "Collection",
                 "first": {"type": "CollectionPage", "next": f"{out.base_url}/replies?page=2"}},
        likes=f"{out.base_url}/likes",
        shares=f"{out.base_url}/shares",
        url=there,
        icon={"type": "Image", "url": there},
        image={"type": "Image", "url": there},
        preview={"id": there, "type": "Note"},
        attachment=[{"type": "Image", "mediaType": "image/png", "url": there},
                    {"type": "Link", "href": there}],
        tag=[{"type": "Mention", "href": person, "name": "@oscar@out.localhost"},
             {"type": "Hashtag", "href": there, "name": "#x"},
             {"type": "Emoji", "name": ":x:", "icon": {"type": "Image", "url": there}},
             {"type": "Link", "mediaType": "application/activity+json", "href": there,
              "rel": "https://misskey-hub.net/ns#_misskey_quote"}],
    )  # fmt: skip

    assert await house.take(bob, bob.create(note)) == 202
    await _finish(house)

    assert await house.post_at(note["id"]) is not None
    assert out.journal == []


async def test_d35_nothing_that_an_actor_names_is_asked_for(house, alice, bob, remote, out):
    person = f"{out.base_url}/users/oscar"
    picture = {"type": "Image", "url": f"{out.base_url}/a.png"}
    named = remote.person(
        "named", icon=picture, image=picture, url=f"{out.base_url}/@oscar",
        movedTo=person, alsoKnownAs=[person], credentials=[f"{out.base_url}/credentials/1"],
        profiles=[f"{out.base_url}/profile"], generator=f"{out.base_url}/actor",
        attributedTo=person,
        attachment=[{"type": "PropertyValue", "name": "w", "value": person}],
        publicKey=[{"id": f"{person}#main-key", "owner": person, "publicKeyPem": bob.public_pem}],
        assertionMethod=[{"id": f"{person}#k", "type": "Multikey", "controller": person,
                          "publicKeyMultibase": bob.multibase}],
    )  # fmt: skip
    elsewhere = [
        remote.person(f"p{number}", **{name: f"{out.base_url}/x"})
        for number, name in enumerate(("inbox", "outbox", "followers", "following", "featured"))
    ]
    elsewhere.append(remote.person("p9", endpoints={"sharedInbox": out.shared_inbox}))

    await resolve_actor(house.database, house.client, named.uri)
    for one in elsewhere:
        with pytest.raises(ServerError):
            await resolve_actor(house.database, house.client, one.uri)
    await _finish(house)

    assert out.journal == []


async def test_d35_no_host_that_a_handle_leads_to_is_asked(house, bob, remote, out):
    name = f"x%40{remote.host.replace(':', '%3A')}"
    for subject, href in (
        (f"acct:x@{remote.host}", f"{out.base_url}/users/oscar"),
        (f"acct:oscar@{out.host}", bob.uri),
        (f"acct:bob@{out.host}", bob.uri),
    ):
        link = {"rel": "self", "type": "application/activity+json", "href": href}
        for asked in (name, name.replace("x%40", "bob%40")):
            remote.script(f"/.well-known/webfinger?resource=acct%3A{asked}",
                          body={"subject": subject, "links": [link]}, content_type=JRD)  # fmt: skip
        for handle in (f"x@{remote.host}", f"oscar@{out.host}"):
            with pytest.raises(ServerError):
                await resolve_handle(house.database, house.client, handle)
    await resolve_actor(house.database, house.client, bob.uri)
    await _finish(house)

    assert out.journal == []
