"""Link previews: what a page that posts link to says of itself, fetched once for all of them.

Only for posts that everybody may read: what others write is not told to the hosts that they name.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlmodel import col

from actors.models import Actor
from core.clock import now
from core.errors import HostRefused, InvalidDocument, ServerError
from core.html_rules import unescape_value
from core.logging import get_logger
from core.settings import Switch
from db.jobs import enqueue, upsert
from db.session import AsyncSession, Database, settings_of
from federation.client import Client
from federation.origin import host_of
from federation.pages import Page
from federation.uris import local_uris
from media.copies import forget_copies
from moderation.policy import may_take_media, may_talk_to
from posts.eyes import OPEN
from posts.models import LinkCard, Post

# A post from elsewhere reaches many instances at once: they should not ask at once.
WAIT_S, WAIT_FOR_OURS_S = 60.0, 2.0
TRY_AGAIN_AFTER = timedelta(days=1)
MAX_TRIES = 3
FORGOTTEN_AT_ONCE = 500
# As our sanitiser writes a link; href comes first, then class and rel.
_LINK = re.compile(r'<a href="([^"<>]++)"(?: class="([^"<>]*+)")?+(?: rel="([^"<>]*+)")?+>')
_NO_PAGES = frozenset({"mention", "hashtag", "u-url"})
log = get_logger(__name__)


async def owe_card(session: AsyncSession, post: Post, mentioned: Iterable[Actor] = ()) -> None:
    """Note which link of a post is shown as a preview, and owe that where nobody has it yet.

    None of a post that is not for everybody, or clinical. `mentioned` are whom it names.
    """
    uris = local_uris(settings_of(session))
    post.card_url = url = _find_url(session, post, mentioned)
    if url is None or not await _is_due(session, url):
        return
    may_ask = await may_talk_to(session, host_of(url))
    row = {"url": url, "created_at": now(), "failed_at": None if may_ask else now()}
    statement = upsert(session, LinkCard).values(key=key_of(url), **_EMPTY, **row)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["key"], set_=row)
    )
    if may_ask:
        wait_s = WAIT_FOR_OURS_S if uris.is_local(post.uri) else WAIT_S
        due_at = now() + timedelta(seconds=random.uniform(0, wait_s))
        await _owe(session, key_of(url), tries=0, due_at=due_at)


_EMPTY = {"kind": "link", "title": "", "description": "", "author_name": "", "provider_name": ""}


def key_of(url: str) -> str:
    """Return the key of a page's card."""
    return hashlib.sha256(url.encode()).hexdigest()


async def _owe(session: AsyncSession, key: str, *, tries: int, due_at: Any) -> None:
    payload = {"key": key, "tries": tries}
    await enqueue(session, "fetch card", payload, key=f"fetch card {key}", due_at=due_at)


def _find_url(session: AsyncSession, post: Post, mentioned: Iterable[Actor]) -> str | None:
    settings = settings_of(session)
    if settings.link_previews is Switch.OFF or post.visibility not in OPEN:
        return None
    if post.clinical or post.boost_of_id is not None or post.deleted_at is not None:
        return None
    uris = local_uris(settings)
    people = {address for actor in mentioned for address in (actor.uri, actor.url)}
    return find_link(
        post.content,
        but_not={*people, post.uri, post.url, post.quote_uri or ""},
        hosts={uris.host, uris.handle_domain},
    )


def find_link(content: str, *, but_not: Collection[str], hosts: Collection[str]) -> str | None:
    """Return the first page that sanitised HTML links to: no mention, no hashtag, no quote.

    `but_not` are addresses to pass over, `hosts` are ours. The fragment is dropped.
    """
    if "<a " not in content:
        return None
    for found in _LINK.finditer(content):
        href, classes, rel = unescape_value(found[1]), found[2] or "", found[3] or ""
        url = href.partition("#")[0]
        if not _NO_PAGES.isdisjoint(classes.split()) or "tag" in rel.split():
            continue
        if href in but_not or url in but_not or _is_in_quote(content, found.start()):
            continue
        try:
            if host_of(url) not in hosts:
                return url
        except InvalidDocument:
            continue
    return None


