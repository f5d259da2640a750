"""Somebody who lives on a fake remote: keys, a document, activities, signed requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.clock import now, wire_time
from core.ids import new_id
from fakes.proofs import multibase, prove
from fakes.signing import next_rsa_key, public_pem

if TYPE_CHECKING:
    from fakes.remote import FakeRemote, Reply

AS = "https://www.w3.org/ns/activitystreams"
PUBLIC = AS + "#Public"
DOCTORS = "https://w3id.org/consilium#VerifiedDoctors"
GENERATOR = {
    "type": "Application",
    "implements": [
        {
            "href": "https://datatracker.ietf.org/doc/html/rfc9421",
            "name": "RFC-9421: HTTP Message Signatures",
        }
    ],
}
CONTEXT = [
    AS,
    "https://w3id.org/security/v1",
    "https://w3id.org/security/data-integrity/v2",
    {"consilium": "https://w3id.org/consilium#", "clinical": "consilium:clinical"},
]


class FakeActor:
    """An actor of a `FakeRemote`; change `properties` to change or remove (None) what it shows."""

    def __init__(
        self, remote: FakeRemote, path: str, username: str, kind: str, **properties: Any
    ) -> None:
        self.remote = remote
        self.username = username
        self.kind = kind
        self.uri = remote.base_url + path
        self.key: rsa.RSAPrivateKey = next_rsa_key()
        self.proof_key = Ed25519PrivateKey.generate()
        self.key_id = f"{self.uri}#main-key"
        self.properties = properties

    def __repr__(self) -> str:
        return f"<{self.handle}>"

    @property
    def handle(self) -> str:
        return f"{self.username}@{self.remote.domain}"

    @property
    def inbox(self) -> str:
        return f"{self.uri}/inbox"

    @property
    def followers(self) -> str:
        return f"{self.uri}/followers"

    @property
    def public_pem(self) -> str:
        return public_pem(self.key)

    @property
    def multibase(self) -> str:
        return multibase(self.proof_key)

    @property
    def proof_key_id(self) -> str:
        return f"{self.uri}#{self.multibase}"

    def rotate_key(self) -> None:
        """Take another RSA key under the same id, as Mastodon does."""
        old = self.key
        while self.key is old:
            self.key = next_rsa_key()

    def rotate_proof_key(self) -> None:
        self.proof_key = Ed25519PrivateKey.generate()

    def document(self) -> dict[str, Any]:
        """Return what a GET of the actor answers."""
        written = {
            "@context": CONTEXT,
            "id": self.uri,
            "type": self.kind,
            "preferredUsername": self.username,
            "name": f"Dr {self.username.title()}",
            "summary": "",
            "url": f"{self.remote.base_url}/@{self.username}",
            "inbox": self.inbox,
            "outbox": f"{self.uri}/outbox",
            "followers": self.followers,
            "following": f"{self.uri}/following",
            "featured": f"{self.uri}/featured",
            "endpoints": {"sharedInbox": self.remote.shared_inbox},
            "manuallyApprovesFollowers": False,
            "publicKey": {
                "id": self.key_id,
                "owner": self.uri,
                "publicKeyPem": self.public_pem,
            },
            "assertionMethod": [
                {
                    "id": self.proof_key_id,
                    "type": "Multikey",
                    "controller": self.uri,
                    "publicKeyMultibase": self.multibase,
                }
            ],
            "authentication": [self.proof_key_id],
            "generator": GENERATOR if self.remote.announces else None,
            **self.properties,
        }
        return {name: value for name, value in written.items() if value is not None}

    def prove(self, document: dict[str, Any], **options: Any) -> dict[str, Any]:
        """Return the document with this actor's integrity proof."""
        return prove(document, key=self.proof_key, method=self.proof_key_id, **options)

    def activity(self, kind: str, object: Any, **more: Any) -> dict[str, Any]:
        """Write an activity of this actor; `id=None` (or any other None) leaves a property out."""
        written = {
            "@context": CONTEXT,
            "id": f"{self.uri}/activities/{new_id()}",
            "type": kind,
            "actor": self.uri,
            "object": object,
            "published": wire_time(now()),
            **more,
        }
        return {name: value for name, value in written.items() if value is not None}

    def note(self, content: str = "<p>Bonjour</p>", **more: Any) -> dict[str, Any]:
        """Write a public post of this actor and serve it at its id; `more` replaces properties."""
        uri = f"{self.uri}/posts/{new_id()}"
        written = {
            "@context": CONTEXT,
            "id": uri,
            "type": "Note",
            "attributedTo": self.uri,
            "content": content,
            "published": wire_time(now()),
            "url": uri.replace("/users/", "/@").replace("/posts/", "/"),
            "to": [PUBLIC],
            "cc": [self.followers],
            "inReplyTo": None,
            "tag": [],
            **more,
        }
        return self.remote.serve(written)

    def doctors_note(self, content: str = "<p>Un avis ?</p>", **more: Any) -> dict[str, Any]:
        """Write a post to the verified doctors (WIRE §6) and serve it at its id."""
        return self.note(content, **{"to": [DOCTORS], "cc": [], **more})

    def create(self, note: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Write the Create of a post, with the post's audience."""
        audience = {"to": note.get("to"), "cc": note.get("cc")}
        return self.activity("Create", note, **{**audience, **more})

    def follow(self, whom: str, **more: Any) -> dict[str, Any]:
        return self.activity("Follow", whom, **more)

    def undo(self, activity: dict[str, Any], **more: Any) -> dict[str, Any]:
        return self.activity("Undo", activity, **more)

    async def post(self, inbox: str, activity: Any, **knobs: Any) -> Reply:
        """POST an activity, signed by this actor; the knobs are `signing.sign_request`'s."""
        return await self.remote.post(inbox, activity, actor=self, **knobs)

    async def get(self, url: str, **knobs: Any) -> Reply:
        """GET a document, signed by this actor."""
        return await self.remote.get(url, actor=self, **knobs)

    def credential(self, *, index: int = 7, issuer: FakeActor | None = None, **changes: Any) -> str:
        """Serve a proven credential of WIRE §5 for this actor and list it; return its id.

        `changes` go to the subject. The status list is `remote.serve_status_list`'s.
        """
        return self.remote.issue(self, issuer or self.remote.instance, index, changes)
