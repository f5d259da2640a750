"""https://docs.joinmastodon.org/methods/grouped_notifications/"""

from __future__ import annotations

from typing import Any

from actors.queries import find_actors
from api.entities.account import accounts_by_id
from api.entities.notification_group import grouped_results
from api.notifications import MANY, MOST_COUNTED, read_choice, read_kinds
from api.paging import read_page
from api.routing import Answer, Call, Door, Route
from core.errors import InvalidInput, NotFound
from notifications.grouping import GROUPED
from notifications.groups import (
    count_unread_groups,
    dismiss_group,
    find_group,
    list_group_members,
    list_groups,
)
from notifications.models import Kind
from users.markers import find_last_read

Json = dict[str, Any]
_FULL, _PARTIAL = "full", "partial_avatars"


async def get_groups(call: Call) -> Answer:
    """List the caller's notices, those that belong together as one, newest first."""
    page = read_page(call.fields, default=40, largest=MANY)
    choice, kinds = read_choice(call.fields), _grouped_kinds(call)
    expand = call.fields.text("expand_accounts") or _FULL
    if expand not in {_FULL, _PARTIAL}:
        raise InvalidInput(
            f"Invalid value for 'expand_accounts', allowed values are '{_FULL}' and '{_PARTIAL}'"
        )
    async with call.services.database.read() as session:
        found = await list_groups(session, call.me.viewer, page, choice=choice, kinds=kinds)
        built = await grouped_results(
            session, call.me.viewer, found.groups, partial=expand == _PARTIAL
        )
    answer = call.page(page, [], found.ids)
    return Answer(built, headers=answer.headers)


async def get_group(call: Call, group_key: str) -> Json:
    """Show one group of the caller's."""
    async with call.services.database.read() as session:
        found = await find_group(session, call.me.viewer, group_key)
        built = await grouped_results(session, call.me.viewer, [found] if found else [])
    if not built["notification_groups"]:
        raise NotFound(f"no notification group {group_key[:80]!r}")
    return built


async def get_group_accounts(call: Call, group_key: str) -> Answer:
    """List who is in a group of the caller's, newest first."""
    page = read_page(call.fields, default=40, largest=MANY)
    async with call.services.database.read() as session:
        members = await list_group_members(session, call.me.viewer, group_key, page)
        if not members and await find_group(session, call.me.viewer, group_key) is None:
            raise NotFound(f"no notification group {group_key[:80]!r}")
        people = await accounts_by_id(
            session, await find_actors(session, {from_id for _, from_id in members})
        )
    shown = [people[from_id] for _, from_id in members]
    return call.page(page, shown, [notice_id for notice_id, _ in members])


async def post_dismiss_group(call: Call, group_key: str) -> Json:
    """Forget a group of the caller's; as at Mastodon, one that is not there is forgotten too."""
    async with call.services.database.transaction() as session:
        await dismiss_group(session, call.me.actor.id, group_key)
    return {}


async def get_unread_count(call: Call) -> Json:
    """Count the groups in which something came after the caller's marker, up to a limit."""
    limit = call.fields.number("limit", default=100, largest=MOST_COUNTED)
    choice, kinds = read_choice(call.fields), _grouped_kinds(call)
    async with call.services.database.read() as session:
        last_read = await find_last_read(session, call.me.user.id, "notifications")
        count = await count_unread_groups(
            session, call.me.viewer, last_read or 0, limit=limit, choice=choice, kinds=kinds
        )
    return {"count": count}


def _grouped_kinds(call: Call) -> frozenset[Kind]:
    wanted = call.fields.texts("grouped_types")
    return read_kinds(wanted) & GROUPED if wanted else GROUPED


_READ, _WRITE = ("read:notifications",), ("write:notifications",)
_BASE = "/api/v2/notifications"
_ONE = f"{_BASE}/<group_key>"
ROUTES = (
    Route("GET", _BASE, get_groups, Door.USER, _READ),
    Route("GET", f"{_BASE}/unread_count", get_unread_count, Door.USER, _READ),
    Route("GET", _ONE, get_group, Door.USER, _READ),
    Route("POST", f"{_ONE}/dismiss", post_dismiss_group, Door.USER, _WRITE),
    # The documentation says that this one writes; it reads, and Mastodon lets both in.
    Route("GET", f"{_ONE}/accounts", get_group_accounts, Door.USER, _READ + _WRITE),
)
