"""The page of a person: who it is, who vouches, what they wrote that this reader may see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup
from quart import Response, request

from actors.models import Actor
from actors.queries import find_extension
from core.settings import PublicPages
from posts.models import Post
from posts.queries import list_posts_of
from web.answers import go_to, sign_in_path
from web.card import list_cards
from web.emojis import with_emojis
from web.handles import find_shown, wants_document
from web.headers import page_headers
from web.paging import older_path, read_page
from web.person import Person, list_people, profile_path, stored_html
from web.spoken import language_name
from web.visit import Pages, Visit


async def get_profile(visit: Visit, handle: str) -> Response:
    """Show a person; a program is sent to the document."""
    if wants_document(request) and "@" not in handle:
        return go_to(visit.site.settings, visit.site.uris.actor(handle))
    visit.require(PublicPages.PROFILES)
    actor = await find_shown(visit, handle)
    path = profile_path(actor)
    if request.path != path:
        return go_to(visit.site.settings, path)
    return await _show(visit, actor)


async def _show(visit: Visit, actor: Actor) -> Response:
    shows_posts = visit.may_read(PublicPages.POSTS)
    posts: Sequence[Post] = []
    async with visit.database.read() as session:
        if shows_posts:
            posts = await list_posts_of(session, visit.viewer, actor.id, read_page(request))
        cards = await list_cards(session, posts, visit.viewer)
        people = await list_people(session, [actor])
        extension = await find_extension(session, actor.id)
    return visit.page(
        "profile.html",
        headers=page_headers(visit.site.settings, indexable=actor.indexable),
        person=people[actor.id],
        practice=_practice(extension),
        lines=_lines(people[actor.id]),
        is_me=visit.browser is not None and visit.browser.actor.id == actor.id,
        shows_posts=shows_posts,
        sign_in_path=sign_in_path(visit.here),
        cards=cards,
        older=older_path(profile_path(actor), posts),
    )


def _lines(person: Person) -> list[tuple[Markup, Markup]]:
    """Return what a person says in lines, with their emojis."""
    return [
        (
            with_emojis(line["name"], person.emojis),
            with_emojis(stored_html(line["value"]), person.emojis),
        )
        for line in person.actor.fields
    ]


def _practice(extension: dict[str, Any]) -> dict[str, Any]:
    """Return what an actor says of its practice, with nothing where it says nothing."""
    said = extension.get("practitioner") or {}
    return {
        "skills": [str(skill) for skill in said.get("skills") or []],
        "languages": [language_name(str(tag)) for tag in said.get("languages") or []],
        "accepts_referrals": bool(said.get("accepts_referrals")),
    }


PAGES: Pages = (
    ("GET", "/@<handle>", get_profile),
)
