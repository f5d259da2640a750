"""What one does about another person: follow, mute, block …, from the buttons of `form#act`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from quart import Response

from actors.blocks import delete_mute, save_mute
from actors.follows import find_follow
from actors.models import Actor, Follow
from actors.notes import save_note
from actors.queries import get_actor
from actors.relationships import list_relationships
from core.clock import now
from core.errors import Forbidden, InvalidInput, NotFound
from db.session import AsyncSession
from outbox.accept import send_accept
from outbox.block import send_block
from outbox.domain_block import send_domain_block
from outbox.follow import send_follow
from outbox.reject import send_reject
from outbox.undo import send_undo_block, send_undo_follow
from web.acting import read_own_form
from web.answers import go_to
from web.forms import local_path
from web.paging import read_id
from web.person import list_people
from web.visit import Pages, Visit

Act = Callable[[AsyncSession, Actor, Actor], Awaitable[object]]
_DAY = timedelta(days=1)


async def post_relation(visit: Visit, actor_id: str, act: str) -> Response:
    """Do one thing about a person; show how one stands to them then."""
    form = await read_own_form(visit)
    if act not in ACTS:
        raise NotFound(f"nobody does {act[:40]!r}")
    number = read_id(actor_id)
    async with visit.database.transaction() as session:
        me, other = await _both(session, visit, number)
        await ACTS[act](session, me, other)
    return await answer(visit, number, form)


async def post_note(visit: Visit, actor_id: str) -> Response:
    """Keep something in mind of a person, for oneself alone; an empty text forgets it."""
    form = await read_own_form(visit)
    number = read_id(actor_id)
    async with visit.database.transaction() as session:
        me, other = await _both(session, visit, number)
        await save_note(session, me.id, other.id, form.get("note", ""))
    return go_to(visit.site.settings, local_path(form.get("next")))


async def answer(visit: Visit, actor_id: int, form: Mapping[str, str]) -> Response:
    """Show a person's buttons again to our script; send others back to where they were."""
    if not visit.wants_part:
        return go_to(visit.site.settings, local_path(form.get("next")))
    me = visit.require_member().actor
    async with visit.database.read() as session:
        people = await list_people(session, [await get_actor(session, actor_id)])
        (relation,) = await list_relationships(session, me.id, [actor_id])
    return visit.page("relation_part.html", person=people[actor_id], relation=relation)


async def _own_form(visit: Visit) -> Mapping[str, str]:
    form = await read_own_form(visit)
    return form


async def _both(session: AsyncSession, visit: Visit, other_id: int) -> tuple[Actor, Actor]:
    me = await get_actor(session, visit.require_member().actor.id)
    other = await get_actor(session, other_id)
    if other.id == me.id:
        raise Forbidden("nobody follows, blocks or mutes themself")
    return me, other


async def _follow(session: AsyncSession, me: Actor, other: Actor) -> None:
    await _wish(session, me, other)


async def _wish(
    session: AsyncSession,
    me: Actor,
    other: Actor,
    *,
    boosts: bool | None = None,
    notices: bool | None = None,
) -> None:
    """Follow, or change what one wants of somebody whom one follows; None leaves it as it is."""
    known = await find_follow(session, me.id, other.id)
    shows_boosts = known is None or known.shows_boosts
    notifies = known is not None and known.notifies
    await send_follow(
        session,
        me,
        other,
        shows_boosts=shows_boosts if boosts is None else boosts,
        notifies=notifies if notices is None else notices,
        languages=known.languages if known is not None else None,
    )


def _wishing(*, boosts: bool | None = None, notices: bool | None = None) -> Act:
    async def wish(session: AsyncSession, me: Actor, other: Actor) -> None:
        if await find_follow(session, me.id, other.id) is None:
            raise InvalidInput("one follows somebody before one wishes something of them")
        await _wish(session, me, other, boosts=boosts, notices=notices)

    return wish


def _muting(span: timedelta | None) -> Act:
    async def mute(session: AsyncSession, me: Actor, other: Actor) -> None:
        until = now() + span if span is not None else None
        await save_mute(session, me, other, hides_notifications=True, expires_at=until)

    return mute


async def _unmute(session: AsyncSession, me: Actor, other: Actor) -> None:
    await delete_mute(session, me.id, other.id)


async def _block_host(session: AsyncSession, me: Actor, other: Actor) -> None:
    if other.is_local:
        raise InvalidInput("nobody blocks the instance where they live")
    await send_domain_block(session, me, other.host)


async def _remove(session: AsyncSession, me: Actor, other: Actor) -> None:
    follow = await find_follow(session, other.id, me.id)
    if follow is not None and follow.accepted_at is not None:
        await send_reject(session, follow, follower=other, followee=me)


async def _waiting(session: AsyncSession, me: Actor, other: Actor) -> Follow:
    follow = await find_follow(session, other.id, me.id)
    if follow is None or follow.accepted_at is not None:
        raise NotFound(f"actor {other.id} does not ask to follow {me.id}")
    return follow


async def _accept(session: AsyncSession, me: Actor, other: Actor) -> None:
    follow = await _waiting(session, me, other)
    await send_accept(session, follow, follower=other, followee=me)


async def _refuse(session: AsyncSession, me: Actor, other: Actor) -> None:
    follow = await _waiting(session, me, other)
    await send_reject(session, follow, follower=other, followee=me)


ACTS: Mapping[str, Act] = {
    "follow": _follow,
    "unfollow": send_undo_follow,
    "tell-me": _wishing(notices=True),
    "tell-me-not": _wishing(notices=False),
    "show-boosts": _wishing(boosts=True),
    "hide-boosts": _wishing(boosts=False),
    "mute": _muting(None),
    "mute-a-day": _muting(_DAY),
    "mute-a-week": _muting(7 * _DAY),
    "unmute": _unmute,
    "block": send_block,
    "unblock": send_undo_block,
    "block-host": _block_host,
    "remove": _remove,
    "accept": _accept,
    "refuse": _refuse,
}
PAGES: Pages = (
    ("POST", "/people/<actor_id>/note", post_note),
    ("POST", "/people/<actor_id>/<act>", post_relation),
)
