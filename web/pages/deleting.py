"""Deleting a post of one's own: asked once more, and written anew if so wanted."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from quart import Response, request

from actors.queries import get_actor
from core.errors import NotFound
from db.session import AsyncSession
from media.upload import detach_media
from outbox.delete import send_delete
from posts.models import Post
from posts.polls import find_poll
from web.acting import count_deletion, nothing_left, read_own_form
from web.answers import go_to
from web.card import list_cards
from web.composer import composer_page
from web.composing import typed_of_post
from web.forms import local_path
from web.pages.acts import find_original
from web.paging import read_id
from web.person import profile_path
from web.visit import Pages, Visit


async def get_delete(visit: Visit, post_id: str) -> Response:
    """Ask once more before a post is deleted."""
    return await _ask(visit, post_id, writes_anew=False)


async def get_rewrite(visit: Visit, post_id: str) -> Response:
    """Ask once more before a post is deleted to be written anew."""
    return await _ask(visit, post_id, writes_anew=True)


async def _ask(visit: Visit, post_id: str, *, writes_anew: bool) -> Response:
    visit.require_member()
    number = read_id(post_id)
    async with visit.database.read() as session:
        post = await _own_post(session, visit, number)
        (card,) = await list_cards(session, [post], visit.viewer)
    back = local_path(request.args.get("next")) if "next" in request.args else card.path
    return visit.page("delete_post.html", card=card, back=back, writes_anew=writes_anew)


async def post_delete(visit: Visit, post_id: str) -> Response:
    """Delete a post of the reader's; who was not asked by our script is asked before."""
    form = await read_own_form(visit)
    number = read_id(post_id)
    back = local_path(form.get("next"))
    if not visit.wants_part and form.get("sure") != "yes":
        return go_to(visit.site.settings, f"/posts/{number}/delete?next={quote(back, safe='')}")
    count_deletion(visit)
    async with visit.database.transaction() as session:
        me = await get_actor(session, visit.require_member().actor.id)
        post = await _own_post(session, visit, number)
        await send_delete(session, me, post)
    if visit.wants_part:
        return nothing_left(visit)
    # Its own page is gone with it.
    was_there = back.startswith(f"{profile_path(me)}/{post.id}")
    return go_to(visit.site.settings, profile_path(me) if was_there else back)


async def post_rewrite(visit: Visit, post_id: str) -> Response:
    """Delete a post of the reader's, and open the composer with all that it held."""
    await read_own_form(visit)
    number = read_id(post_id)
    count_deletion(visit)
    async with visit.database.transaction() as session:
        me = await get_actor(session, visit.require_member().actor.id)
        post = await _own_post(session, visit, number)
        typed = typed_of_post(post, await find_poll(session, post.id))
        # Its files can be used for a day.
        await detach_media(session, post.id)
        await send_delete(session, me, post)
    notice = visit.language.gettext(
        "The post is deleted, and nothing is published yet: here is what it held."
    )
    return await composer_page(visit, replace(typed, draft=f"anew-{number}"), notice=notice)


async def _own_post(session: AsyncSession, visit: Visit, post_id: int) -> Post:
    """Return a post that the reader wrote; others are not there."""
    post = await find_original(session, visit, post_id)
    if post.author_id != visit.require_member().actor.id:
        raise NotFound(f"post {post_id} is none that the reader may delete")
    return post


PAGES: Pages = (
    ("GET", "/posts/<post_id>/delete", get_delete),
    ("POST", "/posts/<post_id>/delete", post_delete),
    ("GET", "/posts/<post_id>/rewrite", get_rewrite),
    ("POST", "/posts/<post_id>/rewrite", post_rewrite),
)
