"""Actors on the wire: round trip, lenient reading, D22–D25."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from core.errors import InvalidDocument
from federation.documents.actor import (
    ActorDocument,
    Practitioner,
    is_actor,
    read_actor,
    write_actor,
)
from federation.documents.actor_keys import Multikey, PublicKeyPem, find_key_owner, read_key
from federation.documents.lenient import embed, read_document
from federation.vocabulary import IMPLEMENTS_RFC9421

URI = "https://chu.example/users/a.martin"
FULL = ActorDocument(
    id=URI,
    type="Person",
    username="a.martin",
    inbox=f"{URI}/inbox",
    name="Dr A. Martin",
    summary="<p>Rythmologie interventionnelle</p>",
    url="https://chu.example/@a.martin",
    shared_inbox="https://chu.example/inbox",
    outbox=f"{URI}/outbox",
    followers=f"{URI}/followers",
    following=f"{URI}/following",
    featured=f"{URI}/featured",
    featured_tags=f"{URI}/tags",
    approves_followers=True,
    discoverable=True,
    icon_url="https://chu.example/media/1.webp",
    image_url="https://chu.example/media/2.webp",
    fields=(("Médecin vérifié", "Cardiologie — CHU de Lyon"),),
    also_known_as=("https://old.example/users/martin",),
    moved_to="https://new.example/users/martin",
    public_keys=(PublicKeyPem(f"{URI}#main-key", URI, "-----BEGIN PUBLIC KEY-----"),),
    assertion_keys=(Multikey(f"{URI}#z6Mk", URI, "z6Mk"),),
    authentication=(f"{URI}#z6Mk",),
    credentials=("https://chu.example/credentials/184",),
    profiles=(f"{URI}/profile/doctors",),
    practitioner=Practitioner("10", ("SM04",), ("ablation de FA",), ("fr", "en"), True),
    implements=("https://datatracker.ietf.org/doc/html/rfc9421",),
    published=datetime(2026, 11, 22, tzinfo=UTC),
)
LEAST = ActorDocument(id=URI, type="Service", username="bot", inbox=f"{URI}/inbox")


def _read(json_object):
    return read_actor(read_document(json.dumps(json_object).encode()))


@pytest.mark.parametrize("actor", [FULL, LEAST])
def test_an_actor_comes_back_as_it_was_written(actor):
    assert _read(write_actor(actor)) == actor


def test_arrays_where_the_vocabulary_allows_several_but_one_key_alone():
    written = write_actor(FULL)

    assert isinstance(written["@context"], list)
    assert isinstance(written["publicKey"], dict)
    for name in ("attachment", "assertionMethod", "authentication", "credentials", "alsoKnownAs"):
        assert isinstance(written[name], list)
    assert "profiles" not in write_actor(LEAST)


def test_every_term_is_in_the_documents_own_context():
    terms = write_actor(FULL)["@context"][-1].keys()

    assert write_actor(FULL)["practitioner"].keys() <= terms
    assert {"practitioner", "credentials", "profiles", "implements", "movedTo"} <= terms


def _minimal(**more):
    return {"id": URI, "type": "Person", "preferredUsername": "a", "inbox": f"{URI}/inbox", **more}


def test_an_actor_is_read_leniently():
    actor = _read(
        _minimal(
            type=["X", "Person"],
            id="https://CHU.example:443/users/a.martin",
            name=["First", "Second"],
            icon={"type": "Image", "url": {"href": "https://chu.example/i.png"}},
            image=["https://chu.example/h.png"],
            attachment={"type": "PropertyValue", "name": "Site", "value": "<a>x</a>"},
            tag=[{"type": "Surprise"}],
            publicKey=[{"id": "k", "owner": {"id": URI}, "publicKeyPem": "pem"}, "x", {"id": 1}],
            manuallyApprovesFollowers="yes",
            practitioner="10",
            endpoints=None,
        )
    )

    assert (actor.id, actor.type, actor.name) == (URI, "Person", "First")
    assert (actor.icon_url, actor.image_url) == (
        "https://chu.example/i.png", "https://chu.example/h.png"
    )  # fmt: skip
    assert actor.fields == (("Site", "<a>x</a>"),)
    assert actor.public_keys == (PublicKeyPem("k", URI, "pem"),)
    assert (actor.approves_followers, actor.practitioner, actor.shared_inbox) == (False, None, None)


@pytest.mark.parametrize("name", ["inbox", "outbox", "followers", "following", "featured"])
def test_d22_what_lies_on_another_host_is_refused(name):
    with pytest.raises(InvalidDocument):
        _read(_minimal(**{name: "https://v.test/x"}))


def test_d23_a_shared_inbox_elsewhere_is_refused():
    with pytest.raises(InvalidDocument):
        _read(_minimal(endpoints={"sharedInbox": "https://v.test/inbox"}))


@pytest.mark.parametrize(
    "username",
    [None, "", 7, "a/b", "a@b", "a b", "a\u202eb", "a\nb", "a\u200bb", "x" * 10_240, "é" * 1025,
     '<"\'>'],
)
def test_d24_a_username_that_cannot_be_shown_is_refused(username):
    with pytest.raises(InvalidDocument):
        _read(_minimal(preferredUsername=username))


def test_d25_of_many_keys_the_first_ten_are_read():
    keys = [{"id": f"{URI}#{n}", "owner": URI, "publicKeyPem": "pem"} for n in range(500)]

    assert len(_read(_minimal(publicKey=keys)).public_keys) == 10


@pytest.mark.parametrize(
    "change",
    [{"type": "Note"}, {"type": None}, {"id": None}, {"id": "acct:a@b"}, {"inbox": None}],
)
def test_what_is_no_actor_is_refused(change):
    with pytest.raises(InvalidDocument):
        _read(_minimal(**change))


def test_actors_and_keys_are_told_apart():
    key = embed({"id": f"{URI}/main-key", "type": "Key", "owner": {"id": URI}})

    assert is_actor(embed(_minimal())) and not is_actor(key)
    assert find_key_owner(key) == URI
    assert find_key_owner(embed({"controller": URI})) == URI
    assert find_key_owner(embed({})) is None
    assert read_key(embed({**key.json, "publicKeyPem": "PEM"})).public_key == "PEM"
    assert read_key(embed({"id": URI, "controller": URI, "publicKeyMultibase": "z"})).owner == URI
    assert read_key(embed({"id": URI, "owner": URI})) is None


def test_keys_stand_under_assertion_method_and_authentication_embedded_or_by_id():
    both, signs = (
        {"id": f"{URI}#{name}", "type": "Multikey", "controller": URI, "publicKeyMultibase": name}
        for name in ("zBoth", "zSigns")
    )
    actor = _read(
        {
            **write_actor(LEAST),
            "publicKey": [f"{URI}/main-key"],
            "assertionMethod": both["id"],
            "authentication": [both, signs, f"{URI}/elsewhere"],
        }
    )

    assert [key.multibase for key in actor.assertion_keys] == ["zBoth"]
    assert [key.multibase for key in actor.authentication_keys] == ["zSigns"]
    assert {f"{URI}/main-key", f"{URI}/elsewhere"} <= set(actor.listed_keys)
    assert actor.asserting_keys == (both["id"],)


@pytest.mark.parametrize("where", ["generator", "itself"])
def test_an_application_says_what_it_implements(where):
    said = {"implements": [{"href": IMPLEMENTS_RFC9421, "name": "RFC-9421"}]}
    more = {"generator": {"type": "Application", **said}} if where == "generator" else said

    assert _read({**write_actor(LEAST), **more}).implements == (IMPLEMENTS_RFC9421,)
