"""The composer as a page: what was typed, who may read it, what it answers, what is attached."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from quart import Response

from core.errors import NotFound
from core.i18n import Language
from core.settings import Settings
from core.text import find_handles
from db.session import AsyncSession
from media.kinds import (
    MAX_DESCRIPTION,
    MAX_FILES,
    MAX_PICTURES,
    largest_upload,
    supported_types,
)
from posts.audience import offered_audiences
from posts.drafts import MAX_CHARACTERS
from posts.locks import is_closed_to
from posts.models import Post, Visibility
from posts.poll_draft import MAX_OPTION_CHARACTERS, MAX_OPTIONS
from posts.queries import get_visible_post
from posts.quoting import find_quotable
from posts.reach import Outlook, find_outlook
from web.attaching import Attached, attached_files
from web.card import Card, list_cards
from web.composing import Typed
from web.filled import largest_form
from web.refusals import refusal_words
from web.spoken import WRITTEN
from web.visit import Visit

# As the chooser names them: what is for one's house alone comes last.
AUDIENCES = (
    Visibility.PUBLIC,
    Visibility.UNLISTED,
    Visibility.DOCTORS,
    Visibility.FOLLOWERS,
    Visibility.MENTIONED,
    Visibility.LOCAL,
)
_POLLS_LAST_S = (300, 1800, 3600, 21600, 86400, 259200, 604800, 2592000)


@dataclass(frozen=True, slots=True)
class Composer:
    """What the composer shows; `edited` is the post that is changed.

    `offered` are the audiences to choose from; `is_narrowed` where what it answers or quotes allows
    fewer than usual. `restores` is whether a draft that the device kept may take its place.
    """

    typed: Typed
    offered: Sequence[Visibility]
    chosen: Visibility
    outlook: Outlook
    files: Sequence[Attached] = ()
    parent: Card | None = None
    quoted: Card | None = None
    edited: Card | None = None
    is_narrowed: bool = False
    problem: str = ""
    notice: str = ""
    restores: bool = False
    languages: Sequence[tuple[str, str]] = ()
    lasting: Sequence[tuple[str, str]] = ()
    limits: Mapping[str, object] = field(default_factory=dict)

    @property
    def action(self) -> str:
        """Where the form goes."""
        return f"{self.edited.path}/edit" if self.edited is not None else "/compose"

    @property
    def is_clinical(self) -> bool:
        """Whether it goes to no host that does not verify its doctors."""
        cards = (self.parent, self.quoted, self.edited)
        return any(card is not None and card.post.clinical for card in cards)


def fresh(visit: Visit, **values: Any) -> Typed:
    """Return a composer's beginning, as the reader has set; `values` are those of Typed."""
    user = visit.require_member().user
    usual: dict[str, Any] = {
        "language": user.default_language or visit.language.code,
        "sensitive": user.default_sensitive,
        "quote_policy": user.default_quote_policy or "",
    }
    return Typed(**(usual | values))


async def composer_page(
    visit: Visit,
    values: Typed,
    *,
    status: int = 200,
    problem: str = "",
    notice: str = "",
    restores: bool = False,
) -> Response:
    """Show the composer with what was typed; to our script the form alone.

    `problem` is why it was not published, `notice` what else is to be said; with `restores` a draft
    that the device kept takes its place. What it answers or quotes is named, not shown, where the
    reader may not see it any more.
    """
    if values.is_short:
        values = _unfolded(visit, values)
    async with visit.database.read() as session:
        shown = await _compose(session, visit, values)
    composer = replace(
        shown,
        problem=problem or shown.problem,
        notice=notice,
        restores=restores,
        languages=_languages(visit, values.language),
        lasting=_lasting(visit.language, values.poll.lasts_s),
        limits=_limits(visit.site.settings),
    )
    template = "compose_part.html" if visit.wants_part else "compose.html"
    return visit.page(template, status=status, composer=composer)


def _unfolded(visit: Visit, short: Typed) -> Typed:
    """Return what was typed below a thread with all that the composer asks besides."""
    return replace(
        fresh(visit),
        **{name: getattr(short, name) for name in ("text", "audience", "answer", "files", "key")},
    )