def _is_in_quote(content: str, position: int) -> bool:
    # Mastodon names what is quoted in a paragraph of its own, for those who know no quotes.
    start = max(content.rfind("<p", 0, position), content.rfind("<span", 0, position))
    return start >= 0 and 'class="quote-inline"' in content[start : start + 40]


async def _is_due(session: AsyncSession, url: str) -> bool:
    statement = select(
        col(LinkCard.fetched_at), col(LinkCard.failed_at), col(LinkCard.created_at)
    ).where(col(LinkCard.key) == key_of(url))
    known = (await session.execute(statement)).first()
    if known is None:
        return True
    fetched_at, failed_at, created_at = known
    return fetched_at is None and now() - (failed_at or created_at) >= TRY_AGAIN_AFTER


async def fetch_card(database: Database, client: Client, payload: Mapping[str, Any]) -> None:
    """Fetch what a page says of itself, unless it is here; one that fails is tried again tomorrow.

    After MAX_TRIES it is left, until somebody links to it again.
    """
    key, tries = str(payload["key"]), int(payload.get("tries", 0)) + 1
    async with database.read() as session:
        card = await session.get(LinkCard, key)
    if card is None or card.fetched_at is not None:
        return
    try:
        page = await client.fetch_page(card.url)
    except ServerError as error:
        log.info("a linked page gives no preview", host=host_of(card.url), reason=str(error))
        may_again = tries < MAX_TRIES and not isinstance(error, HostRefused)
        await _note_failure(database, key, tries=tries, may_again=may_again)
        return
    async with database.transaction() as session:
        said = _said(page) | {"image_url": await _picture(session, page)}
        await session.execute(update(LinkCard).where(col(LinkCard.key) == key).values(**said))


async def _picture(session: AsyncSession, page: Page) -> str | None:
    """Return the picture that a page names, if its host is asked for files at all."""
    try:
        is_taken = page.image_url and await may_take_media(session, host_of(page.image_url))
    except InvalidDocument:
        return None
    return page.image_url if is_taken else None


def _said(page: Page) -> dict[str, Any]:
    return {
        "title": page.title,
        "description": page.description,
        "author_name": page.author,
        "provider_name": page.site_name,
        "language": page.language,
        "published_at": page.published,
        "fetched_at": now(),
        "failed_at": None,
    }


async def _note_failure(database: Database, key: str, *, tries: int, may_again: bool) -> None:
    async with database.transaction() as session:
        failed = update(LinkCard).where(col(LinkCard.key) == key).values(failed_at=now())
        await session.execute(failed)
        if may_again:
            await _owe(session, key, tries=tries, due_at=now() + TRY_AGAIN_AFTER)


async def forget_cards(session: AsyncSession, age: timedelta) -> int:
    """Forget some of the cards that are older and that no post names; return how many."""
    is_named = exists().where(col(Post.card_url) == col(LinkCard.url))
    unnamed = (
        select(col(LinkCard.key))
        .where(col(LinkCard.created_at) < now() - age, ~is_named)
        .order_by(col(LinkCard.created_at))
        .limit(FORGOTTEN_AT_ONCE)
    )
    gone = await session.execute(
        delete(LinkCard)
        .where(col(LinkCard.key).in_(unnamed))
        .returning(col(LinkCard.image_url))
        .execution_options(synchronize_session=False)
    )
    pictures = list(gone.scalars())
    await forget_copies(session, pictures)
    return len(pictures)


async def find_cards(session: AsyncSession, urls: Iterable[str | None]) -> dict[str, LinkCard]:
    """Return the previews that there are of some pages, by address; one query, none for none."""
    keys = {key_of(url) for url in urls if url}
    if not keys or settings_of(session).link_previews is Switch.OFF:
        return {}
    statement = select(LinkCard).where(
        col(LinkCard.key).in_(keys), col(LinkCard.fetched_at).is_not(None)
    )
    return {card.url: card for card in await session.scalars(statement)}
