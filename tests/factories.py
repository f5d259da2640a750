"""Actors for tests, with real keys; the slow RSA keys are made once a process and shared out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from itertools import count

from actors.create import NewKeys, add_keys, instance_actor_row, save_local_actor
from actors.models import Actor, ActorKey, Badge
from core.clock import now
from db.session import AsyncSession, settings_of
from doctors.models import RegisterEntry, RegisterImport
from doctors.names import name_key
from federation.keys import KeyPair, generate_ed25519, generate_rsa
from federation.uris import local_uris
from moderation.models import Peer, PeerClass
from moderation.queries import save_peer
from users.models import Role, User

_RSA_KEYS = 4
_turn = count()


@cache
def _rsa(number: int) -> KeyPair:
    return generate_rsa()


def new_keys() -> NewKeys:
    """Return keys for one actor: Ed25519 of its own, RSA out of a small stock."""
    return NewKeys(_rsa(next(_turn) % _RSA_KEYS), generate_ed25519())


async def make_local_actor(
    session: AsyncSession, username: str = "alice", *, doctor: bool = False, locked: bool = False
) -> Actor:
    """Insert a local actor with keys who lets themselves be found; `doctor` gives a badge."""
    actor = await save_local_actor(
        session, username=username, name=f"Dr {username.title()}", keys=new_keys()
    )
    actor.approves_followers = locked
    actor.discoverable = True
    await session.flush()
    if doctor:
        await give_badge(session, actor)
    return actor


async def make_user(session: AsyncSession, actor: Actor, *, role: Role = Role.MEMBER) -> User:
    """Insert the person behind a local actor: confirmed, approved, without a password."""
    address = f"{actor.username}@chu.example"
    user = User(
        actor_id=actor.id,
        email=address,
        email_key=address,
        password_hash="",
        role=role,
        confirmed_at=now(),
        approved_at=now(),
    )
    session.add(user)
    await session.flush()
    return user


async def make_instance_actor(session: AsyncSession) -> Actor:
    """Insert the instance actor with keys."""
    actor = instance_actor_row(local_uris(settings_of(session)))
    session.add(actor)
    await session.flush()
    add_keys(session, actor, new_keys())
    await session.flush()
    return actor


async def make_remote_actor(
    session: AsyncSession,
    username: str = "bob",
    *,
    host: str = "b.localhost:8002",
    doctor: bool = False,
    locked: bool = False,
    keys: NewKeys | None = None,
    avatar: str | None = None,
    header: str | None = None,
    emojis: Sequence[dict[str, str]] = (),
) -> Actor:
    """Insert an actor of another host, as if it had been fetched; `keys` are its public ones."""
    base = f"http://{host}"
    uri = f"{base}/users/{username}"
    actor = Actor(
        uri=uri,
        username=username,
        username_key=username.lower(),
        host=host,
        domain=host,
        name=f"Dr {username.title()}",
        url=f"{base}/@{username}",
        inbox=f"{uri}/inbox",
        shared_inbox=f"{base}/inbox",
        outbox=f"{uri}/outbox",
        followers_uri=f"{uri}/followers",
        following_uri=f"{uri}/following",
        featured_uri=f"{uri}/featured",
        approves_followers=locked,
        avatar_url=avatar,
        header_url=header,
        emojis=list(emojis),
        fetched_at=now(),
    )
    session.add(actor)
    await session.flush()
    keys = keys or new_keys()
    for key_uri, algorithm, public in (
        (f"{uri}#main-key", "rsa", keys.rsa.public),
        (f"{uri}#{keys.ed25519.public}", "ed25519", keys.ed25519.public),
    ):
        session.add(
            ActorKey(uri=key_uri, actor_id=actor.id, algorithm=algorithm, public_key=public)
        )
    await session.flush()
    if doctor:
        await give_badge(session, actor)
    return actor


async def give_badge(
    session: AsyncSession, actor: Actor, *, is_doctor: bool = True, days: float = 90
) -> Badge:
    """Write a badge as `doctors/` would; a negative number of days makes it lapsed."""
    base = actor.uri.rpartition("/users/")[0]
    badge = Badge(
        actor_id=actor.id,
        credential_uri=f"{base}/credentials/{actor.id}",
        issuer_uri=f"{base}/actor",
        issuer_name=actor.domain,
        name=actor.name,
        register_code="FR-RPPS",
        registration_number="99900000018",
        profession="10" if is_doctor else "60",
        profession_label="Médecin" if is_doctor else "Infirmier",
        label="Médecin vérifié" if is_doctor else "Infirmier vérifié",
        specialities=["SM04"] if is_doctor else [],
        specialities_label="Cardiologie et maladies vasculaires" if is_doctor else "",
        institution="CHU",
        assurance="register-match",
        is_doctor=is_doctor,
        verified_at=now(),
        valid_until=now() + timedelta(days=days),
        status_checked_at=now(),
    )
    session.add(badge)
    await session.flush()
    return badge


async def make_peer(
    session: AsyncSession,
    host: str = "b.localhost:8002",
    *,
    peer_class: PeerClass = PeerClass.CLINICAL,
    **values: object,
) -> Peer:
    """Insert a decision about another host."""
    return await save_peer(session, Peer(host=host, peer_class=peer_class, **values))


async def make_register_entry(
    session: AsyncSession, number: str, given: str, family: str, **values: object
) -> RegisterEntry:
    """Insert a physician into the French register, with an edition of its file."""
    edition = RegisterImport(
        register_code="FR-RPPS", file_name="x", file_digest="x", finished_at=now()
    )
    session.add(edition)
    await session.flush()
    said = {
        "register_code": "FR-RPPS",
        "number": number,
        "family_name": family.upper(),
        "given_name": given,
        "name_key": name_key(given=given, family=family),
        "profession": "10",
        "edition_id": edition.id,
    }
    entry = RegisterEntry(**said | values)
    session.add(entry)
    await session.flush()
    return entry