async def _compose(session: AsyncSession, visit: Visit, typed: Typed) -> Composer:
    member = visit.require_member()
    edited = await own_post(session, visit, typed.edits) if typed.edits is not None else None
    parent = await _unless_gone(find_answered(session, visit, typed.answer))
    quoted = await _unless_gone(find_quotable(session, member.actor, typed.quote))
    offered, chosen = choices(visit, parent=parent, quoted=quoted)
    usually, _ = choices(visit)
    wanted = [visibility for visibility in offered if visibility.value == typed.audience]
    known = [post for post in (parent, quoted, edited) if post is not None]
    cards = {card.post.id: card for card in await list_cards(session, known, visit.viewer)}
    return Composer(
        typed=typed,
        offered=offered,
        chosen=edited.visibility if edited is not None else (*wanted, chosen)[0],
        outlook=await find_outlook(
            session, member.actor, find_handles(typed.text), parent=parent, quoted=quoted
        ),
        files=await attached_files(session, visit, typed.files),
        parent=cards.get(parent.id) if parent is not None else None,
        quoted=cards.get(quoted.id) if quoted is not None else None,
        edited=cards.get(edited.id) if edited is not None else None,
        is_narrowed=len(offered) < len(usually),
        problem=await _closed(session, visit, parent if edited is None else None),
    )


async def own_post(session: AsyncSession, visit: Visit, post_id: int) -> Post:
    """Return a post that the reader wrote; raises NotFound for others, and for boosts."""
    post = await get_visible_post(session, visit.viewer, post_id)
    if post.author_id != visit.require_member().actor.id or post.boost_of_id is not None:
        raise NotFound(f"post {post_id} is none that the reader may change")
    return post


async def find_answered(
    session: AsyncSession, visit: Visit, post_id: int | None
) -> Post | None:
    """Return what is to be answered, of a boost what it passes on; None for nothing.

    Raises NotFound for what the reader may not see.
    """
    if post_id is None:
        return None
    post = await get_visible_post(session, visit.viewer, post_id)
    if post.boost_of_id is None:
        return post
    return await get_visible_post(session, visit.viewer, post.boost_of_id)


async def _unless_gone(found: Awaitable[Post | None]) -> Post | None:
    try:
        return await found
    except NotFound:
        return None


async def _closed(session: AsyncSession, visit: Visit, parent: Post | None) -> str:
    me = visit.require_member().actor.id
    is_closed = parent is not None and await is_closed_to(session, parent, me)
    return refusal_words(visit.language, "thread is closed") if is_closed else ""


def choices(
    visit: Visit, *, parent: Post | None = None, quoted: Post | None = None
) -> tuple[list[Visibility], Visibility]:
    """Return the audiences that the reader may choose from, and the one that is chosen at first."""
    user = visit.require_member().user
    taken = offered_audiences(user, is_doctor=visit.viewer.is_doctor, parent=parent, quoted=quoted)
    offered = [one for one in AUDIENCES if one in taken]
    return offered, visit.usual_audience(parent=parent, quoted=quoted) or offered[0]


def _limits(settings: Settings) -> dict[str, object]:
    return {
        "characters": MAX_CHARACTERS,
        "choices": MAX_OPTIONS,
        "choice_characters": MAX_OPTION_CHARACTERS,
        "files": MAX_FILES,
        "pictures": MAX_PICTURES,
        "description": MAX_DESCRIPTION,
        "types": ",".join(supported_types()),
        "file_bytes": largest_upload(settings),
        "picture_bytes": settings.max_image_bytes,
        "form_bytes": largest_form(settings),
    }


def _languages(visit: Visit, chosen: str) -> list[tuple[str, str]]:
    """Return the languages to write in: what is chosen, the page's own, then all by their names."""
    said = visit.language.gettext
    names = {code: said(name) for code, name in WRITTEN}
    by_name = sorted(names, key=lambda code: names[code].casefold())
    usual = visit.require_member().user.default_language or ""
    order = dict.fromkeys(code for code in (chosen, visit.language.code, usual, *by_name) if code)
    return [(code, names.get(code, code)) for code in order]


def _lasting(language: Language, chosen: str) -> list[tuple[str, str]]:
    asked = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 8 else 0
    seconds = sorted({*_POLLS_LAST_S, *([asked] if asked else [])})
    return [(str(one), _duration(language, one)) for one in seconds]


def _duration(language: Language, seconds: int) -> str:
    if seconds % 86400 == 0:
        return language.ngettext("%(n)d day", "%(n)d days", seconds // 86400)
    if seconds % 3600 == 0:
        return language.ngettext("%(n)d hour", "%(n)d hours", seconds // 3600)
    return language.ngettext("%(n)d minute", "%(n)d minutes", seconds // 60)
