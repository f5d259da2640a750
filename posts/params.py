"""What a client asks to be posted: its fields, read once, the same now and for a later moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from posts.poll_draft import PollDraft


@dataclass(frozen=True, slots=True)
class FileWords:
    """What an edit says of a file that its post has: None leaves it as it is."""

    media_id: int
    description: str | None = None
    focus: str | None = None


@dataclass(frozen=True, slots=True)
class PostParams:
    """A post as it is asked for; nothing of it is checked but that it can be read.

    `visibility` is the client API's word, `doctors`, `local`, or None for the user's default.
    `quote_policy` is `public`, `followers`, `nobody`, or None for the user's default. Of an edit,
    None in `media_ids` leaves the files as they are.
    """

    text: str = ""
    visibility: str | None = None
    in_reply_to_id: int | None = None
    media_ids: tuple[int, ...] | None = None
    media_attributes: tuple[FileWords, ...] = ()
    spoiler_text: str | None = None
    sensitive: bool | None = None
    language: str | None = None
    poll: PollDraft | None = None
    quoted_post_id: int | None = None
    quote_policy: str | None = None
    app_name: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what is stored of it for a later moment; ids are texts."""
        poll = self.poll
        return {
            "text": self.text,
            "visibility": self.visibility,
            "in_reply_to_id": _text(self.in_reply_to_id),
            "media_ids": [str(media_id) for media_id in self.media_ids or ()],
            "spoiler_text": self.spoiler_text,
            "sensitive": self.sensitive,
            "language": self.language,
            "poll": None
            if poll is None
            else {
                "options": list(poll.titles),
                "expires_in": int(poll.lasts.total_seconds()),
                "multiple": poll.is_multiple,
                "hide_totals": poll.hides_totals,
            },
            "quoted_post_id": _text(self.quoted_post_id),
            "quote_policy": self.quote_policy,
            "app_name": self.app_name,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> PostParams:
        """Read what `to_json` wrote."""
        poll = stored["poll"]
        return cls(
            text=stored["text"],
            visibility=stored["visibility"],
            in_reply_to_id=_number(stored["in_reply_to_id"]),
            media_ids=tuple(int(media_id) for media_id in stored["media_ids"]),
            spoiler_text=stored["spoiler_text"],
            sensitive=stored["sensitive"],
            language=stored["language"],
            poll=None
            if poll is None
            else PollDraft(
                tuple(poll["options"]),
                timedelta(seconds=poll["expires_in"]),
                poll["multiple"],
                poll["hide_totals"],
            ),
            quoted_post_id=_number(stored["quoted_post_id"]),
            quote_policy=stored["quote_policy"],
            app_name=stored["app_name"],
        )


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)
