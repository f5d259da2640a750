"""A post of one's own is changed: its words and files, never who reads it."""

from __future__ import annotations

from dataclasses import replace

from quart import Response

from core.errors import InvalidInput, NotFound, TemporaryError
from outbox.update import send_update
from posts.drafts import prepare_edit
from posts.models import Post
from web.answers import go_to
from web.attaching import keep_words, receive_files
from web.composer import composer_page, own_post
from web.composing import Typed, read_typed, typed_of_post
from web.filled import own_filled_form
from web.own_rows import own_rows
from web.paging import read_id
from web.person import profile_path
from web.refusals import refusal_words
from web.visit import Pages, Visit


async def get_edit(visit: Visit, handle: str, post_id: str) -> Response:
    """Show a post of the reader's as it was typed, to be changed."""
    visit.require_member()
    post = await _find(visit, handle, post_id)
    return await composer_page(visit, replace(typed_of_post(post), edits=post.id), restores=True)


async def post_edit(visit: Visit, handle: str, post_id: str) -> Response:
    """Change a post and tell its readers; what was typed is kept where it cannot be."""
    async with own_filled_form(visit) as form:
        post = await _find(visit, handle, post_id)
        typed = replace(read_typed(form), edits=post.id)
        typed, refused = await receive_files(visit, form, typed)
        if form.files or refused is not None:
            problem = refusal_words(visit.language, refused) if refused is not None else ""
            notice = visit.language.gettext(
                "Nothing is changed yet: say what the files show, then save."
            )
            return await composer_page(
                visit, typed, status=422 if problem else 200, problem=problem, notice=notice
            )
    try:
        await _change(visit, post, typed)
    except (InvalidInput, NotFound, TemporaryError) as error:
        problem = refusal_words(visit.language, error)
        return await composer_page(visit, typed, status=422, problem=problem)
    path = f"{profile_path(visit.require_member().actor)}/{post.id}"
    if visit.wants_part:
        return visit.page("sent_part.html", path=path, is_later=False)
    return go_to(visit.site.settings, path)


async def _find(visit: Visit, handle: str, post_id: str) -> Post:
    number, me = read_id(post_id), visit.require_member().actor
    if handle.lower() not in {me.username.lower(), me.handle.lower()}:
        raise NotFound(f"post {number} is not of {handle[:100]!r}")
    async with visit.database.read() as session:
        return await own_post(session, visit, number)


async def _change(visit: Visit, post: Post, typed: Typed) -> None:
    member = visit.require_member()
    params = typed.edit_params(typed_of_post(post))
    await keep_words(visit, typed)
    draft = await prepare_edit(
        visit.database, visit.site.client, member.actor, member.user, post=post, params=params
    )
    async with visit.database.transaction() as session:
        _, me = await own_rows(session, visit)
        await send_update(session, me, await own_post(session, visit, post.id), draft)


PAGES: Pages = (
    ("GET", "/@<handle>/<post_id>/edit", get_edit),
    ("POST", "/@<handle>/<post_id>/edit", post_edit),
)
