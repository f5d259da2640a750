"""Files in the composer: taken in as they come, shown small, let go again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.clock import now
from core.errors import InvalidInput, ServerError, TemporaryError
from core.settings import Switch
from db.session import AsyncSession
from media.links import media_url
from media.models import Media, MediaState
from media.receive import receive_file
from media.upload import delete_media, describe_free_media, list_files
from media.words import Words
from web.composing import Typed, TypedFile
from web.emojis import path_here
from web.filled import Filled
from web.refusals import refusal_words
from web.visit import Visit


@dataclass(frozen=True, slots=True)
class Attached:
    """A file in the composer; `picture` is a small one of it, `problem` why it cannot be used."""

    media: Media
    typed: TypedFile
    picture: str | None = None
    problem: str = ""

    @property
    def waits(self) -> bool:
        """Whether it is still being made ready."""
        return self.media.state is MediaState.PROCESSING


async def receive_files(
    visit: Visit, form: Filled, typed: Typed
) -> tuple[Typed, ServerError | None]:
    """Take in the files of a form; return what is typed with them, and why one was refused."""
    me, refused = visit.require_member(), form.refused
    for path in form.files:
        try:
            if visit.site.settings.rate_limits is Switch.ON:
                visit.site.uploads.require(str(me.user.id))
            media = await receive_file(visit.database, me.actor.id, file=path, words=Words())
        except (InvalidInput, TemporaryError) as error:
            refused = refused or error
        else:
            typed = typed.with_file(media)
    return typed, refused


async def keep_words(visit: Visit, typed: Typed) -> None:
    """Write down what is said of files that belong to no post yet."""
    if not typed.files:
        return
    async with visit.database.transaction() as session:
        words = {one.id: one.words for one in typed.files}
        await describe_free_media(session, visit.require_member().actor.id, words)


async def let_go(visit: Visit, media_id: int) -> None:
    """Remove a file of the reader's that belongs to no post; one of a post stays there."""
    async with visit.database.transaction() as session:
        found = await list_files(session, visit.require_member().actor.id, [media_id])
        free = [one for one in found if one.post_id is None and one.attached_at is None]
        await delete_media(session, [one for one in free if one.purpose == "post"])


async def attached_files(
    session: AsyncSession, visit: Visit, typed: Sequence[TypedFile]
) -> list[Attached]:
    """Return the reader's own files as far as they are there, in order, with what is said of them.

    Those of an earlier post are among them, where that is being edited.
    """
    me = visit.require_member().actor.id
    rows = {media.id: media for media in await list_files(session, me, [one.id for one in typed])}
    return [
        attached(visit, rows[one.id], one)
        for one in typed
        if one.id in rows and rows[one.id].purpose == "post"
    ]


def attached(visit: Visit, media: Media, typed: TypedFile) -> Attached:
    """Show a file of the reader's own in the composer."""
    problem = refusal_words(visit.language, media.error) if media.error else ""
    key = media.preview_key
    if media.state is not MediaState.READY or key is None:
        return Attached(media, typed, problem=problem)
    settings = visit.site.settings
    url = media_url(
        settings, key, open_to_all=False, post_id=media.post_id, moment=now(),
        viewer_id=visit.require_member().actor.id,
    )  # fmt: skip
    return Attached(media, typed, path_here(url, settings), problem)
