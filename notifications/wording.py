"""The words of a push message: what a locked screen may show, in its reader's language.

Of a post that not everybody may read, or a clinical one, nothing is said but that there is
something: who else sees the screen is not known.
"""

from __future__ import annotations

from collections.abc import Mapping

from actors.models import Actor
from core.html import to_plain
from core.i18n import Language, mark
from notifications.models import Kind
from posts.eyes import OPEN
from posts.models import Post, Visibility

MAX_NAME, MAX_BODY = 60, 140
_TITLES: Mapping[Kind, str] = {
    Kind.MENTION: mark("%(name)s mentions you"),
    Kind.FOLLOW: mark("%(name)s follows you now"),
    Kind.FOLLOW_REQUEST: mark("%(name)s asks to follow you"),
    Kind.LIKE: mark("%(name)s approves of your post"),
    Kind.BOOST: mark("%(name)s passed your post on"),
    Kind.STATUS: mark("%(name)s has posted"),
    Kind.UPDATE: mark("%(name)s edited a post that you passed on"),
    Kind.POLL: mark("A poll is over"),
    Kind.QUOTE: mark("%(name)s quotes you"),
    Kind.QUOTED_UPDATE: mark("%(name)s edited a post that you quote"),
    Kind.ADDED_TO_COLLECTION: mark("%(name)s recommends you in a collection"),
}
_PRIVATE_TITLE = mark("%(name)s writes to you")
_NO_CONTENT = mark("Open the app to read it.")


def title(kind: Kind, sender: Actor, post: Post | None, language: Language) -> str:
    """Return what happened, in one line."""
    is_private = post is not None and post.visibility is Visibility.MENTIONED
    wanted = _PRIVATE_TITLE if is_private and kind is Kind.MENTION else _TITLES[kind]
    name = _shortened(sender.name or sender.username, MAX_NAME)
    return language.gettext(wanted, name=name)


def body(sender: Actor, post: Post | None, language: Language) -> str:
    """Return the beginning of a post that everybody may read, else words that say nothing of it."""
    if post is None:
        return f"@{sender.handle}"
    if post.visibility not in OPEN or post.clinical:
        return language.gettext(_NO_CONTENT)
    return _shortened(post.content_warning or to_plain(post.content), MAX_BODY)


def _shortened(text: str, most: int) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= most else f"{one_line[: most - 1]}…"
