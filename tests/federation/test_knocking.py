"""Which signature a host gets first, and what is tried when it does not understand it (D36)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import FetchUnavailable, NotFound, Withheld
from fakes.remote import FakeRemote
from federation.knocking import Scheme

CAVAGE, RFC9421, ED25519 = Scheme.CAVAGE, Scheme.RFC9421, Scheme.ED25519


@pytest.fixture
def knock(make):
    """Make a client that remembers in a dict, and give both."""

    def knock(**known):
        memory = dict(known)

        async def scheme_of(host):
            return memory.get(host.partition(".")[0])

        async def note_scheme(host, scheme):
            memory[host.partition(".")[0]] = scheme

        return make(scheme_of=scheme_of, note_scheme=note_scheme), memory

    return knock


def _schemes(remote, method="POST"):
    return [entry.scheme for entry in remote.journal if entry.method == method]


async def test_a_host_of_which_nothing_is_known_gets_cavage(knock, signer, b):
    client, memory = knock()

    reply = await client.post_activity(b.shared_inbox, b"{}", signer=signer)

    assert (reply.status, _schemes(b), memory) == (202, ["cavage"], {})


@pytest.mark.parametrize("status", [400, 401])
async def test_what_is_refused_is_tried_by_rfc_9421_and_that_is_remembered(
    knock, signer, b, status
):
    b.reads, b.unread_status = {"rfc9421"}, status
    client, memory = knock()

    replies = [await client.post_activity(b.shared_inbox, b"{}", signer=signer) for _ in range(2)]

    assert [reply.status for reply in replies] == [202, 202]
    assert (_schemes(b), memory) == (["cavage", "rfc9421", "rfc9421"], {"b": RFC9421})


@pytest.mark.parametrize("reads", [{"cavage"}, {"cavage", "rfc9421"}])
async def test_what_the_host_does_not_understand_after_all_goes_by_cavage(knock, signer, b, reads):
    b.reads = reads
    client, memory = knock(b=ED25519)

    reply = await client.post_activity(b.shared_inbox, b"{}", signer=signer)

    assert (reply.status, _schemes(b), memory) == (202, ["ed25519", "cavage"], {"b": CAVAGE})


async def test_ed25519_is_used_where_it_is_announced(knock, signer, b):
    client, memory = knock(b=ED25519)

    reply = await client.post_activity(b.shared_inbox, b"{}", signer=signer)

    assert (reply.status, _schemes(b), memory) == (202, ["ed25519"], {"b": ED25519})
    assert b.journal[0].signer == signer.ed25519_key_id


async def test_a_signer_without_an_ed25519_key_uses_the_rsa_key(knock, signer, b):
    client, _ = knock(b=ED25519)
    old = replace(signer, ed25519_key_id=None, ed25519_private=None)

    assert (await client.post_activity(b.shared_inbox, b"{}", signer=old)).status == 202
    assert _schemes(b) == ["rfc9421"]


@pytest.mark.parametrize("known", [None, CAVAGE, RFC9421, ED25519])
@pytest.mark.parametrize("status", [400, 401])
async def test_d36_a_host_that_refuses_all_is_asked_twice_and_no_more(
    knock, signer, b, known, status
):
    b.script("/inbox", status=status)
    b.script("/x", status=status)
    client, memory = knock(**({"b": known} if known else {}))
    before = dict(memory)

    reply = await client.post_activity(b.shared_inbox, b"{}", signer=signer)
    with pytest.raises(Exception, match=str(status)):
        await client.fetch_document(f"{b.base_url}/x")

    assert reply.status == status
    assert (len(b.journal), memory) == (4, before)


async def test_what_is_no_question_of_signatures_is_asked_once(knock, signer, b):
    client, memory = knock()
    for status in (403, 404, 410, 429, 500, 503):
        b.journal.clear()
        b.script("/inbox", status=status)

        assert (await client.post_activity(b.shared_inbox, b"{}", signer=signer)).status == status

        assert len(b.journal) == 1
    assert memory == {}


@pytest.mark.parametrize("status", [401, 403])
async def test_a_host_that_asks_for_rfc_9421_gets_it(knock, signer, b, status):
    b.reads, b.unread_status = {"rfc9421"}, status
    b.asks_for = 'sig1=("@method" "@target-uri" "content-digest");created'
    client, memory = knock()

    reply = await client.post_activity(b.shared_inbox, b"{}", signer=signer)

    assert (reply.status, memory) == (202, {"b": RFC9421})


async def test_a_host_that_asks_for_ed25519_gets_it(knock, signer, b):
    b.reads, b.asks_for = {"ed25519"}, 'sig1=("@method" "@target-uri");created;alg="ed25519"'
    client, memory = knock()

    assert (await client.post_activity(b.shared_inbox, b"{}", signer=signer)).status == 202
    assert memory == {"b": ED25519}


async def test_a_host_that_breaks_at_rfc_9421_gets_cavage_the_next_time(knock, signer, b):
    # Some builds of Mastodon (June 2025) answered 500.
    b.reads, b.unread_status = {"cavage"}, 500
    client, memory = knock(b=RFC9421)

    statuses = [
        (await client.post_activity(b.shared_inbox, b"{}", signer=signer)).status for _ in range(2)
    ]

    assert (statuses, _schemes(b)) == ([500, 202], ["rfc9421", "cavage"])
    assert memory == {"b": CAVAGE}


async def test_a_host_that_is_busy_is_asked_in_the_same_way_again(knock, signer, b):
    b.script("/inbox", status=503, times=1)
    client, memory = knock(b=ED25519)

    for _ in range(2):
        await client.post_activity(b.shared_inbox, b"{}", signer=signer)

    assert (_schemes(b), memory) == (["ed25519", "ed25519"], {"b": ED25519})


async def test_a_second_try_that_breaks_leaves_the_first_answer(knock, signer, b):
    client, memory = knock()
    for behaviour in ({"status": 500}, {"drop": True}):
        b.journal.clear()
        b.reads, b.unread_status = {"rfc9421"}, 401
        b.script("/inbox", status=401, times=1)
        b.then("/inbox", **behaviour)

        reply = await client.post_activity(b.shared_inbox, b"{}", signer=signer)

        assert (reply.status, len(b.journal), memory) == (401, 2, {})


async def test_without_an_answer_nothing_is_tried_again(knock, signer, b):
    b.script("/inbox", drop=True)
    client, memory = knock(b=RFC9421)

    with pytest.raises(FetchUnavailable):
        await client.post_activity(b.shared_inbox, b"{}", signer=signer)

    assert (len(b.journal), memory) == (1, {"b": RFC9421})


async def test_two_hosts_of_different_dialects_each_get_their_own(knock, signer, b):
    with FakeRemote("c") as c:
        c.keys |= b.keys
        b.reads, c.reads = {"cavage"}, {"rfc9421"}
        client, memory = knock()

        for _ in range(2):
            for remote in (b, c):
                reply = await client.post_activity(remote.shared_inbox, b"{}", signer=signer)
                assert reply.status == 202

        assert _schemes(b) == ["cavage", "cavage"]
        assert _schemes(c) == ["cavage", "rfc9421", "rfc9421"]
        assert memory == {"c": RFC9421}


async def test_a_fetch_knocks_twice_too(knock, b):
    b.reads, b.checks_gets = {"rfc9421"}, True
    note = b.person("bob").note()
    client, memory = knock()

    assert (await client.fetch_document(note["id"])).id == note["id"]
    assert (_schemes(b, "GET"), memory) == (["cavage", "rfc9421"], {"b": RFC9421})


async def test_an_actor_is_asked_for_by_cavage_first_where_nothing_was_said(knock, b):
    # Misskey answers what it cannot read with a stripped actor and 200: no second try would come.
    b.reads = {"cavage"}
    bob = b.person("bob")
    client, memory = knock()

    assert (await client.fetch_document(bob.uri)).id == bob.uri
    assert (_schemes(b, "GET"), memory) == (["cavage"], {})


async def test_a_fetch_with_a_query_is_tried_again_without_it_in_the_signature(knock, b):
    b.checks_gets = b.leaves_query_out = True
    b.serve({"id": f"{b.base_url}/x?page=1", "type": "Note"})
    client, memory = knock()

    assert (await client.fetch_document(f"{b.base_url}/x?page=1")).id
    assert [entry.path for entry in b.journal] == ["/x?page=1"] * 2
    assert (_schemes(b, "GET"), memory) == (["cavage", "cavage"], {})


@pytest.mark.parametrize("scheme", [CAVAGE, RFC9421, ED25519])
async def test_each_redirect_is_signed_anew(knock, b, scheme):
    note = b.person("bob").note()
    b.checks_gets = True
    b.script("/r0", redirect="/r1", status=307)
    b.script("/r1", redirect=note["id"])
    client, _ = knock(b=scheme)

    assert (await client.fetch_document(f"{b.base_url}/r0")).id == note["id"]
    # And once more at the id that the document has.
    assert [(entry.verified, entry.scheme) for entry in b.journal] == [(True, scheme)] * 4


async def test_a_second_try_is_believed_in_what_it_says_of_the_thing(knock, b):
    b.reads, b.checks_gets = {"rfc9421"}, True
    client, memory = knock()

    with pytest.raises(NotFound) as refusal:
        await client.fetch_document(f"{b.base_url}/absent")

    assert not isinstance(refusal.value, Withheld)
    assert memory == {"b": RFC9421}
