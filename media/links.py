"""Addresses of files: bare ones for what is public, signed and expiring ones for the rest (F14)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.settings import Settings

# What a client is given: stable for half of it, so that pictures are not fetched anew all the time.
FOR_CLIENTS = timedelta(hours=12)
# What another server is given: its document is written once, and it fetches when it likes.
FOR_SERVERS = timedelta(days=400)
_SIGNATURE_LENGTH = 32


class Opening(StrEnum):
    """For whom a file opens."""

    NOBODY = "nobody"
    READER = "who holds the link"
    EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class Link:
    """What an address proves: nothing, or that somebody was given it.

    `post_id` is the post with which it was shown; `viewer_id` to whom, None for another server.
    """

    post_id: int | None = None
    viewer_id: int | None = None

    @property
    def is_bare(self) -> bool:
        """Whether anybody could have written it."""
        return self.post_id is None and self.viewer_id is None


def media_url(
    settings: Settings,
    key: str,
    *,
    open_to_all: bool,
    post_id: int | None,
    moment: datetime,
    viewer_id: int | None = None,
    lasts: timedelta = FOR_CLIENTS,
) -> str:
    """Return the address of one of our files, as given to somebody at a moment.

    What is not open to all is signed for a post, for a viewer, or for both, and lasts between half
    of `lasts` and the whole. Whether it still opens anything is asked of the database each time.
    """
    bare = f"{settings.base_url}/media/{key}"
    if open_to_all:
        return bare
    expiry = _expiry(moment, lasts)
    signature = _sign(settings, "file", key, expiry, post_id or "", viewer_id or "")
    named = f"&p={post_id}" if post_id is not None else ""
    named += f"&v={viewer_id}" if viewer_id is not None else ""
    return f"{bare}?e={expiry}{named}&s={signature}"


def check_link(
    settings: Settings, key: str, query: Mapping[str, str], *, moment: datetime
) -> Link | None:
    """Read the query of a file's address; None when it is forged, spoilt or has expired."""
    if "s" not in query:
        return Link()
    expiry, post_id, viewer_id = (_number(query.get(name)) for name in "epv")
    expected = _sign(settings, "file", key, expiry or 0, post_id or "", viewer_id or "")
    if not hmac.compare_digest(expected.encode(), query["s"].encode(errors="replace")):
        return None
    if expiry is None or expiry < moment.timestamp():
        return None
    link = Link(post_id, viewer_id)
    return None if link.is_bare else link


def attachment_url(
    settings: Settings,
    row: Mapping[str, Any],
    *,
    open_to_all: bool,
    post_id: int,
    moment: datetime,
    viewer_id: int | None = None,
    lasts: timedelta = FOR_CLIENTS,
    preview: bool = False,
) -> str | None:
    """Return the address of what a row of `Post.attachments` names: ours as above, others' as is.

    With `preview` that of its small picture, None where there is none.
    """
    if row.get("media_id") is None:
        return None if preview else str(row["url"])
    key = row.get("preview_key") if preview else row["key"]
    if key is None:
        return None
    return media_url(
        settings,
        key,
        open_to_all=open_to_all,
        post_id=post_id,
        moment=moment,
        viewer_id=viewer_id,
        lasts=lasts,
    )


def picture_url(settings: Settings, url: str, *, is_ours: bool, small: bool = False) -> str:
    """Return where an actor's picture is shown: as it is if it is ours, else through our proxy."""
    return url if is_ours else proxy_url(settings, url, small=small)


@dataclass(frozen=True, slots=True)
class ProxyLink:
    """What a proxy link passes on, and with which post it was shown; `small` is a still.

    `expires` is in seconds of the clock, None for one that does not.
    """

    url: str
    small: bool = False
    link: Link = field(default_factory=Link)
    expires: int | None = None


def proxy_url(
    settings: Settings,
    url: str,
    *,
    small: bool = False,
    post_id: int | None = None,
    expires_from: datetime | None = None,
    viewer_id: int | None = None,
) -> str:
    """Return the address under which we pass on a file of another host; `small` of its still.

    With `post_id` it opens nothing once that post is gone. What is not open to all is for a viewer,
    and expires some hours after `expires_from`.
    """
    if expires_from is None:
        named = {"p": post_id, "small": int(small) or None}
    else:
        expiry = _expiry(expires_from, FOR_CLIENTS)
        named = {"e": expiry, "p": post_id, "v": viewer_id, "small": int(small) or None}
    query = "&".join(f"{name}={value}" for name, value in named.items() if value is not None)
    return _proxied(_key(settings), settings.base_url, url, query)


@lru_cache(maxsize=8192)
def _proxied(key: bytes, base_url: str, url: str, query: str) -> str:
    encoded = base64.urlsafe_b64encode(url.encode(errors="replace")).decode().rstrip("=")
    signature = _signature(key, "proxy", encoded, query)
    return f"{base_url}/media/proxy/{signature}/{encoded}" + (f"?{query}" if query else "")


def check_proxy_link(
    settings: Settings, signature: str, encoded: str, *, query: str
) -> ProxyLink | None:
    """Read a proxy link with its query as it came; None for one that we did not write."""
    expected = _signature(_key(settings), "proxy", encoded, query)
    if not hmac.compare_digest(expected.encode(), signature.encode(errors="replace")):
        return None
    # Ours from here on.
    said = dict(part.split("=") for part in query.split("&") if part)
    url = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    expires, post_id, viewer_id = (_number(said.get(name)) for name in "epv")
    return ProxyLink(url, "small" in said, Link(post_id, viewer_id), expires)


def _expiry(moment: datetime, lasts: timedelta) -> int:
    """Return when a link ends: between half of `lasts` and the whole, so that it is stable."""
    step = int(lasts.total_seconds()) // 2
    return (int(moment.timestamp()) // step + 2) * step


def _number(text: str | None) -> int | None:
    if not text or not text.isascii() or not text.isdigit() or len(text) > 19:
        return None
    return int(text)


def _sign(settings: Settings, *said: object) -> str:
    return _signature(_key(settings), *said)


def _signature(key: bytes, *said: object) -> str:
    message = "\0".join(str(part) for part in said).encode(errors="replace")
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:_SIGNATURE_LENGTH]


_keys: dict[tuple[Path, str], bytes] = {}


def _key(settings: Settings) -> bytes:
    """Return the key of these signatures; the secret may be a file, and is read once."""
    source = (settings.data_dir, settings.secret_key.get_secret_value())
    if source not in _keys:
        _keys[source] = hmac.new(settings.secret, b"media links", hashlib.sha256).digest()
    return _keys[source]
