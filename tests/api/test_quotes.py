"""Quoting through the client API: who may, for whom, who is told, and taking consent back."""

from __future__ import annotations

import pytest

from posts.models import Post, Visibility
from workers.jobs import process_jobs

STATUSES = "/api/v1/statuses"


async def quote(program, quoted, text="Voyez", **fields):
    return await program.say(text, quoted_status_id=quoted["id"], **fields)


async def do_jobs(house):
    while await process_jobs(house.database, None):
        pass


async def kinds(program):
    return [one["type"] for one in await program.get("/api/v1/notifications")]


async def test_a_quote_shows_what_it_quotes_and_its_author_is_told(house, alice, bruno, chloe):
    said = await alice.say("Origine", quote_approval_policy="public")

    quoting = await quote(bruno, said)
    await do_jobs(house)

    assert quoting["quote"]["state"] == "accepted"
    assert quoting["quote"]["quoted_status"]["content"] == "<p>Origine</p>"
    assert quoting["content"] == "<p>Voyez</p>"
    assert await kinds(alice) == ["quote"]
    assert await kinds(bruno) == []
    shown = await chloe.get(f"{STATUSES}/{said['id']}")
    assert shown["quotes_count"] == 1
    listed = await chloe.get(f"{STATUSES}/{said['id']}/quotes")
    assert [one["id"] for one in listed] == [quoting["id"]]


async def test_a_quote_needs_no_words(alice):
    said = await alice.say()

    assert (await quote(alice, said, ""))["quote"]["state"] == "accepted"


@pytest.mark.parametrize(
    ("policy", "follows", "verdict"),
    [
        ("public", False, "automatic"),
        ("followers", False, "denied"),
        ("followers", True, "automatic"),
        ("nobody", True, "denied"),
        (None, False, "denied"),
        (None, True, "automatic"),
    ],
)
async def test_who_may_quote_is_said_and_kept(house, alice, bruno, policy, follows, verdict):
    if follows:
        await house.follows(bruno.actor, alice.actor)
    said = await alice.say(**({"quote_approval_policy": policy} if policy else {}))

    approval = (await bruno.get(f"{STATUSES}/{said['id']}"))["quote_approval"]
    reply = await bruno.ask(
        "POST", STATUSES, json={"status": "x", "quoted_status_id": said["id"]}
    )

    automatic = [] if policy == "nobody" else [policy or "followers"]
    assert approval == {"automatic": automatic, "manual": [], "current_user": verdict}
    assert reply.status == (200 if verdict == "automatic" else 404)
    own = await alice.get(f"{STATUSES}/{said['id']}")
    assert own["quote_approval"]["current_user"] == "automatic"


@pytest.mark.parametrize("visibility", ["private", "direct", "doctors", "followers"])
async def test_H05_what_one_may_not_see_is_not_quoted(alice, chloe, visibility):
    said = await alice.say(visibility=visibility, quote_approval_policy="public")

    for post_id in (said["id"], "115"):
        sent = {"status": "x", "quoted_status_id": post_id}
        reply = await chloe.ask("POST", STATUSES, json=sent)
        assert (reply.status, reply.json) == (404, {"error": "Record not found"})


@pytest.mark.parametrize(
    ("quoted", "asked", "becomes"),
    [
        ("public", "public", "public"),
        ("unlisted", "public", "unlisted"),
        ("doctors", "public", "doctors"),
        ("doctors", "direct", "mentioned"),
        ("local", "public", "local"),
    ],
)
async def test_a_quote_is_not_wider_than_what_it_quotes(alice, bruno, quoted, asked, becomes):
    said = await alice.say(visibility=quoted, quote_approval_policy="public")

    quoting = await quote(bruno, said, visibility=asked)

    assert quoting["consilium"]["audience"] == becomes
    assert quoting["quote"]["state"] == "accepted"


async def test_followers_posts_are_quoted_by_their_author_only(house, alice, bruno):
    await house.follows(bruno.actor, alice.actor)
    said = await alice.say(visibility="followers", quote_approval_policy="public")

    sent = {"status": "x", "quoted_status_id": said["id"]}
    refused = await bruno.ask("POST", STATUSES, json=sent)
    own = await quote(alice, said, visibility="public")

    assert refused.status == 404
    assert own["consilium"]["audience"] == "followers"


async def test_what_is_for_others_is_not_quoted_in_a_thread(alice, bruno):
    said = await alice.say(visibility="local", quote_approval_policy="public")
    thread = await alice.say(visibility="doctors")

    sent = {"status": "x", "quoted_status_id": said["id"], "in_reply_to_id": thread["id"]}
    reply = await bruno.ask("POST", STATUSES, json=sent)

    assert reply.status == 422


async def test_a_consent_is_taken_back_for_good(house, alice, bruno, chloe):
    said = await alice.say("Origine", quote_approval_policy="public")
    quoting = await quote(bruno, said)
    path = f"{STATUSES}/{said['id']}/quotes/{quoting['id']}/revoke"

    for program in (bruno, chloe):
        assert (await program.ask("POST", path)).status == 404
    revoked = await alice.post(path)

    assert revoked["quote"] == {"state": "revoked", "quoted_status": None}
    assert (await chloe.get(f"{STATUSES}/{quoting['id']}"))["quote"]["state"] == "revoked"
    assert (await alice.get(f"{STATUSES}/{said['id']}"))["quotes_count"] == 0
    assert await alice.get(f"{STATUSES}/{said['id']}/quotes") == []


