"""A server that lies about doctors: each of its people gets their badge in another wrong way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from core.clock import now, wire_time
from fakes.actor import FakeActor
from fakes.proofs import credential, status_list
from fakes.remote import FakeRemote

REVOKED = 66


@dataclass(frozen=True)
class Ring:
    """What there is to be abused: the authority, its status list, a credential that it issued."""

    authority: str
    status_list: str
    credential: str


@dataclass(frozen=True)
class Trick:
    """How somebody tries to pass for a doctor, and why their credential is refused, if any."""

    play: Callable[[FakeActor, Ring, int], None]
    reason: str


def serve(
    person: FakeActor, index: int, *, tamper: Mapping[str, Any] | None = None, **changes: Any
) -> None:
    """Serve a credential for somebody, changed before its proof is made; `tamper` after it."""
    remote = person.remote
    uri = f"{remote.base_url}/credentials/{index}"
    lists = changes.pop("status_list", f"{remote.base_url}/credentials/status/1")
    issuer = changes.pop("issuer", remote.instance.uri)
    written = credential(
        uri=uri, issuer=issuer, subject=person.uri, status_list=lists, index=index
    )
    proven = remote.instance.prove(written | changes)
    proven["credentialSubject"] = proven["credentialSubject"] | dict(tamper or {})
    remote.serve(proven)
    person.properties["credentials"] = [uri]


def forged_issuer(person: FakeActor, ring: Ring, index: int) -> None:
    serve(person, index, issuer=ring.authority, status_list=ring.status_list)


def tampered_speciality(person: FakeActor, ring: Ring, index: int) -> None:
    serve(person, index, tamper={"specialities": ["SM54"]})


def replayed_credential(person: FakeActor, ring: Ring, index: int) -> None:
    person.properties["credentials"] = [ring.credential]


def revoked_credential(person: FakeActor, ring: Ring, index: int) -> None:
    serve(person, REVOKED)


def expired_credential(person: FakeActor, ring: Ring, index: int) -> None:
    serve(person, index, validUntil=wire_time(now() - timedelta(seconds=1)))


def list_of_another_host(person: FakeActor, ring: Ring, index: int) -> None:
    serve(person, index, status_list=ring.status_list)


def badge_in_the_name(person: FakeActor, ring: Ring, index: int) -> None:
    person.properties |= {
        "name": "Dr Eve \N{WHITE HEAVY CHECK MARK} Médecin vérifié :verified:",
        "summary": "<p>Médecin vérifié — CHU de Lyon</p>",
        "attachment": [
            {"type": "PropertyValue", "name": "Médecin vérifié", "value": "Cardiologie"},
            {"type": "PropertyValue", "name": "Мédecin vérifié", "value": "Cardiologie"},
        ],
        "tag": [
            {"type": "Emoji", "name": ":verified:", "icon": {"type": "Image", "url": person.uri}}
        ],
        "practitioner": {"profession": "10", "specialities": ["SM04"]},
    }


TRICKS: Mapping[str, Trick] = {
    "forged-issuer": Trick(forged_issuer, "not of its issuer's origin"),
    "tampered-speciality": Trick(tampered_speciality, "not by this key"),
    "replayed-credential": Trick(replayed_credential, "about another actor"),
    "revoked-credential": Trick(revoked_credential, "says that it is revoked"),
    "expired-credential": Trick(expired_credential, "has expired"),
    "list-of-another-host": Trick(list_of_another_host, "not of the issuer's origin"),
    "badge-in-the-name": Trick(badge_in_the_name, ""),
}
def play_all(remote: FakeRemote, ring: Ring) -> dict[str, FakeActor]:
    """Make somebody for every trick, and one who is honest; by the trick's name."""
    people = {name: remote.person(name) for name in [*TRICKS, "honest"]}
    for index, (name, trick) in enumerate(TRICKS.items(), 10):
        trick.play(people[name], ring, index)
    serve(people["honest"], 7)
    written = status_list(
        uri=f"{remote.base_url}/credentials/status/1",
        issuer=remote.instance.uri,
        revoked={REVOKED},
    )
    remote.serve(remote.instance.prove(written))
    return people
