"""Every URI that we mint, and the way back (WIRE §1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit

from core.errors import InvalidDocument
from core.settings import Settings
from federation.origin import host_of, normal_host


class LocalKind(StrEnum):
    """What one of our URIs names."""

    INSTANCE = "instance"
    ACTOR = "actor"
    POST = "post"
    ACTIVITY = "activity"
    AUTHORIZATION = "authorization"
    COLLECTION = "collection"
    PROFILE_PAGE = "profile page"
    POST_PAGE = "post page"
    CONTEXT = "context"
    CREDENTIAL = "credential"
    STATUS_LIST = "status list"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class LocalUri:
    """A URI of ours, read back. `name` is the collection's name for collections."""

    kind: LocalKind
    username: str | None = None
    id: int | None = None
    name: str | None = None


_USER = r"(?P<username>[A-Za-z0-9_.-]+)"
_ID = r"(?P<id>[0-9]{1,19})"
_PATTERNS: tuple[tuple[LocalKind, re.Pattern[str]], ...] = (
    (LocalKind.INSTANCE, re.compile(r"/actor")),
    (LocalKind.ACTOR, re.compile(f"/users/{_USER}")),
    (LocalKind.POST, re.compile(f"/users/{_USER}/posts/{_ID}")),
    (LocalKind.ACTIVITY, re.compile(f"/users/{_USER}/activities/{_ID}")),
    (LocalKind.ACTIVITY, re.compile(f"/actor/activities/{_ID}")),
    (LocalKind.AUTHORIZATION, re.compile(f"/users/{_USER}/authorizations/{_ID}")),
    (
        LocalKind.COLLECTION,
        re.compile(f"/users/{_USER}/(?P<name>outbox|followers|following|featured|tags)"),
    ),
    (LocalKind.PROFILE_PAGE, re.compile(f"/@{_USER}")),
    (LocalKind.POST_PAGE, re.compile(f"/@{_USER}/{_ID}")),
    (LocalKind.CONTEXT, re.compile(f"/contexts/{_ID}")),
    (LocalKind.STATUS_LIST, re.compile(f"/credentials/status/{_ID}")),
    (LocalKind.CREDENTIAL, re.compile(f"/credentials/{_ID}")),
)


@dataclass(frozen=True, slots=True)
class LocalUris:
    """The URIs of one instance: `base_url` without a final slash, and the handles' domain."""

    base_url: str
    handle_domain: str

    @property
    def host(self) -> str:
        """`host[:port]` in normal form."""
        return host_of(self.base_url)

    @property
    def instance_username(self) -> str:
        """The instance actor's username: the host without port."""
        return self.host.rsplit(":", 1)[0] if not self.host.endswith("]") else self.host

    @property
    def instance_actor(self) -> str:
        """The actor that signs fetches and credentials."""
        return f"{self.base_url}/actor"

    @property
    def shared_inbox(self) -> str:
        """The inbox of everybody here."""
        return f"{self.base_url}/inbox"

    @property
    def trust_list(self) -> str:
        """The list of the issuers that this instance believes."""
        return f"{self.base_url}/trust-list"

    def actor(self, username: str) -> str:
        """The id of a person or group."""
        return f"{self.base_url}/users/{username}"

    def profile_page(self, username: str) -> str:
        """The page about an actor."""
        return f"{self.base_url}/@{username}"

    def collection(self, username: str, name: str) -> str:
        """A collection of an actor: inbox, outbox, followers, following, featured, tags."""
        return f"{self.actor(username)}/{name}"

    def profile(self, username: str, audience: str) -> str:
        """A further profile document: for `doctors` or `contacts`."""
        return f"{self.actor(username)}/profile/{audience}"

    def post(self, username: str, post_id: int) -> str:
        """The id of a post."""
        return f"{self.actor(username)}/posts/{post_id}"

    def post_page(self, username: str, post_id: int) -> str:
        """The page of a post."""
        return f"{self.base_url}/@{username}/{post_id}"

    def activity(self, username: str, activity_id: int) -> str:
        """The id of an activity of a person or group."""
        return f"{self.actor(username)}/activities/{activity_id}"

    def authorization(self, username: str, stamp_id: int) -> str:
        """The id of a stamp by which somebody lets a post be quoted (FEP-044f)."""
        return f"{self.actor(username)}/authorizations/{stamp_id}"

    def context(self, thread_id: int) -> str:
        """The collection of a thread (FEP-7888)."""
        return f"{self.base_url}/contexts/{thread_id}"

    def credential(self, credential_id: int) -> str:
        """The id of a credential."""
        return f"{self.base_url}/credentials/{credential_id}"

    def status_list(self, number: int) -> str:
        """The id of a status list."""
        return f"{self.base_url}/credentials/status/{number}"

    def tag_page(self, name: str) -> str:
        """The page of a hashtag, given without `#`."""
        return f"{self.base_url}/tags/{quote(name)}"

    def handle(self, username: str) -> str:
        """`alice@chu-lyon.example`."""
        return f"{username}@{self.handle_domain}"

    def is_local(self, uri: str) -> bool:
        """Tell whether a URI is on our host; what is no URI is not."""
        try:
            return host_of(uri) == self.host
        except InvalidDocument:
            return False

    def parse(self, uri: str) -> LocalUri | None:
        """Read one of our URIs back; None when it is not ours (fragment and query are ignored)."""
        if not self.is_local(uri):
            return None
        path = unquote(urlsplit(uri).path).rstrip("/")
        for kind, pattern in _PATTERNS:
            if found := pattern.fullmatch(path):
                parts = found.groupdict()
                number = int(parts["id"]) if parts.get("id") else None
                return LocalUri(kind, parts.get("username"), number, parts.get("name"))
        return LocalUri(LocalKind.OTHER)


@lru_cache(maxsize=16)
def _uris(base_url: str, handle_domain: str) -> LocalUris:
    return LocalUris(base_url, handle_domain)


def local_uris(settings: Settings) -> LocalUris:
    """Return the URIs of the instance with these settings."""
    return _uris(settings.base_url, settings.resolved_handle_domain)


def handle_parts(handle: str) -> tuple[str, str | None]:
    """Split `@alice@host`, `acct:alice@host` or `alice` into name and host (None when local).

    Raises InvalidDocument for what is no handle.
    """
    bare = handle.strip().removeprefix("acct:").removeprefix("@")
    name, _, domain = bare.partition("@")
    if not name or "@" in domain or len(bare) > 512 or any(c.isspace() or c in "/\\" for c in bare):
        raise InvalidDocument(f"no handle: {handle[:100]!r}")
    return name, _handle_host(domain) if domain else None


def _handle_host(domain: str) -> str:
    host, colon, port = domain.partition(":")
    if colon and not port.isdigit():
        raise InvalidDocument(f"no host name: {domain[:100]!r}")
    return normal_host(host) + (f":{port}" if colon else "")