async def test_only_quotes_of_that_post_are_taken_back(alice, bruno):
    said, other = await alice.say(quote_approval_policy="public"), await alice.say()
    quoting = await quote(bruno, said)
    own = await quote(alice, said)

    for post, by in ((other, quoting), (said, other), (said, own), (said, {"id": "115"})):
        reply = await alice.ask("POST", f"{STATUSES}/{post['id']}/quotes/{by['id']}/revoke")
        assert (reply.status, reply.json) == (404, {"error": "Record not found"})


async def test_quotes_are_paged(alice, bruno):
    said = await alice.say(quote_approval_policy="public")
    ids = [(await quote(bruno, said, str(number)))["id"] for number in range(3)][::-1]
    path = f"{STATUSES}/{said['id']}/quotes"

    first = await bruno.page(path, limit=2)
    second = await bruno.page(first.links["next"])
    back = await bruno.page(second.links["prev"])

    assert [one["id"] for one in first.json + second.json] == ids
    assert [one["id"] for one in back.json] == ids[:2]


async def test_quotes_that_one_may_not_see_are_not_listed(alice, bruno, chloe):
    said = await alice.say(quote_approval_policy="public")
    await quote(bruno, said, visibility="doctors")

    assert len(await alice.get(f"{STATUSES}/{said['id']}/quotes")) == 1
    assert await chloe.get(f"{STATUSES}/{said['id']}/quotes") == []


async def test_the_policy_is_changed_later(alice, bruno):
    said = await alice.say()
    path = f"{STATUSES}/{said['id']}/interaction_policy"

    changed = await alice.put(path, quote_approval_policy="public")

    assert changed["quote_approval"]["automatic"] == ["public"]
    assert changed["edited_at"] is None
    assert (await quote(bruno, said))["quote"]["state"] == "accepted"
    for sent in ({}, {"quote_approval_policy": "everybody"}):
        assert (await alice.ask("PUT", path, json=sent)).status == 422
    sent = {"quote_approval_policy": "nobody"}
    assert (await bruno.ask("PUT", path, json=sent)).status == 404


async def test_a_policy_comes_with_an_edit_too(alice):
    said = await alice.say("Un")

    edited = await alice.put(
        f"{STATUSES}/{said['id']}", status="Deux", quote_approval_policy="nobody"
    )

    assert edited["quote_approval"]["automatic"] == []


async def test_a_deleted_quote_counts_no_more_and_a_deleted_post_is_not_shown(alice, bruno):
    said = await alice.say(quote_approval_policy="public")
    first, second = await quote(bruno, said), await quote(bruno, said)

    await bruno.delete(f"{STATUSES}/{first['id']}")
    assert (await alice.get(f"{STATUSES}/{said['id']}"))["quotes_count"] == 1
    await alice.delete(f"{STATUSES}/{said['id']}")

    shown = await bruno.get(f"{STATUSES}/{second['id']}")
    assert shown["quote"] == {"state": "deleted", "quoted_status": None}


async def test_whom_one_blocks_or_mutes_is_marked_in_a_quote(alice, bruno, chloe):
    said = await alice.say(quote_approval_policy="public")
    quoting = await quote(bruno, said)

    await chloe.post(f"/api/v1/accounts/{alice.id}/mute")
    muted = await chloe.get(f"{STATUSES}/{quoting['id']}")
    await chloe.post(f"/api/v1/accounts/{alice.id}/block")
    blocked = await chloe.get(f"{STATUSES}/{quoting['id']}")

    assert muted["quote"]["state"] == "muted_account"
    assert muted["quote"]["quoted_status"]["id"] == said["id"]
    assert blocked["quote"] == {"state": "blocked_account", "quoted_status": None}


async def test_an_author_is_told_of_edits_of_what_they_quote(house, alice, bruno):
    said = await alice.say("Un", quote_approval_policy="public")
    quoting = await quote(bruno, said)

    await alice.put(f"{STATUSES}/{said['id']}", status="Deux")

    (notice,) = await bruno.get("/api/v1/notifications")
    assert (notice["type"], notice["status"]["id"]) == ("quoted_update", quoting["id"])


async def test_what_stays_here_does_not_quote_who_would_be_asked_elsewhere(house, alice):
    bob = await house.remote()
    post = Post(uri=f"{bob.uri}/posts/1", author_id=bob.id, visibility=Visibility.PUBLIC)
    post.quote_policy = "public"
    async with house.database.transaction() as session:
        session.add(post)
    sent = {"status": "x", "quoted_status_id": str(post.id)}

    kept = await alice.ask("POST", STATUSES, json=sent | {"visibility": "local"})
    told = await alice.ask("POST", STATUSES, json=sent | {"visibility": "public"})

    assert (kept.status, told.status) == (422, 200)
    assert "this instance only cannot quote" in kept.error
    assert (await alice.get(f"/api/v1/accounts/{alice.id}/statuses"))[0]["id"] == told.json["id"]


@pytest.mark.parametrize(
    ("quoted", "quoting", "count"),
    [
        ("public", "unlisted", 1),
        ("public", "doctors", 0),
        ("public", "direct", 0),
        ("public", "followers", 0),
        ("public", "local", 0),
        ("doctors", "doctors", 1),
        ("doctors", "direct", 0),
        ("local", "local", 1),
    ],
)
async def test_quotes_for_fewer_people_do_not_show_in_the_number(
    alice, bruno, quoted, quoting, count
):
    said = await alice.say(visibility=quoted, quote_approval_policy="public")

    await quote(bruno, said, visibility=quoting)

    assert (await alice.get(f"{STATUSES}/{said['id']}"))["quotes_count"] == count
