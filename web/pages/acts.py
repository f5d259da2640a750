"""What one does with a post, from the buttons of `form#act`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from quart import Response

from actors.models import Actor
from actors.queries import get_actor
from core.errors import InvalidInput, NotFound
from db.session import AsyncSession
from outbox.add import send_pin
from outbox.announce import send_announce
from outbox.like import send_like
from outbox.remove import send_unpin
from outbox.undo import send_undo_announce, send_undo_like
from posts.bookmarks import delete_bookmark, save_bookmark
from posts.models import Post
from posts.queries import get_visible_post
from posts.thread_mutes import mute_thread, unmute_thread
from web.acting import back_to, count_deletion, nothing_left, read_own_form
from web.card import list_cards
from web.forms import local_path
from web.paging import read_id
from web.visit import Pages, Visit

Act = Callable[[AsyncSession, Actor, Post], Awaitable[object]]


async def _bookmark(session: AsyncSession, me: Actor, post: Post) -> None:
    await save_bookmark(session, me.id, post.id)


async def _unbookmark(session: AsyncSession, me: Actor, post: Post) -> None:
    await delete_bookmark(session, me.id, post.id)


async def _mute(session: AsyncSession, me: Actor, post: Post) -> None:
    await mute_thread(session, me.id, post.thread_id)


async def _unmute(session: AsyncSession, me: Actor, post: Post) -> None:
    await unmute_thread(session, me.id, post.thread_id)


ACTS: Mapping[str, Act] = {
    "like": send_like,
    "unlike": send_undo_like,
    "boost": send_announce,
    "unboost": send_undo_announce,
    "bookmark": _bookmark,
    "unbookmark": _unbookmark,
    "pin": send_pin,
    "unpin": send_unpin,
    "mute": _mute,
    "unmute": _unmute,
}


async def post_act(visit: Visit, post_id: str, act: str) -> Response:
    """Do one thing with a post, of a boost with what it passes on; show what can be done then."""
    form = await read_own_form(visit)
    if act not in ACTS:
        raise NotFound(f"nobody does {act[:40]!r}")
    if act == "unboost":
        count_deletion(visit)
    number = read_id(post_id)
    try:
        async with visit.database.transaction() as session:
            me = await get_actor(session, visit.require_member().actor.id)
            await ACTS[act](session, me, await find_original(session, visit, number))
    except InvalidInput:
        if act != "pin":
            raise
        template = "pins_part.html" if visit.wants_part else "pins_full.html"
        return visit.page(template, status=422, back=local_path(form.get("next")))
    return await _answer(visit, number, form)


async def find_original(session: AsyncSession, visit: Visit, post_id: int) -> Post:
    """Return a post that the reader sees, of a boost what it passes on; raises NotFound."""
    post = await get_visible_post(session, visit.viewer, post_id)
    if post.boost_of_id is None:
        return post
    return await get_visible_post(session, visit.viewer, post.boost_of_id)


async def _answer(visit: Visit, entry_id: int, form: Mapping[str, str]) -> Response:
    """Show the buttons again to our script; send others back to the post where they were."""
    if not visit.wants_part:
        return back_to(visit, form, anchor=f"post-{entry_id}")
    async with visit.database.read() as session:
        try:
            entry = await get_visible_post(session, visit.viewer, entry_id)
        except NotFound:
            # A boost of one's own that was taken back.
            return nothing_left(visit)
        cards = await list_cards(session, [entry], visit.viewer)
    return visit.page("acts_part.html", card=cards[0]) if cards else nothing_left(visit)


PAGES: Pages = (
    ("POST", "/posts/<post_id>/<act>", post_act),
)
