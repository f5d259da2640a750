"""A scene in which every list of the client API holds something, made through the API itself."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from api_walk import picture, tomorrow
from core.clock import now
from notifications.models import Announcement
from posts.cards import key_of
from posts.models import LinkCard
from posts.trends import compute_trends

PEOPLE = "alice bruno chloe dave erik fanny gil hugo ida jules".split()
LINK = "https://journal.example/ecg"


@dataclass
class Scene:
    """Who is there, and what stands in the holes of addresses."""

    house: Any
    alice: Any
    bruno: Any
    chloe: Any
    names: dict[str, str]


async def populate(house) -> Scene:
    """Fill an instance: two of everything that is listed, so that pages can be turned."""
    people = {}
    for name in PEOPLE:
        people[name] = person = await house.person(
            name, doctor=name != "chloe", locked=name == "alice"
        )
        found = {"discoverable": True, "indexable": True}
        await person.ask("PATCH", "/api/v1/accounts/update_credentials", json=found)
    alice, bruno = people["alice"], people["bruno"]
    names = {name: person.id for name, person in people.items()} | {
        "year": "2025",
        "name": "👍",
        "tag": "ecg",
        "link": LINK,
        "tomorrow": tomorrow(),
        **_push_keys(),
    }
    scene = Scene(house, alice, bruno, people["chloe"], names)
    await _acquaint(house, people)
    await _talk(scene, people)
    await _keep(scene, people)
    await _be_told(scene, people)
    return scene


async def _acquaint(house, people) -> None:
    """Let people follow each other: bruno is known by many, alice is asked by two."""
    alice, bruno = people["alice"], people["bruno"]
    for name in ("bruno", "gil", "hugo"):
        await house.follows(alice.actor, people[name].actor)
    for name in ("bruno", "fanny", "gil"):
        await house.follows(people[name].actor, alice.actor)
    for name in ("fanny", "gil", "chloe"):
        await house.follows(people[name].actor, bruno.actor)
    for name in ("dave", "hugo"):
        await house.follows(bruno.actor, people[name].actor)
    await house.follows(people["gil"].actor, people["chloe"].actor)
    for name in ("erik", "hugo"):
        await people[name].post(f"/api/v1/accounts/{alice.id}/follow")


async def _talk(scene, people) -> None:
    alice, bruno, names = scene.alice, scene.bruno, scene.names
    text = f"Un électrocardiogramme #ecg {LINK}"
    said = await alice.say(text)
    await alice.put(f"/api/v1/statuses/{said['id']}", status=f"{text} !")
    await alice.say("Un second #ecg")
    for name in ("bruno", "gil"):
        await people[name].post(f"/api/v1/statuses/{said['id']}/favourite")
        await people[name].post(f"/api/v1/statuses/{said['id']}/reblog")
        quoting = await people[name].say("À lire", quoted_status_id=said["id"])
    await bruno.say("Réponse", in_reply_to_id=said["id"])
    asked = await bruno.say("Votre avis ?", poll={"options": ["Oui", "Non"], "expires_in": 3600})
    await bruno.say("Encore un #ecg")
    for text in ("Un cas", "Un autre cas"):
        direct = await bruno.say(f"@alice {text}", visibility="direct")
    names |= {"status": said["id"], "quoting": quoting["id"], "poll": asked["poll"]["id"]}
    names["direct"] = direct["id"]
    for name in ("bruno", "gil", "hugo"):
        await people[name].say(f"À lire {LINK}")
    await _link(scene)


async def _link(scene) -> None:
    """Give a link its preview, as a job would, and count what is talked of."""
    async with scene.house.database.transaction() as session:
        card = await session.get_one(LinkCard, key_of(LINK))
        card.title, card.fetched_at = "ECG", now()
    await compute_trends(scene.house.database)


async def _keep(scene, people) -> None:
    """Let alice keep, list, filter, mute and block."""
    alice, names = scene.alice, scene.names
    for post_id in (names["poll"], names["direct"]):
        await alice.post(f"/api/v1/statuses/{post_id}/bookmark")
        await alice.post(f"/api/v1/statuses/{post_id}/favourite")
    shelf = await alice.post("/api/v1/lists", title="Service")
    members = [names["bruno"], names["hugo"]]
    await alice.post(f"/api/v1/lists/{shelf['id']}/accounts", account_ids=members)
    kept = await alice.post(
        "/api/v2/filters",
        title="Loisirs",
        context=["home"],
        keywords_attributes=[{"keyword": "football"}],
    )
    old = await alice.post("/api/v1/filters", phrase="tennis", context=["home"])
    for word in ("cardiologie", "rythmologie"):
        await alice.post(f"/api/v1/tags/{word}/follow")
    await alice.post("/api/v1/tags/ecg/follow")
    featured = await alice.post("/api/v1/featured_tags", name="ecg")
    await people["bruno"].post("/api/v1/featured_tags", name="ecg")
    await people["bruno"].post(f"/api/v1/accounts/{names['dave']}/endorse")
    for domain in ("noisy.example", "spam.example"):
        await alice.post("/api/v1/domain_blocks", domain=domain)
    for name in ("dave", "fanny"):
        await alice.post(f"/api/v1/accounts/{names[name]}/mute")
    blocked = [await scene.house.remote("zoe"), await scene.house.remote("yann")]
    for actor in blocked:
        await alice.post(f"/api/v1/accounts/{actor.id}/block")
    for text in ("Demain", "Demain encore"):
        later = await alice.post("/api/v1/statuses", status=text, scheduled_at=tomorrow())
    uploaded = await alice.ask("POST", "/api/v2/media", files={"file": picture()})
    await alice.post("/api/v1/markers", home={"last_read_id": names["status"]})
    names |= {
        "list": shelf["id"],
        "filter": kept["id"],
        "keyword": kept["keywords"][0]["id"],
        "lone_keyword": old["id"],
        "featured_tag": featured["id"],
        "scheduled": later["id"],
        "media": uploaded.json["id"],
    }


async def _be_told(scene, people) -> None:
    """Let alice have notices, requests, announcements, collections and a push subscription."""
    alice, names = scene.alice, scene.names
    await alice.ask("PATCH", "/api/v2/notifications/policy", json={"for_not_following": "filter"})
    for name in ("chloe", "erik", "ida", "jules"):
        await people[name].say("@alice bonjour")
    waiting = await alice.get("/api/v1/notifications/requests")
    notices = await alice.get("/api/v1/notifications", **{"types[]": "favourite"})
    grouped = await alice.get("/api/v2/notifications")
    app = await alice.post("/api/v1/apps", client_name="Test", redirect_uris="app://done")
    names |= {name: app[name] for name in ("client_id", "client_secret")}
    await _recommend(alice, names["bruno"], names, ("collection", "item"))
    await _recommend(people["bruno"], names["alice"], names, ("praise", "praised"))
    async with scene.house.database.transaction() as session:
        told = Announcement(content="<p>Panne prévue</p>")
        session.add(told)
    keys = {"p256dh": names["p256dh"], "auth": names["auth"]}
    push = {"endpoint": "https://push.example/alice", "keys": keys}
    await alice.post("/api/v1/push/subscription", subscription=push)
    conversations = await alice.get("/api/v1/conversations")
    names |= {
        "request": waiting[0]["id"],
        "second_request": waiting[1]["id"],
        "third_request": waiting[2]["id"],
        "fourth_request": waiting[3]["id"],
        "notice": notices[0]["id"],
        "group_key": grouped["notification_groups"][0]["group_key"],
        "announcement": str(told.id),
        "conversation": conversations[0]["id"],
    }


async def _recommend(author, whom, names, kept) -> None:
    """Let somebody make a collection with one person in it; keep both ids under two names."""
    fields = {"name": "ECG", "description": "", "sensitive": False, "discoverable": True}
    made = await author.post("/api/v1/collections", **fields)
    collection = made["collection"]["id"]
    item = await author.post(f"/api/v1/collections/{collection}/items", account_id=whom)
    names |= dict(zip(kept, (collection, item["collection_item"]["id"]), strict=True))


def _push_keys() -> dict[str, str]:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = public.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    keys = {"p256dh": point, "auth": os.urandom(16)}
    return {
        name: base64.urlsafe_b64encode(key).rstrip(b"=").decode() for name, key in keys.items()
    }
