"""https://docs.joinmastodon.org/methods/reports/: telling the moderators of somebody."""

from __future__ import annotations

from typing import Any

from actors.queries import get_actor
from api.acting import acting
from api.entities.account import account
from api.entities.report import report_json
from api.fields import Fields
from api.routing import Call, Door, Route
from core.errors import InvalidInput, NotFound
from db.session import AsyncSession
from moderation.reports import CATEGORIES, MAX_COMMENT, MAX_POSTS, Complaint
from outbox.flag import send_report
from posts.models import Post
from posts.queries import list_visible_posts
from posts.visibility import Viewer


async def post_report(call: Call) -> dict[str, Any]:
    """Tell the moderators here of an account; with `forward`, those of its own server too."""
    fields = call.fields
    comment, category = _comment(fields), _category(fields)
    target_id = fields.id("account_id")
    if target_id is None:
        raise InvalidInput("Validation failed: account_id can't be blank")
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        target = await get_actor(session, target_id)
        posts = await _posts_of(session, call.viewer, target.id, fields.ids("status_ids"))
        complaint = Complaint(
            reporter_id=me.id,
            target_id=target.id,
            post_ids=tuple(post.id for post in posts),
            category=category,
            comment=comment,
        )
        report = await send_report(
            session, complaint, target=target, posts=posts, forwards=bool(fields.flag("forward"))
        )
        return report_json(report, await account(session, target))


def _comment(fields: Fields) -> str:
    comment = (fields.text("comment") or "").strip()
    if len(comment) > MAX_COMMENT:
        raise InvalidInput(
            f"Validation failed: Comment is too long (maximum is {MAX_COMMENT} characters)"
        )
    return comment


def _category(fields: Fields) -> str:
    asked = fields.text("category")
    if not asked:
        return "violation" if fields.texts("rule_ids") else "other"
    if asked not in CATEGORIES:
        raise InvalidInput("Validation failed: Category is not included in the list")
    return asked


async def _posts_of(
    session: AsyncSession, viewer: Viewer, author_id: int, ids: list[int]
) -> list[Post]:
    """Return posts that are named; raises NotFound for others' and for what the caller sees not."""
    if len(ids) > MAX_POSTS:
        raise InvalidInput(f"Validation failed: at most {MAX_POSTS} posts")
    found = await list_visible_posts(session, viewer, ids)
    posts = [post for post in found.values() if post.author_id == author_id]
    if len(posts) != len(ids):
        raise NotFound("a reported post is not there, or somebody else's")
    return sorted(posts, key=lambda post: post.id)


ROUTES = (
    Route("POST", "/api/v1/reports", post_report, Door.USER, ("write:reports",)),
)
