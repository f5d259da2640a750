"""Which signatures count: cases A of the catalogue, up to the verified actor.

What the inbox makes of them is tested in tests/inbox, whose key it is in test_signers.py.
"""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes, hmac

from actors.authenticate import authenticate, verify_proof_of
from actors.remote import resolve_actor
from core import clock
from core.errors import Forbidden, InvalidDocument, Unauthenticated, Untrusted
from fakes.fixtures import list_peer
from fakes.signing import digest_of
from federation.documents.lenient import embed
from federation.signatures.request import SignedRequest
from moderation.models import PeerClass

BODY = b'{"type": "Like"}'
INBOX = "http://a.localhost:8001/inbox"


async def refused(work, kind=Unauthenticated):
    with pytest.raises(kind):
        await work


async def test_a_signed_request_gives_its_signer(ask, remote):
    bob = remote.person("bob")

    actor = await ask(remote, bob)

    assert (actor.uri, actor.host, actor.handle) == (bob.uri, remote.host, bob.handle)


async def test_a_signed_get_gives_its_signer_too(ask, remote):
    url = "http://a.localhost:8001/users/alice?x=1"

    actor = await ask(remote, remote.instance, method="GET", url=url)

    assert actor.uri == remote.instance.uri


async def test_gotosocial_signs_the_query_and_others_do_not(ask, remote):
    url = "http://a.localhost:8001/users/alice?page=true"

    actor = await ask(remote, remote.instance, method="GET", url=url, target="/users/alice")

    assert actor.uri == remote.instance.uri


async def test_a01_no_signature(ask, remote):
    await refused(ask(remote, remote.person(), header=""))
    assert remote.journal == []


async def test_a02_only_the_date_is_covered(ask, remote):
    await refused(ask(remote, remote.person(), covered=["date"]))


async def test_a03_the_digest_is_sent_but_not_covered(ask, remote):
    await refused(ask(remote, remote.person(), covered=["(request-target)", "host", "date"]))


async def test_a04_the_body_is_altered_by_one_byte(ask, remote):
    await refused(ask(remote, remote.person(), sent_body=BODY.replace(b"Like", b"Like"[:3] + b"f")))


async def test_a05_the_digest_is_named_but_absent(ask, remote):
    await refused(ask(remote, remote.person(), omit=["digest"]))


async def test_a06_two_digest_headers(ask, remote):
    await refused(ask(remote, remote.person(), more=[("Digest", digest_of(b"other"))]))


@pytest.mark.parametrize("digest", ["MD5=1B2M2Y8AsgTpgAmY7PhCfg==", "SHA-1=2jmj7l5rSw0yVb/v"])
async def test_a07_a_digest_of_another_kind(ask, remote, digest):
    await refused(ask(remote, remote.person(), digest=digest))


async def test_a08_a_digest_in_lower_case_is_accepted(ask, remote):
    bob = remote.person()

    actor = await ask(remote, bob, digest=digest_of(BODY).replace("SHA-256", "sha-256"))

    assert actor.uri == bob.uri


async def test_a09_the_target_is_another_of_our_paths(ask, remote):
    await refused(ask(remote, remote.person(), target="/users/alice/inbox"))


async def test_a10_made_for_another_host_and_replayed_to_us(ask, remote):
    await refused(ask(remote, remote.person(), host="v.test"))


async def test_a11_the_forwarded_host_does_not_count(ask, remote):
    forwarded = [("x-forwarded-host", "a.localhost:8001")]

    await refused(ask(remote, remote.person(), host="v.test", more=forwarded))


@pytest.mark.parametrize("age", [timedelta(hours=13), timedelta(minutes=70)])
async def test_a12_a_date_too_long_ago(ask, remote, age):
    await refused(ask(remote, remote.person(), date=clock.now() - age))


async def test_a12_a_date_an_hour_ago_is_accepted(ask, remote):
    assert await ask(remote, remote.person(), date=clock.now() - timedelta(minutes=60))


async def test_a13_a_date_two_hours_ahead(ask, remote):
    await refused(ask(remote, remote.person(), date=clock.now() + timedelta(hours=2)))


async def test_a13_a_date_half_an_hour_ahead_is_accepted(ask, remote):
    assert await ask(remote, remote.person(), date=clock.now() + timedelta(minutes=30))


@pytest.mark.parametrize("date", ["yesterday", "", "Sun, 99 Foo 2026 25:00:00 GMT", "0"])
async def test_a14_a_date_that_cannot_be_read(ask, remote, date):
    await refused(ask(remote, remote.person(), date=date))


async def test_a14_two_dates(ask, remote):
    await refused(ask(remote, remote.person(), more=[("Date", "Sun, 22 Nov 2026 10:00:00 GMT")]))


async def test_a15_a_byte_identical_replay_is_its_signers_again(database, client, remote):
    bob = remote.person()
    made = remote.sign("POST", INBOX, actor=bob, body=BODY)
    request = SignedRequest(made.method, made.target, made.headers, made.body)

    actors = [await authenticate(database, client, request) for _ in range(2)]

    # That it has no second effect is the inbox's work: it is known by its signer and its bytes.
    assert [actor.uri for actor in actors] == [bob.uri, bob.uri]


