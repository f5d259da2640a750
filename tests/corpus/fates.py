"""What becomes of each recorded document when it comes to our instance."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from actors.remote import resolve_actor
from core.errors import ServerError
from corpus.documents import Recorded, moved, objects
from corpus.hostile import meet_hostile
from corpus.house import House, Stage
from corpus.staging import moved_here, rewritten
from corpus.world import World
from federation.documents.collection import read_collection
from federation.documents.lenient import find_id, read_document
from federation.nodeinfo import find_application
from federation.vocabulary import AS_CONTEXT
from posts.remote import resolve_post
from webfinger.client import fetch_webfinger

BROKEN = "broken"
# What new rows mean, in the order in which they are told.
_WORDS = {
    "follow": "a follow",
    "like": "a like",
    "reaction": "a reaction",
    "poll_vote": "a vote",
    "post_pin": "a pinned post",
    "report": "a report",
    "block": "a block",
    "notification": "somebody here is told",
    "delivery": "an answer is owed",
    "tombstone": "remembered as deleted",
}
_REACTIONS = frozenset({"Like", "Dislike", "EmojiReact", "Undo", "Add", "Remove"})


@dataclass(frozen=True)
class Fate:
    """`name` is handled, stored, read, ignored, rejected or broken; `detail` says more."""

    document: Recorded
    name: str
    detail: str = ""

    def __str__(self) -> str:
        one = self.document
        return f"{one.file} · {one.kind} · {one.type} · {self.name}: {self.detail}"


async def all_fates(world: World, folder: Path) -> list[Fate]:
    """Run every document through a house of its own."""
    async with Stage(world, folder) as stage:
        return [await fate_of(stage, one) for one in moved(world.port)]


async def fate_of(stage: Stage, one: Recorded) -> Fate:
    """Run one document through a house of its own; what nobody meant to raise is `broken`."""
    async with stage.house() as house:
        meet = meet_hostile if one.is_hostile else _KINDS[one.kind]
        task = asyncio.ensure_future(meet(house, one))
        await asyncio.wait({task})
        error = task.exception()
        if isinstance(error, ServerError):
            fate = Fate(one, "rejected", plain(str(error)))
        elif error is not None:
            fate = Fate(one, BROKEN, repr(error))
        else:
            name, detail = task.result()
            fate = Fate(one, name, plain(detail))
        if broken := house.broken():
            fate = Fate(one, BROKEN, "; ".join(broken))
        return fate


def plain(reason: str) -> str:
    """Return a reason without the addresses that this run made up."""
    reason = re.sub(r"http://([\w.-]+)\.localhost:\d+", r"https://\1", reason)
    return re.sub(r"^https?://\S+: ", "", reason)


async def _meet_actor(house: House, one: Recorded) -> tuple[str, str]:
    uri = _served(house.world, one)
    actor = await resolve_actor(house.database, house.client, uri)
    await house.work()
    return "stored", f"as {one.type}, @{actor.username}"


async def _meet_object(house: House, one: Recorded) -> tuple[str, str]:
    uri = _served(house.world, one)
    post = await resolve_post(house.database, house.client, uri)
    await house.work()
    return "stored", f"as {post.kind}, {post.visibility}"


def _served(world: World, one: Recorded) -> str:
    """Serve a document at its own address; one that has none at some address of its kind."""
    found = one.json.get("id")
    uri = found if isinstance(found, str) and found.startswith("http") else None
    uri = uri or world.address(one.software, f"/{Path(one.file).stem}")
    world.publish(uri, one.body)
    return uri


async def _meet_activity(house: House, one: Recorded) -> tuple[str, str]:
    here = moved_here(one.json, house.ours, house.world.serves)
    body = rewritten(one.body, here)
    staged = Recorded(one.file, one.kind, body)
    uri = find_id(one.json.get("actor")) or house.world.address(one.software, "/users/somebody")
    sender = house.world.resident(uri)
    for part in objects(staged.json.get("object")):
        # Whoever did it says the same at home.
        if here and "actor" in part and _is_address(part.get("id")):
            house.world.publish(part["id"], orjson.dumps(part))
    await _before(house, staged, uri)
    before = house.counts()
    status, outcome, reason = await house.take(sender, body)
    if status >= 500 or (status == 202 and outcome in (None, "parked")):
        return BROKEN, f"{status}: {reason}"
    if status != 202:
        return "rejected", f"at the door, {status}: {reason}"
    detail = reason or await _effects(house, staged, before)
    return str(outcome), detail


def _is_address(uri: Any) -> bool:
    # Mastodon's activities are named as parts of their actor: those are not fetched.
    return isinstance(uri, str) and uri.startswith("http") and "#" not in uri


async def _before(house: House, one: Recorded, sender: str) -> None:
    """Make true what an activity takes for granted: what is undone, changed, deleted, answered."""
    about = one.json.get("object")
    is_answer = one.json.get("type") in ("Accept", "Reject")
    if sender.startswith("http"):
        await house.follow(sender, accepted=not is_answer)
    named = find_id(about.get("object")) if isinstance(about, dict) else find_id(about)
    if one.json.get("type") in _REACTIONS and named and house.world.serves(named):
        with suppress(ServerError):
            await resolve_post(house.database, house.client, named)
    if one.json.get("type") == "Undo" and isinstance(about, dict):
        body = orjson.dumps({"@context": AS_CONTEXT, **about})
        await house.take(house.world.resident(sender), body)
    deed = about if one.type == "Announce" and isinstance(about, dict) else one.json
    if deed.get("type") in ("Update", "Delete"):
        await _have_before(house, deed.get("object"), find_id(deed.get("actor")) or sender)


async def _have_before(house: House, about: Any, sender: str) -> None:
    """Store what is changed or deleted as it was before, in its author's words of then."""
    uri = find_id(about)
    if uri is None or not uri.startswith("http") or uri == sender:
        return
    if urlsplit(uri).netloc != urlsplit(sender).netloc:
        return
    known = about if isinstance(about, dict) and about.get("type") != "Tombstone" else {}
    then = {
        "@context": AS_CONTEXT,
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        **{"type": "Note", "attributedTo": sender, **known},
        "id": uri,
        "content": "<p>before</p>",
    }
    then.pop("updated", None)
    house.world.publish(uri, orjson.dumps(then))
    with suppress(ServerError):
        await resolve_post(house.database, house.client, uri)
    house.world.withdraw(uri)


