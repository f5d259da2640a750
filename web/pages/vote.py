"""A vote in a poll, from the form below it."""

from __future__ import annotations

from collections.abc import Mapping

from quart import Response

from actors.queries import get_actor
from core.errors import InvalidInput
from outbox.vote import send_votes
from posts.queries import get_visible_post
from web.acting import read_own_form
from web.answers import go_to
from web.paging import read_id
from web.visit import Pages, Visit


async def post_vote(visit: Visit, handle: str, post_id: str) -> Response:
    """Choose in a poll, and show it again; what cannot be counted changes nothing."""
    number = read_id(post_id)
    form = await read_own_form(visit)
    try:
        async with visit.database.transaction() as session:
            me = await get_actor(session, visit.require_member().actor.id)
            post = await get_visible_post(session, visit.viewer, number)
            await send_votes(session, me, post, _chosen(form))
    except InvalidInput:
        # Nothing chosen, chosen before, or over meanwhile: the page shows which.
        pass
    return go_to(visit.site.settings, f"/@{handle}/{post_id}")


def _chosen(form: Mapping[str, str]) -> list[int]:
    """Read the choices: one radio button, or any number of boxes with a name each."""
    names = [form.get("choice", "")]
    names += [name.removeprefix("choice-") for name in form if name.startswith("choice-")]
    return [int(name) for name in names if name.isascii() and name.isdigit() and len(name) < 4]


PAGES: Pages = (
    ("POST", "/@<handle>/<post_id>/votes", post_vote),
)
