"""Drafts: what somebody typed, checked and with everybody found, ready to be written and sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from actors.models import Actor
from actors.queries import find_actors, is_doctor
from core.errors import InvalidInput
from core.html import SafeHtml
from core.text import find_handles, find_hashtags, to_html
from db.session import Database
from federation.client import Client
from federation.uris import local_uris
from posts.audience import choose_audience
from posts.locks import is_closed_to
from posts.models import Post, Visibility
from posts.naming import Audience, Named, addressed, resolve_named
from posts.poll_draft import PollDraft
from posts.queries import find_post, get_visible_post
from posts.rings import RESTRICTED, ring_root
from posts.visibility import viewer_of
from users.models import User

MAX_CHARACTERS = 5000
MAX_TAGS = 60
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True)
class Draft:
    """A post that may be written: `html` is safe, `mentioned` are all whom it addresses.

    `ring` is the first post of the restricted thread that it answers in, and `ring_author` who
    wrote that: such a reply reaches whom that post reached (WIRE §6).
    """

    text: str
    html: SafeHtml
    visibility: Visibility
    clinical: bool = False
    content_warning: str | None = None
    sensitive: bool = False
    language: str | None = None
    parent: Post | None = None
    ring: Post | None = None
    ring_author: Actor | None = None
    mentioned: tuple[Actor, ...] = ()
    tags: tuple[str, ...] = ()
    poll: PollDraft | None = None
    app_name: str | None = None


@dataclass(frozen=True, slots=True)
class _Typed:
    text: str
    warning: str | None


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a draft stands: its audience and what it answers."""

    visibility: Visibility
    clinical: bool
    parent: Post | None
    parent_author: Actor | None
    ring: Post | None
    ring_author: Actor | None

    @property
    def implied(self) -> tuple[Actor, ...]:
        """Who is addressed without being named: a reply reaches whom it answers."""
        ring_author = self.ring_author if self.visibility is Visibility.FOLLOWERS else None
        return tuple(actor for actor in (self.parent_author, ring_author) if actor is not None)


async def prepare_draft(
    database: Database,
    client: Client,
    author: Actor,
    user: User,
    *,
    text: str,
    visibility: str | None = None,
    in_reply_to_id: int | None = None,
    spoiler_text: str | None = None,
    sensitive: bool | None = None,
    language: str | None = None,
    poll: PollDraft | None = None,
    app_name: str | None = None,
) -> Draft:
    """Check what somebody typed and find whom it names; may fetch.

    `visibility` is the client API's word, `doctors`, `local`, or None for the user's default.
    Raises InvalidInput, worded as Mastodon does, and NotFound for a parent that the author may not
    see.
    """
    typed = _typed(text, spoiler_text)
    async with database.read() as session:
        parent = await _find_parent(session, author, in_reply_to_id)
        chosen = choose_audience(
            visibility, user, is_doctor=await is_doctor(session, author.id), parent=parent
        )
        clinical = parent is not None and parent.clinical
        frame = await _frame(session, parent, chosen, clinical=clinical)
    draft = await _draft(
        database,
        client,
        author,
        frame=frame,
        typed=typed,
        sensitive=_is_sensitive(sensitive, user, typed),
        language=_language(language, user),
        app_name=app_name,
    )
    return replace(draft, poll=poll)


async def prepare_edit(
    database: Database,
    client: Client,
    author: Actor,
    user: User,
    *,
    post: Post,
    text: str,
    spoiler_text: str | None = None,
    sensitive: bool | None = None,
    language: str | None = None,
) -> Draft:
    """Check the new text of a post; edits never change the audience. Raises as `prepare_draft`."""
    typed = _typed(text, spoiler_text)
    async with database.read() as session:
        parent = await find_post(session, post.in_reply_to_id) if post.in_reply_to_id else None
        frame = await _frame(session, parent, post.visibility, clinical=post.clinical)
    return await _draft(
        database,
        client,
        author,
        frame=frame,
        typed=typed,
        sensitive=_is_sensitive(sensitive, user, typed),
        language=_language(language or post.language, user),
        app_name=post.app_name,
    )


def _typed(text: str, warning: str | None) -> _Typed:
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    warning = (warning or "").replace("\x00", "").strip()
    if not text:
        # As Mastodon does: a warning without a text is the text.
        text, warning = warning, ""
    if not text:
        raise InvalidInput("Validation failed: Text can't be blank")
    if len(text) + len(warning) > MAX_CHARACTERS:
        raise InvalidInput(
            f"Validation failed: Text character limit of {MAX_CHARACTERS} exceeded"
        )
    try:
        f"{text}{warning}".encode()
    except UnicodeEncodeError as error:
        raise InvalidInput("Validation failed: Text holds half a character") from error
    return _Typed(text, warning or None)


def _is_sensitive(asked: bool | None, user: User, typed: _Typed) -> bool:
    return (user.default_sensitive if asked is None else asked) or typed.warning is not None


def _language(asked: str | None, user: User) -> str | None:
    for language in (asked, user.default_language):
        if language and len(language) <= 20 and _LANGUAGE.fullmatch(language):
            return language
    return None


async def _find_parent(
    session: AsyncSession, author: Actor, parent_id: int | None
) -> Post | None:
    if parent_id is None:
        return None
    viewer = await viewer_of(session, author.id)
    parent = await get_visible_post(session, viewer, parent_id)
    if parent.boost_of_id is not None:
        # What is answered is what was passed on.
        parent = await get_visible_post(session, viewer, parent.boost_of_id)
    if await is_closed_to(session, parent, author.id):
        raise InvalidInput("Validation failed: This thread is closed: nobody can answer any more")
    return parent


async def _frame(
    session: AsyncSession, parent: Post | None, visibility: Visibility, *, clinical: bool
) -> _Frame:
    ring = None
    if parent is not None and visibility in RESTRICTED and parent.visibility is visibility:
        ring = await ring_root(session, parent)
    wanted = {post.author_id for post in (parent, ring) if post is not None}
    authors = await find_actors(session, wanted)
    return _Frame(
        visibility=visibility,
        clinical=clinical,
        parent=parent,
        parent_author=authors.get(parent.author_id) if parent is not None else None,
        ring=ring,
        ring_author=authors.get(ring.author_id) if ring is not None else None,
    )


async def _draft(
    database: Database,
    client: Client,
    author: Actor,
    *,
    frame: _Frame,
    typed: _Typed,
    sensitive: bool,
    language: str | None,
    app_name: str | None,
) -> Draft:
    only_here = frame.visibility is Visibility.LOCAL
    named = await resolve_named(
        database, client, find_handles(typed.text), only_here=only_here
    )
    audience = Audience(author, frame.visibility, frame.clinical, frame.ring)
    async with database.read() as session:
        mentioned = await addressed(session, audience, named, implied=frame.implied)
    return Draft(
        text=typed.text,
        html=_html(database, typed.text, named),
        visibility=frame.visibility,
        clinical=frame.clinical,
        content_warning=typed.warning,
        sensitive=sensitive,
        language=language,
        parent=frame.parent,
        ring=frame.ring,
        ring_author=frame.ring_author,
        mentioned=mentioned,
        tags=find_hashtags(typed.text)[:MAX_TAGS],
        app_name=app_name,
    )


def _html(database: Database, text: str, named: Named) -> SafeHtml:
    pages = {
        handle: (actor.url or actor.uri, actor.username)
        for handle, actor in named.actors.items()
    }
    return to_html(text, mention_page=pages, tag_page=local_uris(database.settings).tag_page)
