"""A populated instance, and how each endpoint that an app calls is visited there.

The table names what is sent; where an address has a hole (`:id`), the scene says what stands there.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from werkzeug.datastructures import FileStorage

from core.clock import now

_SHARED = Path(os.environ.get("SHARED_FOLDER", Path(__file__).resolve().parents[2] / "shared"))
TABLE = _SHARED / "mastodon-api" / "endpoints.tsv"
APPS = frozenset({"Elk", "IceCubes", "Phanpy", "Tusky", "toot"})
# Pages and streams have tests of their own: a browser, and a socket.
ELSEWHERE = frozenset({("GET", "/oauth/authorize")})


@dataclass(frozen=True, slots=True)
class Row:
    """An endpoint that an app calls."""

    method: str
    path: str
    area: str
    apps: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str]:
        return self.method, self.path


def rows() -> list[Row]:
    """Return the endpoints that one of the five apps calls; none where the table is absent."""
    if not TABLE.exists():
        return []
    with TABLE.open() as file:
        read = list(csv.DictReader(file, delimiter="\t"))
    found = []
    for row in read:
        callers = APPS & set(row["clients_using"].split(","))
        if callers and row["admin"] != "y":
            found.append(Row(row["method"], row["path"], row["area"], tuple(sorted(callers))))
    return found


@dataclass(frozen=True, slots=True)
class Visit:
    """What is sent to an endpoint, and what is to come of it.

    `filled` tells that a list must hold something, `paged` that it is walked page by page, `holes`
    what stands in its address where that is not what stands there for others.
    """

    fields: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    filled: bool = True
    paged: bool = False
    form: bool = False
    holes: dict[str, str] = field(default_factory=dict)


# What stands in a hole, by the path before it.
HOLES = {
    "/api/v1/accounts/": "bruno",
    "/api/v1/announcements/": "announcement",
    "/api/v1/annual_reports/": "year",
    "/api/v1/collections/": "collection",
    "/api/v1/conversations/": "conversation",
    "/api/v1/featured_tags/": "featured_tag",
    "/api/v1/filters/": "keyword",
    "/api/v2/filters/keywords/": "keyword",
    "/api/v2/filters/": "filter",
    "/api/v1/follow_requests/": "erik",
    "/api/v1/lists/": "list",
    "/api/v1/media/": "media",
    "/api/v1/notifications/requests/": "request",
    "/api/v1/notifications/": "notice",
    "/api/v2/notifications/": "group_key",
    "/api/v1/polls/": "poll",
    "/api/v1/scheduled_statuses/": "scheduled",
    "/api/v1/statuses/": "status",
    "/api/v1/tags/": "tag",
    "/api/v1/timelines/tag/": "tag",
    "/api/v1/timelines/list/": "list",
    "/api/v1/collections/:collection_id/items/": "item",
    "/api/v1/statuses/:id/quotes/": "quoting",
    "/api/v1/announcements/:id/reactions/": "name",
}

PAGED, ANY = Visit(paged=True), Visit(filled=False)

VISITS: dict[tuple[str, str], Visit] = {
    ("PATCH", "/api/v1/accounts/update_credentials"): Visit({"display_name": "Dr Alice"}),
    ("GET", "/api/v1/accounts"): Visit({"id[]": "{bruno}"}),
    ("GET", "/api/v1/accounts/:id/statuses"): PAGED,
    ("GET", "/api/v1/accounts/:id/followers"): PAGED,
    ("GET", "/api/v1/accounts/:id/following"): PAGED,
    ("POST", "/api/v1/accounts/:id/note"): Visit({"comment": "Rythmologue"}),
    ("GET", "/api/v1/accounts/relationships"): Visit({"id[]": "{bruno}"}),
    ("GET", "/api/v1/accounts/familiar_followers"): Visit({"id[]": "{chloe}"}),
    ("GET", "/api/v1/accounts/search"): Visit({"q": "bru"}),
    ("GET", "/api/v1/accounts/lookup"): Visit({"acct": "bruno"}),
    ("GET", "/api/v1/annual_reports/:year"): Visit(status=404),
    ("POST", "/api/v1/apps"): Visit({"client_name": "Test", "redirect_uris": "app://done"}),
    ("GET", "/api/v1/blocks"): PAGED,
    ("GET", "/api/v1/mutes"): PAGED,
    ("GET", "/api/v1/bookmarks"): PAGED,
    ("GET", "/api/v1/favourites"): PAGED,
    ("GET", "/api/v1/domain_blocks"): PAGED,
    ("POST", "/api/v1/domain_blocks"): Visit({"domain": "loud.example"}),
    ("DELETE", "/api/v1/domain_blocks"): Visit({"domain": "loud.example"}),
    ("POST", "/api/v1/accounts/:id/pin"): Visit(holes={"/api/v1/accounts/": "gil"}),
    ("POST", "/api/v1/accounts/:id/unpin"): Visit(holes={"/api/v1/accounts/": "gil"}),
    ("POST", "/api/v1/collections/:collection_id/items/:id/revoke"): Visit(
        holes={
            "/api/v1/collections/": "praise",
            "/api/v1/collections/:collection_id/items/": "praised",
        }
    ),
    ("DELETE", "/api/v1/filters/:id"): Visit(holes={"/api/v1/filters/": "lone_keyword"}),
    ("POST", "/api/v1/follow_requests/:account_id/reject"): Visit(
        holes={"/api/v1/follow_requests/": "hugo"}
    ),
    ("POST", "/oauth/token"): Visit(
        {
            "grant_type": "client_credentials",
            "client_id": "{client_id}",
            "client_secret": "{client_secret}",
        },
        form=True,
    ),
    ("POST", "/oauth/revoke"): Visit(
        {"token": "unknown", "client_id": "{client_id}", "client_secret": "{client_secret}"},
        form=True,
    ),
    ("POST", "/api/v1/collections"): Visit(
        {"name": "Rythmologues", "description": "", "sensitive": False, "discoverable": True}
    ),
    ("PATCH", "/api/v1/collections/:id"): Visit({"name": "Cardiologues"}),
    ("POST", "/api/v1/collections/:collection_id/items"): Visit({"account_id": "{dave}"}),
    ("GET", "/api/v1/conversations"): PAGED,
    ("GET", "/api/v1/custom_emojis"): ANY,
    ("POST", "/api/v1/featured_tags"): Visit({"name": "rythmologie"}),
    ("POST", "/api/v2/filters"): Visit(
        {"title": "Sport", "context[]": "home", "keywords_attributes[0][keyword]": "foot"},
        form=True,
    ),
    ("PUT", "/api/v2/filters/:id"): Visit({"title": "Loisirs"}),
    ("POST", "/api/v2/filters/:filter_id/keywords"): Visit({"keyword": "tennis"}),
    ("PUT", "/api/v2/filters/keywords/:id"): Visit({"keyword": "rugby"}),
    ("POST", "/api/v1/filters"): Visit({"phrase": "golf", "context": ["home"]}),
    ("PUT", "/api/v1/filters/:id"): Visit({"phrase": "golf", "context": ["home"]}),
    ("GET", "/api/v1/follow_requests"): PAGED,
    ("GET", "/api/v1/followed_tags"): PAGED,
    ("GET", "/api/v1/instance/peers"): ANY,
    ("POST", "/api/v1/lists"): Visit({"title": "Garde"}),
    ("PUT", "/api/v1/lists/:id"): Visit({"title": "Service"}),
    ("GET", "/api/v1/lists/:id/accounts"): PAGED,
    ("POST", "/api/v1/lists/:id/accounts"): Visit({"account_ids": ["{gil}"]}),
    ("DELETE", "/api/v1/lists/:id/accounts"): Visit({"account_ids": ["{gil}"]}),
    ("GET", "/api/v1/markers"): Visit({"timeline[]": "home"}),
    ("POST", "/api/v1/markers"): Visit({"home[last_read_id]": "{status}"}, form=True),
    ("PUT", "/api/v1/media/:id"): Visit({"description": "Tracé"}),
    ("GET", "/api/v1/notifications"): PAGED,
    ("GET", "/api/v1/notifications/requests"): PAGED,
    ("POST", "/api/v1/notifications/requests/:id/dismiss"): Visit(
        holes={"/api/v1/notifications/requests/": "second_request"}
    ),
    ("POST", "/api/v1/notifications/requests/accept"): Visit({"id": ["{third_request}"]}),
    ("POST", "/api/v1/notifications/requests/dismiss"): Visit({"id": ["{fourth_request}"]}),
    ("PATCH", "/api/v2/notifications/policy"): Visit({"for_new_accounts": "accept"}),
    ("POST", "/api/v1/polls/:id/votes"): Visit({"choices": [0]}),
    ("PATCH", "/api/v1/profile"): Visit({"display_name": "Dr Alice"}),
    ("POST", "/api/v1/push/subscription"): Visit(
        {
            "subscription[endpoint]": "https://push.example/alice",
            "subscription[keys][p256dh]": "{p256dh}",
            "subscription[keys][auth]": "{auth}",
            "data[alerts][mention]": "true",
        },
        form=True,
    ),
    ("PUT", "/api/v1/push/subscription"): Visit({"data[alerts][mention]": "false"}, form=True),
    ("POST", "/api/v1/reports"): Visit({"account_id": "{chloe}", "comment": "Spam"}),
    ("GET", "/api/v1/scheduled_statuses"): PAGED,
    ("PUT", "/api/v1/scheduled_statuses/:id"): Visit({"scheduled_at": "{tomorrow}"}),
    ("GET", "/api/v2/search"): Visit({"q": "électrocardiogramme"}),
    ("GET", "/api/v1/search"): Visit({"q": "bruno"}),
    ("POST", "/api/v1/statuses"): Visit({"status": "Bonjour", "visibility": "public"}),
    ("GET", "/api/v1/statuses"): Visit({"id[]": "{status}"}),
    ("POST", "/api/v1/statuses/:id/translate"): Visit(status=404),
    ("GET", "/api/v1/statuses/:id/reblogged_by"): PAGED,
    ("GET", "/api/v1/statuses/:id/favourited_by"): PAGED,
    ("GET", "/api/v1/statuses/:id/quotes"): PAGED,
    ("PUT", "/api/v1/statuses/:id"): Visit({"status": "Encore un #ecg"}),
    ("PUT", "/api/v1/statuses/:id/interaction_policy"): Visit(
        {"quote_approval_policy": "followers"}
    ),
    ("GET", "/api/v1/timelines/home"): PAGED,
    ("GET", "/api/v1/timelines/public"): PAGED,
    ("GET", "/api/v1/timelines/tag/:hashtag"): PAGED,
    ("GET", "/api/v1/timelines/list/:list_id"): PAGED,
    ("GET", "/api/v1/timelines/link"): Visit({"url": "{link}"}),
}


def address(path: str, names: dict[str, str], holes: Mapping[str, str] | None = None) -> str:
    """Fill the holes of a path with what the scene has there."""
    known = HOLES | dict(holes or {})
    return re.sub(r":\w+", lambda found: names[known[path[: found.start()]]], path)


def filled(value: Any, names: dict[str, str]) -> Any:
    """Fill the names in braces of what is sent."""
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda name: names[name[1]], value)
    if isinstance(value, list):
        return [filled(each, names) for each in value]
    if isinstance(value, dict):
        return {name: filled(each, names) for name, each in value.items()}
    return value


def tomorrow() -> str:
    """Return a moment at which a post may be written later."""
    return (now() + timedelta(days=1)).isoformat()


def picture() -> FileStorage:
    """Return a small picture, ready to be uploaded."""
    from PIL import Image

    written = io.BytesIO()
    Image.new("RGB", (64, 48), (30, 120, 110)).save(written, "PNG")
    written.seek(0)
    return FileStorage(written, "ecg.png", content_type="image/png")
