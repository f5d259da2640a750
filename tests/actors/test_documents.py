"""Our actors as documents: WIRE §4."""

from __future__ import annotations

import json
from datetime import timedelta

from actors.documents import actor_document
from actors.models import ActorKey
from actors.profile import ActorChanges, change_profile
from actors.queries import list_public_keys, save_extension
from actors.store import save_remote_actor
from core import clock
from factories import give_badge, make_instance_actor, make_local_actor
from federation.documents.actor import read_actor
from federation.documents.lenient import embed
from federation.keys import generate_ed25519

ALICE = "http://a.localhost:8001/users/alice"


async def test_a_doctors_document(session):
    alice = await make_local_actor(session, "alice", doctor=True)
    alice.fields = [{"name": "Site", "value": "<a>x</a>", "source": "x"}]
    practitioner = {"profession": "10", "specialities": ["SM04"], "skills": ["ablation"],
                    "languages": ["fr"], "acceptsReferrals": True}  # fmt: skip
    await save_extension(
        session, alice.id, {"credentials": ["http://x/credentials/1"], "practitioner": practitioner}
    )

    document = await actor_document(session, alice)

    assert document["attachment"] == [
        {"type": "PropertyValue", "name": "Médecin vérifié",
         "value": "Cardiologie et maladies vasculaires — CHU"},
        {"type": "PropertyValue", "name": "Site", "value": "<a>x</a>"},
    ]  # fmt: skip
    assert document["credentials"] == ["http://x/credentials/1"]
    assert document["practitioner"]["acceptsReferrals"] is True
    assert (document["inbox"], document["outbox"]) == (f"{ALICE}/inbox", f"{ALICE}/outbox")
    assert document["featuredTags"] == f"{ALICE}/tags"
    assert document["url"] == "http://a.localhost:8001/@alice"
    assert document["publicKey"]["id"] == f"{ALICE}#main-key"
    assert document["authentication"] == [document["assertionMethod"][0]["id"]]
    rfc9421 = "https://datatracker.ietf.org/doc/html/rfc9421"
    assert document["generator"] == {"type": "Application", "implements": [{"href": rfc9421}]}
    assert "profiles" not in document


async def test_it_is_read_as_it_was_meant(session):
    alice = await make_local_actor(session, "alice", locked=True)

    read = read_actor(embed(await actor_document(session, alice)))

    assert (read.id, read.username, read.name) == (ALICE, "alice", "Dr Alice")
    assert read.approves_followers
    assert read.shared_inbox == "http://a.localhost:8001/inbox"


async def test_links_that_are_ones_own_are_so_on_the_wire_and_at_the_reader(session):
    alice = await make_local_actor(session, "alice")
    lines = (("Site", "https://alice.example/"), ("Sujet", "#ecg"))
    await change_profile(session, alice, ActorChanges(fields=lines, summary="https://x.example"))

    document = await actor_document(session, alice)
    sent = json.dumps(document).replace("a.localhost:8001", "b.example")
    read = read_actor(embed(json.loads(sent)))
    known = await save_remote_actor(session, read, host="b.example", domain="b.example")

    site, subject = document["attachment"]
    assert site["value"].startswith(
        '<a href="https://alice.example/" rel="me nofollow noopener noreferrer">'
    )
    assert 'rel="me' not in subject["value"] + document["summary"]
    assert known.fields[0] == {"name": "Site", "value": site["value"]}
    assert 'rel="me' not in known.fields[1]["value"] + known.summary


async def test_the_badge_line_leaves_with_the_badge(session):
    alice = await make_local_actor(session, "alice", doctor=True)
    clock.shift(timedelta(days=91))

    assert (await actor_document(session, alice))["attachment"] == []


async def test_another_profession_has_another_line(session):
    nurse = await make_local_actor(session, "nina")
    await give_badge(session, nurse, is_doctor=False)

    (line,) = (await actor_document(session, nurse))["attachment"]

    assert (line["name"], line["value"]) == ("Infirmier vérifié", "Infirmier — CHU")


async def test_a_badges_words_are_text_not_html(session):
    alice = await make_local_actor(session, "alice")
    badge = await give_badge(session, alice)
    badge.institution = "<script>"

    (line,) = (await actor_document(session, alice))["attachment"]

    assert "<script>" not in line["value"]


async def test_a_retired_key_is_still_read_but_signs_no_more(session):
    alice = await make_local_actor(session, "alice")
    for key in await list_public_keys(session, alice.id):
        key.retired_at = clock.now()
    fresh = generate_ed25519().public
    session.add(ActorKey(uri=f"{ALICE}#{fresh}", actor_id=alice.id, algorithm="ed25519",
                         public_key=fresh))  # fmt: skip
    await session.flush()

    document = await actor_document(session, alice)

    assert len(document["assertionMethod"]) == 2
    assert document["authentication"] == [f"{ALICE}#{fresh}"]
    assert "publicKey" not in document


async def test_the_instance_actors_document(session):
    instance = await make_instance_actor(session)

    document = await actor_document(session, instance)

    base = "http://a.localhost:8001"
    assert (document["id"], document["type"]) == (f"{base}/actor", "Application")
    assert document["inbox"] == f"{base}/actor/inbox"
    assert document["outbox"] == f"{base}/actor/outbox"
    assert not {"followers", "following", "featured", "featuredTags"} & document.keys()
    assert document["url"] == base
