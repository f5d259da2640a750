"""Making local actors: names, keys, rows."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import col

from actors.keyring import wrap
from actors.models import LOCAL_HOST, Actor, ActorKey
from core.clock import now
from core.errors import InvalidInput
from db.session import AsyncSession, settings_of
from federation.keys import KeyPair, generate_ed25519, generate_rsa
from federation.uris import LocalUris, local_uris

MAX_USERNAME = 30
MAX_DISPLAY_NAME = 100
_USERNAME = re.compile(r"[a-z0-9_]+([.-]+[a-z0-9_]+)*")
# Names that a visitor would take for the house itself.
RESERVED = frozenset(
    """abuse actor admin administrator api consilium doctor doctors help hostmaster inbox instance
    mail moderation moderator noreply nobody outbox owner postmaster privacy root security support
    system webmaster well-known www""".split()
)


@dataclass(frozen=True, slots=True)
class NewKeys:
    """Fresh keys for one actor."""

    rsa: KeyPair
    ed25519: KeyPair


async def make_keys() -> NewKeys:
    """Make both keys of an actor, off the event loop."""
    return NewKeys(await asyncio.to_thread(generate_rsa), generate_ed25519())


def check_username(username: str) -> str:
    """Return a username folded; raises InvalidInput for one that nobody may have (WIRE §1)."""
    name = username.strip().lower()
    if len(name) > MAX_USERNAME or not _USERNAME.fullmatch(name):
        raise InvalidInput(
            f"no username: {username[:60]!r} (letters, digits, _ and single . or - inside, at most "
            f"{MAX_USERNAME})"
        )
    if name in RESERVED:
        raise InvalidInput(f"the username {name!r} is reserved")
    return name


async def save_local_actor(
    session: AsyncSession, *, username: str, name: str, keys: NewKeys, type: str = "Person"
) -> Actor:
    """Insert an actor that lives here, with its keys; it is proposed to nobody until it says so.

    Raises InvalidInput for a name that is bad or was ever taken: names are never given again.
    """
    folded = check_username(username)
    if not name.strip() or len(name) > MAX_DISPLAY_NAME:
        raise InvalidInput(f"a display name has 1 to {MAX_DISPLAY_NAME} characters")
    uris = local_uris(settings_of(session))
    await _require_free(session, folded)
    actor = Actor(
        uri=uris.actor(folded),
        username=folded,
        username_key=folded,
        domain=uris.handle_domain,
        type=type,
        name=name.strip(),
        url=uris.profile_page(folded),
        inbox=uris.collection(folded, "inbox"),
        shared_inbox=uris.shared_inbox,
        outbox=uris.collection(folded, "outbox"),
        followers_uri=uris.collection(folded, "followers"),
        following_uri=uris.collection(folded, "following"),
        featured_uri=uris.collection(folded, "featured"),
        approves_followers=True,
        published_at=now(),
    )
    session.add(actor)
    await session.flush()
    add_keys(session, actor, keys)
    return actor


async def _require_free(session: AsyncSession, username: str) -> None:
    taken = await session.scalar(
        select(func.count())
        .select_from(Actor)
        .where(col(Actor.username_key) == username, col(Actor.host) == LOCAL_HOST)
    )
    if taken:
        raise InvalidInput(f"the username {username!r} is taken")


def add_keys(session: AsyncSession, actor: Actor, keys: NewKeys) -> None:
    """Store both keys of a local actor, the private halves wrapped."""
    secret = settings_of(session).secret
    rsa_id = f"{actor.uri}#main-key"
    ed25519_id = f"{actor.uri}#{keys.ed25519.public}"
    for uri, algorithm, pair in (
        (rsa_id, "rsa", keys.rsa),
        (ed25519_id, "ed25519", keys.ed25519),
    ):
        session.add(
            ActorKey(
                uri=uri,
                actor_id=actor.id,
                algorithm=algorithm,
                public_key=pair.public,
                wrapped_private_key=wrap(secret, pair.private, key_id=uri),
            )
        )


def instance_actor_row(uris: LocalUris) -> Actor:
    """Return the row of the actor that is the instance itself (WIRE §1)."""
    return Actor(
        uri=uris.instance_actor,
        username=uris.instance_username,
        username_key=uris.instance_username,
        domain=uris.handle_domain,
        type="Application",
        name=uris.handle_domain,
        url=uris.base_url,
        inbox=f"{uris.instance_actor}/inbox",
        shared_inbox=uris.shared_inbox,
        outbox=f"{uris.instance_actor}/outbox",
        approves_followers=True,
        published_at=now(),
    )
