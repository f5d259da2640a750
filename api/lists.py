"""https://docs.joinmastodon.org/methods/lists/"""

from __future__ import annotations

from typing import Any

from actors.lists import checked_title, get_list, list_lists, list_members, make_list
from actors.models import ActorList, RepliesPolicy
from actors.queries import get_actor
from api.acting import acting
from api.entities.account import accounts
from api.fields import Fields, path_id
from api.paging import read_page
from api.routing import Answer, Call, Door, Route
from core.errors import InvalidInput
from posts.list_timelines import change_list, drop_list, put_on_list, take_off_list

Json = dict[str, Any]
MANY = 80


async def get_lists(call: Call) -> list[Json]:
    """List the caller's lists."""
    async with call.services.database.read() as session:
        return [list_json(each) for each in await list_lists(session, call.me.actor.id)]


async def get_one(call: Call, id: str) -> Json:
    """Show a list of the caller's."""
    async with call.services.database.read() as session:
        return list_json(await get_list(session, call.me.actor.id, path_id(id)))


async def post_list(call: Call) -> Json:
    """Make a list."""
    title = call.fields.text("title") or ""
    policy = _policy(call.fields, RepliesPolicy.LIST)
    exclusive = bool(call.fields.flag("exclusive"))
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        return list_json(
            await make_list(session, me.id, title, replies_policy=policy, exclusive=exclusive)
        )


async def put_list(call: Call, id: str) -> Json:
    """Change a list; what is not sent stays."""
    title, exclusive = call.fields.text("title"), call.fields.flag("exclusive")
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        found = await get_list(session, me.id, path_id(id))
        await change_list(
            session,
            found,
            title=found.title if title is None else checked_title(title),
            replies_policy=_policy(call.fields, found.replies_policy),
            exclusive=found.exclusive if exclusive is None else exclusive,
        )
        return list_json(found)


async def delete_one(call: Call, id: str) -> Json:
    """Delete a list."""
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        await drop_list(session, await get_list(session, me.id, path_id(id)))
    return {}


async def get_accounts(call: Call, id: str) -> Answer:
    """List who is on a list; `limit=0` means all of them."""
    is_all = (call.fields.text("limit") or "").strip() == "0"
    page = read_page(call.fields, default=40, largest=MANY)
    async with call.services.database.read() as session:
        found = await get_list(session, call.me.actor.id, path_id(id))
        rows = await list_members(session, found, None if is_all else page)
        built = await accounts(session, [actor for _, actor in rows])
    if is_all:
        return Answer(built)
    return call.page(page, built, [member.id for member, _ in rows])


async def post_accounts(call: Call, id: str) -> Json:
    """Put people whom the caller follows on a list."""
    actor_ids = call.fields.ids("account_ids")
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        found = await get_list(session, me.id, path_id(id))
        await put_on_list(session, found, actor_ids)
    return {}


async def delete_accounts(call: Call, id: str) -> Json:
    """Take people off a list; who is not on it stays off."""
    actor_ids = call.fields.ids("account_ids")
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        found = await get_list(session, me.id, path_id(id))
        await take_off_list(session, found, actor_ids)
    return {}


async def get_lists_of(call: Call, id: str) -> list[Json]:
    """List the caller's lists on which an account is."""
    async with call.services.database.read() as session:
        actor = await get_actor(session, path_id(id))
        mine = await list_lists(session, call.me.actor.id, with_member=actor.id)
        return [list_json(each) for each in mine]


def list_json(found: ActorList) -> Json:
    """Build a List. https://docs.joinmastodon.org/entities/List/"""
    return {
        "id": str(found.id),
        "title": found.title,
        "replies_policy": found.replies_policy.value,
        "exclusive": found.exclusive,
    }


def _policy(fields: Fields, known: RepliesPolicy) -> RepliesPolicy:
    text = fields.text("replies_policy")
    if not text:
        return known
    try:
        return RepliesPolicy(text)
    except ValueError as error:
        raise InvalidInput(
            f"'{text[:40]}' is not a valid replies_policy: none, list or followed"
        ) from error


_READ, _WRITE = ("read:lists",), ("write:lists",)
_ALL, _ONE = "/api/v1/lists", "/api/v1/lists/<id>"
ROUTES = (
    Route("GET", _ALL, get_lists, Door.USER, _READ),
    Route("POST", _ALL, post_list, Door.USER, _WRITE),
    Route("GET", _ONE, get_one, Door.USER, _READ),
    Route("PUT", _ONE, put_list, Door.USER, _WRITE),
    Route("DELETE", _ONE, delete_one, Door.USER, _WRITE),
    Route("GET", f"{_ONE}/accounts", get_accounts, Door.USER, _READ),
    Route("POST", f"{_ONE}/accounts", post_accounts, Door.USER, _WRITE),
    Route("DELETE", f"{_ONE}/accounts", delete_accounts, Door.USER, _WRITE),
    Route("GET", "/api/v1/accounts/<id>/lists", get_lists_of, Door.USER, _READ),
)