async def _effects(house: House, one: Recorded, before: Counter[str]) -> str:
    after = house.counts()
    new, gone = after - before, before - after
    told = []
    if new["post"]:
        about = find_id(one.json.get("object"))
        post = await house.post_at(about) if about else None
        verb = "passed on" if one.type == "Announce" else "stored"
        told.append(f"{verb} as {post.kind}, {post.visibility}" if post else verb)
    told += [words for name, words in _WORDS.items() if new[name]]
    told += [f"{words.removeprefix('a ')} taken back" for name, words in _WORDS.items()
             if gone[name] and words.startswith("a ")]  # fmt: skip
    return ", ".join(told) or "what is here is changed"


async def _meet_collection(house: House, one: Recorded) -> tuple[str, str]:
    found = read_collection(read_document(one.body))
    more = ", more behind it" if found.first or found.next else ""
    return "read", f"{len(found.items)} ids{more}"


async def _meet_webfinger(house: House, one: Recorded) -> tuple[str, str]:
    subject = str(one.json.get("subject", ""))
    name, _, host = subject.removeprefix("acct:").rpartition("@")
    home = urlsplit(house.world.address(host or one.software, "")).netloc
    house.world.webfingers[home] = one.body
    found = await fetch_webfinger(house.client, name or "somebody", home, scheme="http")
    return "read", "names an actor" if found.actor_uri else "names no actor"


async def _meet_nodeinfo(house: House, one: Recorded) -> tuple[str, str]:
    uri = _served(house.world, one)
    found = find_application(await house.client.fetch_json(uri))
    return "read", "names the instance's actor" if found else "names no actor of the instance"


_KINDS: Mapping[str, Callable[[House, Recorded], Awaitable[tuple[str, str]]]] = {
    "actor": _meet_actor,
    "object": _meet_object,
    "activity": _meet_activity,
    "collection": _meet_collection,
    "webfinger": _meet_webfinger,
    "nodeinfo": _meet_nodeinfo,
    "nodeinfo-index": _meet_nodeinfo,
}
