"""A badge that ran out or was revoked shows on no path of the client API, and opens nothing."""

from __future__ import annotations

import pytest
import pytest_asyncio

from actors.documents import actor_document
from actors.models import Actor
from ending import ENDINGS, end_badge

# Every way on which a client is shown somebody's badge; `{status}`, `{alice}` are filled in.
PATHS = (
    "/api/v1/accounts/{alice}",
    "/api/v1/accounts/lookup?acct=alice",
    "/api/v1/accounts/search?q=alice",
    "/api/v1/accounts?id[]={alice}",
    "/api/v1/accounts/{alice}/statuses",
    "/api/v1/accounts/{chloe}/following",
    "/api/v2/search?q=alice&type=accounts",
    "/api/v1/statuses/{status}",
    "/api/v1/statuses?id[]={status}",
    "/api/v1/statuses/{own}/context",
    "/api/v1/statuses/{own}/favourited_by",
    "/api/v1/statuses/{own}/reblogged_by",
    "/api/v1/statuses/{status}/history",
    "/api/v1/timelines/home",
    "/api/v1/timelines/public",
    "/api/v1/timelines/tag/ecg",
    "/api/v1/timelines/list/{list}",
    "/api/v1/lists/{list}/accounts",
    "/api/v1/bookmarks",
    "/api/v1/favourites",
    "/api/v1/notifications",
    "/api/v2/notifications",
    "/api/v1/conversations",
    "/api/v1/endorsements",
)
MUTES = "/api/v1/mutes"
OWN = ("/api/v1/accounts/verify_credentials",)


def badges_in(value) -> list:
    """Return what a client would show as a badge, wherever it stands in an answer."""
    if isinstance(value, list):
        return [found for part in value for found in badges_in(part)]
    if not isinstance(value, dict):
        return []
    found = [badges_in(part) for part in value.values()]
    here = list(value.get("roles") or [])
    here += [one for one in value.get("fields") or [] if one.get("verified_at")]
    own = value.get("consilium")
    if isinstance(own, dict) and own.get("badge"):
        here.append(own["badge"])
    return here + [one for some in found for one in some]


@pytest_asyncio.fixture
async def filled(house, alice, chloe):
    """Chloe has to do with alice, a verified doctor, in every way; the paths to be walked."""
    await house.follows(chloe.actor, alice.actor)
    said = await alice.say("@chloe Un #ecg")
    await alice.put(f"/api/v1/statuses/{said['id']}", status="@chloe Un autre #ecg")
    own = await chloe.say("Bonjour")
    await alice.say("@chloe en privé", visibility="direct")
    await alice.say("@chloe bonjour", in_reply_to_id=own["id"])
    await alice.post(f"/api/v1/statuses/{own['id']}/favourite")
    await alice.post(f"/api/v1/statuses/{own['id']}/reblog")
    for act in ("bookmark", "favourite"):
        await chloe.post(f"/api/v1/statuses/{said['id']}/{act}")
    shelf = await chloe.post("/api/v1/lists", title="Service")
    await chloe.post(f"/api/v1/lists/{shelf['id']}/accounts", account_ids=[alice.id])
    await chloe.post(f"/api/v1/accounts/{alice.id}/pin")
    names = {
        "alice": alice.id, "chloe": chloe.id, "status": said["id"], "own": own["id"],
        "list": shelf["id"],
    }  # fmt: skip
    await chloe.say("Encore", in_reply_to_id=said["id"])
    return {path.format(**names) for path in PATHS} | {MUTES, *OWN}


async def _shown(chloe, alice, paths):
    """Return the paths on which a badge is shown."""
    found = set()
    for path in paths - {MUTES, *OWN}:
        if badges_in((await chloe.page(path)).json):
            found.add(path)
    # Who is muted is left out of the others: last of all.
    await chloe.post(f"/api/v1/accounts/{alice.id}/mute")
    if badges_in(await chloe.get(MUTES)):
        found.add(MUTES)
    await chloe.post(f"/api/v1/accounts/{alice.id}/unmute")
    for path in OWN:
        if badges_in(await alice.get(path)):
            found.add(path)
    return found


@pytest.mark.parametrize("how", ENDINGS)
async def test_an_ended_badge_is_shown_on_no_path(database, house, alice, chloe, filled, how):
    before = await _shown(chloe, alice, filled)

    await end_badge(database, alice.actor, how)

    assert before == filled
    assert await _shown(chloe, alice, filled) == set()


@pytest.mark.parametrize("how", ENDINGS)
async def test_whose_badge_ended_neither_reads_nor_writes_as_a_doctor(
    database, alice, bruno, how
):
    said = await bruno.say("Un avis ?", visibility="doctors")
    own = await alice.say("Bonjour", visibility="doctors")
    assert await alice.get("/api/consilium/v1/timelines/doctors")

    await end_badge(database, alice.actor, how)

    left = await alice.get("/api/consilium/v1/timelines/doctors")
    # What they wrote before they keep, as it was: nothing new is said in it.
    assert [one["id"] for one in left] == [own["id"]]
    edit = await alice.ask("PUT", f"/api/v1/statuses/{own['id']}", json={"status": "Et moi ?"})
    assert edit.status == 422
    assert (await alice.ask("GET", f"/api/v1/statuses/{said['id']}")).status == 404
    sent = {"status": "Et moi ?", "visibility": "doctors"}
    assert (await alice.ask("POST", "/api/v1/statuses", json=sent)).status == 422


@pytest.mark.parametrize("how", ENDINGS)
async def test_an_ended_badge_brings_nobody_forward(database, alice, bruno, chloe, how):
    colleagues = [one["account"]["id"] for one in await bruno.get("/api/v2/suggestions")]
    assert alice.id in colleagues

    await end_badge(database, alice.actor, how)

    after = await bruno.get("/api/v2/suggestions")
    assert alice.id not in [one["account"]["id"] for one in after]
    assert await alice.get("/api/v2/suggestions") == []


@pytest.mark.parametrize("how", ENDINGS)
async def test_other_servers_are_told_nothing_of_an_ended_badge(database, alice, how):
    async def lines() -> list[str]:
        async with database.read() as session:
            actor = await session.get_one(Actor, alice.actor.id)
            document = await actor_document(session, actor)
        return [line["name"] for line in document.get("attachment", [])]

    assert await lines() == ["Médecin vérifié"]

    await end_badge(database, alice.actor, how)

    assert await lines() == []