@pytest.mark.parametrize(
    "key_id",
    [
        "acct:bob@b.localhost",
        "data:application/json,{}",
        "file:///etc/passwd",
        "http://user:secret@b.localhost/users/bob",
        "http://b.localhost/\r\nx",
        "http://b.localhost/" + "x" * 3000,
        "x" * 65536,
        "",
    ],
)
async def test_a24_a_key_id_that_is_no_address(ask, remote, key_id):
    await refused(ask(remote, remote.person(), key_id=key_id), (Unauthenticated, InvalidDocument))
    assert remote.journal == []


async def test_a25_hmac_with_the_public_key_as_secret(ask, remote):
    bob = remote.person()
    await ask(remote, bob)
    request = remote.sign("POST", INBOX, actor=bob, body=BODY)
    text = "\n".join(
        [f"(request-target): post {request.target}"]
        + [f"{name}: {request.header(name)}" for name in ("host", "date", "digest")]
    )
    made = hmac.HMAC(bob.public_pem.encode(), hashes.SHA256())
    made.update(text.encode())

    for algorithm in ("hmac-sha256", "hs2019", None):
        await refused(ask(remote, bob, algorithm=algorithm, signature=made.copy().finalize(),
                          date=request.header("date")))  # fmt: skip


@pytest.mark.parametrize("algorithm", ["rsa-sha1", "none", "hs256", "dsa"])
async def test_a26_an_algorithm_that_is_none_of_ours(ask, remote, algorithm):
    await refused(ask(remote, remote.person(), algorithm=algorithm))


@pytest.mark.parametrize("algorithm", ["rsa-sha256", "hs2019", "RSA-SHA256", None])
async def test_the_algorithms_in_use_are_accepted(ask, remote, algorithm):
    assert await ask(remote, remote.person(), algorithm=algorithm)


@pytest.mark.parametrize(
    "header",
    [
        'keyId="k",keyId="l",headers="date",signature="eA=="',
        "keyId=k,headers=date,signature=x",
        'keyId="k" headers="date" signature="eA=="',
        'keyId="k",headers="date",signature="not base64"',
        'sig1=:AAAA:',
        '"' * 200_000,
    ],
)
async def test_a35_a_header_that_cannot_be_parsed(ask, remote, header):
    started = time.monotonic()

    await refused(ask(remote, remote.person(), header=header))

    assert time.monotonic() - started < 1


async def test_a36_created_does_not_go_with_rsa_sha256(ask, remote):
    names = ["(request-target)", "host", "(created)", "digest"]
    created = int(clock.now().timestamp())

    await refused(ask(remote, remote.person(), covered=names, created=created))
    assert await ask(
        remote, remote.person("bea"), covered=names, created=created, algorithm="hs2019"
    )


async def test_a37_a_named_header_is_absent(ask, remote):
    names = ["(request-target)", "host", "date", "digest", "x-custom"]

    await refused(ask(remote, remote.person(), covered=names))


async def test_a38_a_header_with_other_than_ascii(ask, remote):
    await refused(ask(remote, remote.person(), sent={"date": "Sün"}), InvalidDocument)


async def test_b28_d35_a_host_that_nobody_listed_is_refused_and_not_asked(ask, bare_remote):
    await refused(ask(bare_remote, bare_remote.person()), Forbidden)

    assert bare_remote.journal == []


async def test_a_blocked_host_is_refused_and_not_asked(ask, database, bare_remote):
    await list_peer(database, bare_remote, PeerClass.BLOCKED)

    await refused(ask(bare_remote, bare_remote.person()), Forbidden)

    assert bare_remote.journal == []


async def test_a_block_counts_at_once_for_known_keys(ask, database, remote):
    bob = remote.person()
    await ask(remote, bob)
    await list_peer(database, remote, PeerClass.BLOCKED)

    await refused(ask(remote, bob), Forbidden)


async def test_the_order_of_answers_for_an_unlisted_host(ask, bare_remote):
    stale = clock.now() - timedelta(days=1)

    # No signature and one that cannot be parsed come before the policy; a stale one after it.
    await refused(ask(bare_remote, bare_remote.person(), header=""))
    await refused(ask(bare_remote, bare_remote.person(), header="nonsense"))
    await refused(ask(bare_remote, bare_remote.person(), date=stale), Forbidden)


async def test_a_proof_by_the_actors_own_key_counts(database, client, remote):
    bob = remote.person()
    actor = await resolve_actor(database, client, bob.uri)
    proven = embed(bob.prove(bob.activity("Like", "https://x.example/1")))

    async with database.read() as session:
        await verify_proof_of(session, proven, actor)


async def test_a_proof_by_another_key_or_none_does_not(database, client, remote):
    bob, eve = remote.person("bob"), remote.person("eve")
    actor = await resolve_actor(database, client, bob.uri)
    await resolve_actor(database, client, eve.uri)
    activity = bob.activity("Like", "https://x.example/1")
    forged = [activity, eve.prove(activity), {**bob.prove(activity), "object": "https://x.example/2"}]

    async with database.read() as session:
        for document in forged:
            with pytest.raises(Untrusted):
                await verify_proof_of(session, embed(document), actor)
