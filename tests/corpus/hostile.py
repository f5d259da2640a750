"""The forged documents, delivered by a hostile peer that is listed: nothing here may change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from actors.remote import resolve_actor
from core.errors import ServerError
from corpus.documents import Recorded
from corpus.house import ALICE, BASE_URL, House
from factories import make_peer
from federation.documents.lenient import find_id
from federation.vocabulary import AS_CONTEXT, AS_PUBLIC
from moderation.models import PeerClass
from posts.remote import resolve_post

UNHARMED = "nothing changes"


async def meet_hostile(house: House, one: Recorded) -> tuple[str, str]:
    """Deliver a forged document in every way its author could; say what changed, if anything."""
    evil = _author(house, one)
    if one.kind != "actor":
        house.world.resident(evil)
    async with house.database.transaction() as session:
        await make_peer(session, urlsplit(evil).netloc, peer_class=PeerClass.SOCIAL)
    await house.follow(evil)
    await _have_victims(house, one, evil)
    before = house.state(but=(evil,))
    told = await _WAYS[one.kind](house, one, evil)
    await house.work()
    after = house.state(but=(evil,))
    changed = [table for table, rows in sorted(after.items()) if rows != before[table]]
    if changed:
        return "broken", f"{', '.join(changed)} changed: {told}"
    return "rejected", f"{told}; {UNHARMED}"


def _author(house: House, one: Recorded) -> str:
    """Who sends it: somebody of the host that the forged document is from."""
    uri = str(one.json.get("id") or one.json.get("aliases", [""])[0])
    actor = find_id(one.json.get("actor"))
    if one.kind == "webfinger" or one.kind == "actor":
        return uri
    if actor is not None and urlsplit(actor).netloc == urlsplit(uri).netloc and not _is_post(one):
        return actor
    return house.world.address("evil.example.com", "/users/mallory")


def _is_post(one: Recorded) -> bool:
    return one.kind == "object"


async def _have_victims(house: House, one: Recorded, evil: str) -> None:
    """Let alice follow who is named, and have the posts that are to be overwritten."""
    about = one.json.get("object")
    inner = about if isinstance(about, dict) else {}
    named = [one.json.get("actor"), inner.get("attributedTo"), one.json.get("publicKey")]
    for uri in dict.fromkeys(find_id(value) for value in named):
        if uri is not None and uri != evil:
            await house.follow(uri.partition("#")[0])
    if inner and one.type in ("Create", "Update"):
        home = "{0.scheme}://{0.netloc}".format(urlsplit(str(inner["id"])))
        author = f"{home}/users/bob"
        house.world.resident(author)
        house.world.publish(str(inner["id"]), orjson.dumps(_note(str(inner["id"]), author)))
        await resolve_post(house.database, house.client, str(inner["id"]))


def _note(uri: str, author: str) -> dict[str, Any]:
    return {"@context": AS_CONTEXT, "id": uri, "type": "Note", "attributedTo": author,
            "content": "<p>what its author wrote</p>", "to": [AS_PUBLIC]}  # fmt: skip


async def _send_activity(house: House, one: Recorded, evil: str) -> str:
    status, outcome, reason = await house.take(house.world.resident(evil), one.body)
    if status >= 500:
        raise AssertionError(f"{status}: {reason}")
    return reason if status == 202 else f"at the door, {status}: {reason}"


async def _send_object(house: House, one: Recorded, evil: str) -> str:
    """Serve it where its host would, or as an upload; and deliver it in a Create as well."""
    uri = str(one.json["id"])
    authors = {find_id(one.json.get("actor")), find_id(one.json.get("attributedTo"))} - {None}
    is_home = all(urlsplit(str(author)).netloc == urlsplit(uri).netloc for author in authors)
    at = house.world.address("evil.example.com", "/media/1.json") if is_home else uri
    house.world.publish(at, one.body)
    told = "it is believed"
    try:
        await resolve_post(house.database, house.client, at)
    except ServerError as error:
        told = str(error)
    create = {"@context": AS_CONTEXT, "type": "Create", "actor": evil, "object": one.json,
              "id": f"{evil}/activities/1", "to": [AS_PUBLIC, ALICE]}  # fmt: skip
    await house.take(house.world.resident(evil), orjson.dumps(create))
    return told


async def _send_actor(house: House, one: Recorded, evil: str) -> str:
    """Serve an actor who claims another's key, then sign in that other's name."""
    house.world.publish(evil, one.body)
    victim = house.world.resident(one.json["publicKey"]["id"].partition("#")[0])
    try:
        await resolve_actor(house.database, house.client, evil)
    except ServerError as error:
        return str(error)
    forged = orjson.dumps(victim.activity("Follow", ALICE))
    thief = house.world.resident(house.world.address("remote.example", "/users/thief"))
    thief.rotate_key()
    house.open()
    reply = await house.world.post(
        f"{BASE_URL}/inbox", forged, actor=thief, key_id=one.json["publicKey"]["id"]
    )
    assert reply.status == 401, reply.body
    return f"at the door, 401: {reply.json['error']}"


async def _send_webfinger(house: House, one: Recorded, evil: str) -> str:
    """Let a host say that its actor goes by a handle of another host."""
    host = urlsplit(evil).netloc
    house.world.webfingers[host] = one.body
    actor = await resolve_actor(house.database, house.client, evil)
    assert actor.domain == host, actor.domain
    return "the handle is not adopted"


_WAYS: Mapping[str, Callable[[House, Recorded, str], Awaitable[str]]] = {
    "activity": _send_activity,
    "object": _send_object,
    "actor": _send_actor,
    "webfinger": _send_webfinger,
}
