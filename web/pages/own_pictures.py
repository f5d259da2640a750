"""Portrait and banner: sent by a form, made anew, shown and taken back."""

from __future__ import annotations

from quart import Response, request

from actors.pictures import PURPOSES, set_picture
from core.errors import InvalidInput, TooLarge
from core.settings import Switch
from media.forms import Taken, is_form_with_files, read_form_with_files
from media.models import Media
from media.receive import received_pictures
from outbox.update import send_update_actor
from web.answers import go_to
from web.forms import require_own_form
from web.own_rows import own_rows
from web.pages.own_profile import PROFILE, show_profile
from web.visit import Pages, Visit

_TAKEN = Taken(pictures=PURPOSES)


async def post_pictures(visit: Visit) -> Response:
    """Take in the pictures of a form, or take one back; what is no picture changes nothing."""
    visit.require_member()
    if not is_form_with_files(request):
        raise InvalidInput("a form with files")
    try:
        form = await read_form_with_files(
            request, visit.site.settings, _TAKEN, count=lambda: _count(visit)
        )
    except TooLarge:
        return await show_profile(visit, picture_problem="large", status=413)
    try:
        require_own_form(visit, dict(form.pairs))
        files = {purpose: file for purpose in PURPOSES if (file := form.file(purpose)) is not None}
        owner_id = visit.require_member().actor.id
        async with received_pictures(visit.database, owner_id, files) as pictures:
            await _change(visit, pictures, removed=dict(form.pairs).get("remove", ""))
    except InvalidInput:
        return await show_profile(visit, picture_problem="kind", status=422)
    finally:
        await form.drop()
    return go_to(visit.site.settings, f"{PROFILE}?saved=1")


def _count(visit: Visit) -> None:
    if visit.site.settings.rate_limits is Switch.ON:
        visit.site.uploads.require(str(visit.require_member().user.id))


async def _change(visit: Visit, pictures: dict[str, Media], *, removed: str) -> None:
    async with visit.database.transaction() as session:
        _, actor = await own_rows(session, visit)
        for purpose, picture in pictures.items():
            await set_picture(session, actor, purpose, picture)
        if removed in PURPOSES:
            await set_picture(session, actor, removed, None)
        if pictures or removed in PURPOSES:
            await send_update_actor(session, actor)


PAGES: Pages = (
    ("POST", "/settings/pictures", post_pictures),
)
