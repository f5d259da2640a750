"""What belongs to somebody else looks like what was never there (security.md H01)."""

from __future__ import annotations

import re
from datetime import timedelta

from api.routes import TABLES
from core import clock

ABSENT = "115"
STREAMS = set(TABLES["api_streaming"])
ROUTES = [
    route
    for name, routes in TABLES.items()
    if name != "api_rest"
    for route in routes
    if "<" in route.path and route not in STREAMS
]
# Named by what is no number of anybody's thing.
NAMES = {"emoji": "👍", "name": "ecg", "year": "2026", "hashtag": "ecg", "item_id": ABSENT}


async def things_of(alice, chloe):
    """Return the numbers of what Alice keeps to herself, by what it is."""
    said = await alice.say("@chloe entre nous", visibility="direct")
    asked = await alice.say(
        "@chloe ?", visibility="direct", poll={"options": ["a", "b"], "expires_in": 300}
    )
    kept = await alice.post("/api/v1/lists", title="Garde")
    filtered = await alice.post(
        "/api/v2/filters",
        title="x",
        context=["home"],
        keywords_attributes=[{"keyword": "covid"}],
    )
    follow_tag = await alice.post("/api/v1/featured_tags", name="ecg")
    await chloe.post(f"/api/v1/statuses/{said['id']}/favourite")
    [notice] = await alice.get("/api/v1/notifications", limit=1)
    [talk, *_] = await alice.get("/api/v1/conversations")
    moment = (clock.now() + timedelta(days=1)).isoformat()
    later = await alice.post("/api/v1/statuses", status="plus tard", scheduled_at=moment)
    return {
        "post": said["id"],
        "poll": asked["poll"]["id"],
        "list": kept["id"],
        "filter": filtered["id"],
        "keyword": filtered["keywords"][0]["id"],
        "featured tag": follow_tag["id"],
        "notification": notice["id"],
        "conversation": talk["id"],
        "scheduled post": later["id"],
    }


def address(route, number):
    return re.sub(
        r"<([^>]+)>", lambda hole: NAMES.get(hole[1].rpartition(":")[2], number), route.path
    )


async def test_H01_what_is_another_persons_looks_like_what_is_not_there(alice, bruno, chloe):
    things = await things_of(alice, chloe)
    before = await snapshot(alice)

    differing = []
    for route in ROUTES:
        body = {} if route.method == "GET" else {"json": {}}
        known = await bruno.ask(route.method, address(route, ABSENT), **body)
        for what, number in things.items():
            reply = await bruno.ask(route.method, address(route, number), **body)
            if (reply.status, reply.json) != (known.status, known.json):
                differing.append((route.method, route.path, what, reply.status, reply.json))

    assert differing == []
    assert await snapshot(alice) == before
    assert await count_own(alice, things) >= len(things)


async def count_own(alice, things):
    """Return how often Alice is shown something of her own where others are shown nothing."""
    shown = 0
    for route in ROUTES:
        if route.method == "GET":
            known = await alice.ask("GET", address(route, ABSENT))
            for number in things.values():
                reply = await alice.ask("GET", address(route, number))
                shown += (reply.status, reply.json) != (known.status, known.json)
    return shown


async def snapshot(person):
    """Return everything of the kinds above that somebody has."""
    paths = (
        "/api/v1/lists",
        "/api/v2/filters",
        "/api/v1/featured_tags",
        "/api/v1/notifications",
        "/api/v1/conversations",
        "/api/v1/scheduled_statuses",
        f"/api/v1/accounts/{person.id}/statuses",
    )
    return [await person.get(path) for path in paths]
