"""Whether colleagues find one in the directory: asked where one looks for it, and only then so."""

from __future__ import annotations

from quart import Response, request

from actors.queries import find_badges
from core.settings import Directory, Switch
from db.session import AsyncSession
from outbox.update import send_update_actor
from users.profile import ProfileChanges, update_profile
from web.acting import read_own_form
from web.answers import go_to
from web.forms import local_path
from web.own_rows import own_rows
from web.visit import Pages, Visit

FINDABLE = "/settings/directory"
DONE, HIDDEN, ASKS = "findable", "hidden", "asks"


async def findable_note(session: AsyncSession, visit: Visit) -> str:
    """Return what a page says of it: that one just chose it, that one did not; mostly nothing.

    Only who has a badge that counts can stand in the directory, and is asked.
    """
    member = visit.browser
    if member is None:
        return ""
    if member.actor.discoverable:
        return DONE if request.args.get("done") == DONE else ""
    return ASKS if member.actor.id in await find_badges(session, [member.actor.id]) else ""


def finders(visit: Visit) -> dict[str, bool]:
    """Return who besides the members finds those who stand in the directory."""
    settings = visit.site.settings
    return {
        "everybody": settings.directory is Directory.PUBLIC,
        "ring": settings.ring_directory is Switch.ON,
    }


async def post_findable(visit: Visit) -> Response:
    """Let colleagues find one from now on, or no longer; as the switch under Privacy does."""
    form = await read_own_form(visit)
    changes = ProfileChanges(discoverable=form.get("findable") == "yes")
    async with visit.database.transaction() as session:
        user, actor = await own_rows(session, visit)
        await update_profile(session, user, actor, changes)
        await send_update_actor(session, actor)
    page = local_path(form.get("next")).partition("?")[0]
    done = DONE if changes.discoverable else HIDDEN
    return go_to(visit.site.settings, f"{page}?done={done}#directory")


PAGES: Pages = (("POST", FINDABLE, post_findable),)
