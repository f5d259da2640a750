"""What a client wants to post: the fields of a status, read once, for now and for later."""

from __future__ import annotations

from dataclasses import replace

from api.fields import Fields, read_id
from core.errors import InvalidInput
from posts.params import FileWords, PostParams
from posts.poll_draft import PollDraft, read_poll_draft
from posts.quotes import FOLLOWERS, NOBODY, PUBLIC


def read_params(fields: Fields) -> PostParams:
    """Read what a client wants to post."""
    return replace(read_edit(fields), poll=_poll_of(fields))


def read_edit(fields: Fields) -> PostParams:
    """Read what a client wants to change of a post; a poll is never changed."""
    return PostParams(
        text=fields.text("status") or "",
        visibility=fields.text("visibility"),
        in_reply_to_id=fields.id("in_reply_to_id"),
        media_ids=_media_ids(fields),
        media_attributes=_media_attributes(fields),
        spoiler_text=fields.text("spoiler_text"),
        sensitive=fields.flag("sensitive"),
        language=fields.text("language"),
        quoted_post_id=fields.id("quoted_status_id"),
        quote_policy=read_quote_policy(fields),
    )


def read_quote_policy(fields: Fields) -> str | None:
    """Read who may quote a post, None where nothing is said.

    Raises InvalidInput for a word that is none.
    """
    asked = fields.text("quote_approval_policy") or None
    if asked not in (None, PUBLIC, FOLLOWERS, NOBODY):
        raise InvalidInput("Validation failed: Quote approval policy is not included in the list")
    return asked


def _media_ids(fields: Fields) -> tuple[int, ...] | None:
    """Return the files that are named; None where nothing is said of files."""
    if fields.is_null("media_ids"):
        return ()
    if "media_ids" not in fields and "media_ids[]" not in fields:
        return None
    return tuple(read_id(text, "media_ids") for text in fields.texts("media_ids") if text)


def _media_attributes(fields: Fields) -> tuple[FileWords, ...]:
    return tuple(
        FileWords(found, words.text("description"), words.text("focus"))
        for words in fields.each("media_attributes")
        if (found := words.id("id")) is not None
    )


def _poll_of(fields: Fields) -> PollDraft | None:
    """Return what the post is to ask, if it is to ask anything."""
    titles = fields.texts("poll[options]")
    if not any(titles):
        return None
    return read_poll_draft(
        titles,
        lasts_s=fields.text("poll[expires_in]"),
        is_multiple=fields.flag("poll[multiple]") or False,
        hides_totals=fields.flag("poll[hide_totals]") or False,
    )
