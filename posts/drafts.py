"""Drafts: what somebody typed, checked and with everybody found, ready to be written and sent."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actors.models import Actor
from actors.queries import find_actors, is_doctor
from core.errors import InvalidInput
from core.html import SafeHtml
from core.text import find_handles, find_hashtags, to_html
from db.session import Database
from federation.client import Client
from federation.uris import local_uris
from media.models import Media
from media.upload import find_own_media
from media.words import read_words
from posts.audience import choose_audience, require_doctor
from posts.locks import is_closed_to
from posts.models import Post, Visibility
from posts.naming import Audience, Named, addressed, resolve_named
from posts.params import PostParams
from posts.poll_draft import PollDraft
from posts.queries import find_post, get_visible_post
from posts.quoting import find_quotable, require_no_asking
from posts.rings import RESTRICTED, ring_root
from posts.visibility import viewer_of
from users.models import User

MAX_CHARACTERS = 5000
MAX_TAGS = 60
_ONE_THING = "Validation failed: a post has files, a poll or a quote, one of them"
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True)
class Draft:
    """A post that may be written: `html` is safe, `mentioned` are all whom it addresses.

    `ring` is the first post of the restricted thread that it answers in, and `ring_author` who
    wrote that: such a reply reaches whom that post reached (WIRE §6). `quoted` may be quoted.
    `file_words` are what an edit says anew of files, by their ids.
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
    media: tuple[Media, ...] = ()
    file_words: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    quoted: Post | None = None
    quote_policy: str | None = None
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
    params: PostParams,
    was_scheduled: bool = False,
) -> Draft:
    """Check what somebody typed and find whom it names; may fetch.

    What `was_scheduled` may have the files that are kept for it, and no other post.
    Raises InvalidInput, worded as Mastodon does, and NotFound for a parent, or a quoted post, that
    the author may not see.
    """
    async with database.read() as session:
        media = await find_own_media(
            session, author.id, params.media_ids or (), was_reserved=was_scheduled
        )
        _require_one_thing(params)
        typed = _typed(params, has_more=bool(media) or params.quoted_post_id is not None)
        parent = await _find_parent(session, author, params.in_reply_to_id)
        quoted = await find_quotable(session, author, params.quoted_post_id)
        chosen = choose_audience(
            params.visibility,
            user,
            is_doctor=await is_doctor(session, author.id),
            parent=parent,
            quoted=quoted,
        )
        await require_no_asking(session, quoted, chosen)
        clinical = any(post is not None and post.clinical for post in (parent, quoted))
        frame = await _frame(session, parent, chosen, clinical=clinical)
    draft = await _draft(
        database, client, author, user, params=params, frame=frame, typed=typed
    )
    return replace(
        draft,
        poll=params.poll,
        media=tuple(media),
        quoted=quoted,
        quote_policy=params.quote_policy or user.default_quote_policy,
    )


async def prepare_edit(
    database: Database,
    client: Client,
    author: Actor,
    user: User,
    *,
    post: Post,
    params: PostParams,
) -> Draft:
    """Check the new text of a post; edits never change the audience. Raises as `prepare_draft`."""
    async with database.read() as session:
        require_doctor(post.visibility, is_doctor=await is_doctor(session, author.id))
        media = await find_own_media(
            session, author.id, _files_of(post, params), post_id=post.id
        )
        typed = _typed(params, has_more=bool(media) or post.quote_uri is not None)
        parent = await find_post(session, post.in_reply_to_id) if post.in_reply_to_id else None
        frame = await _frame(session, parent, post.visibility, clinical=post.clinical)
    if media and post.kind == "Question":
        raise InvalidInput(_ONE_THING)
    params = replace(params, language=params.language or post.language, app_name=post.app_name)
    draft = await _draft(
        database, client, author, user, params=params, frame=frame, typed=typed
    )
    return replace(
        draft,
        media=tuple(media),
        file_words={
            words.media_id: read_words(words.description, words.focus).values()
            for words in params.media_attributes
        },
        quote_policy=params.quote_policy or post.quote_policy,
    )


def _files_of(post: Post, params: PostParams) -> Sequence[int]:
    """Return the files that an edited post is to have: those it has, unless others are named."""
    if params.media_ids is not None:
        return params.media_ids
    return [row["media_id"] for row in post.attachments if row.get("media_id")]


def _require_one_thing(params: PostParams) -> None:
    has = (params.poll is not None, bool(params.media_ids), params.quoted_post_id is not None)
    if sum(has) > 1:
        raise InvalidInput(_ONE_THING)


def _typed(params: PostParams, *, has_more: bool) -> _Typed:
    """Return the words; `has_more` says that there is something beside them."""
    text = params.text.replace("\r\n", "\n").replace("\x00", "").strip()
    warning = (params.spoiler_text or "").replace("\x00", "").strip()
    if not text and not has_more:
        # As Mastodon does: a warning without a text is the text.
        text, warning = warning, ""
    if not text and not has_more:
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
    user: User,
    *,
    params: PostParams,
    frame: _Frame,
    typed: _Typed,
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
        sensitive=_is_sensitive(params.sensitive, user, typed),
        language=_language(params.language, user),
        parent=frame.parent,
        ring=frame.ring,
        ring_author=frame.ring_author,
        mentioned=mentioned,
        tags=find_hashtags(typed.text)[:MAX_TAGS],
        app_name=params.app_name,
    )


def _html(database: Database, text: str, named: Named) -> SafeHtml:
    pages = {
        handle: (actor.url or actor.uri, actor.username)
        for handle, actor in named.actors.items()
    }
    return to_html(text, mention_page=pages, tag_page=local_uris(database.settings).tag_page)
