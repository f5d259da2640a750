"""Files for a post: attached, described and put in order before it is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from quart import Response

from media.queries import get_media_of
from web.acting import nothing_left, read_own_form
from web.attaching import attached, keep_words, let_go, receive_files
from web.composer import composer_page
from web.composing import Typed, TypedFile, id_in, read_typed, typed_file
from web.filled import own_filled_form
from web.paging import read_id
from web.refusals import refusal_words
from web.visit import Pages, Visit

HOME = "/compose/files"


async def post_files(visit: Visit) -> Response:
    """Take in files, or do something with one; show the composer again with all that was typed.

    Our script, which sends them while one types, is shown those that came alone.
    """
    async with own_filled_form(visit) as form:
        typed = read_typed(form)
        before = typed.file_ids
        typed, refused = await receive_files(visit, form, typed)
    problem = refusal_words(visit.language, refused) if refused is not None else ""
    status = 422 if problem else 200
    if visit.wants_part:
        fresh = [one for one in typed.files if one.id not in before]
        return await _rows(visit, fresh, status=status, problem=problem)
    await keep_words(visit, typed)
    typed = await _done(visit, typed, form.text("act"))
    return await composer_page(visit, typed, status=status, problem=problem)


async def _done(visit: Visit, typed: Typed, act: str) -> Typed:
    """Do what a button says: `up-` or `drop-` and a file, or `alone` for no answer."""
    verb, _, name = act.partition("-")
    files = list(typed.files)
    at = next((n for n, one in enumerate(files) if one.id == id_in(name)), None)
    if verb == "alone":
        return replace(typed, answer=None, quote=None, draft="")
    if at is None:
        return typed
    moved = files.pop(at)
    if verb == "up":
        files.insert(max(at - 1, 0), moved)
    elif verb == "drop":
        await let_go(visit, moved.id)
    else:
        return typed
    return replace(typed, files=files)


async def get_file(visit: Visit, media_id: str) -> Response:
    """Show our script a file again: it was being made ready, or belongs to a draft."""
    me = visit.require_member().actor.id
    async with visit.database.read() as session:
        media = await get_media_of(session, read_id(media_id), me)
    return await _rows(visit, [typed_file(media)])


async def post_remove(visit: Visit, media_id: str) -> Response:
    """Remove a file that belongs to no post."""
    await read_own_form(visit)
    await let_go(visit, read_id(media_id))
    return nothing_left(visit)


async def _rows(
    visit: Visit, typed: Sequence[TypedFile], *, status: int = 200, problem: str = ""
) -> Response:
    me = visit.require_member().actor.id
    async with visit.database.read() as session:
        files = [
            attached(visit, await get_media_of(session, one.id, me), one) for one in typed
        ]
    return visit.page("files_part.html", status=status, files=files, problem=problem)


PAGES: Pages = (
    ("POST", HOME, post_files),
    ("GET", f"{HOME}/<media_id>", get_file),
    ("POST", f"{HOME}/<media_id>/remove", post_remove),
)
