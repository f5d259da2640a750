"""What somebody typed in the composer: read from its form, from a post, and made a post's params.

Nothing is checked here but that it can be read: a wrong thing is kept as it was typed, and shown
again with what is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.errors import InvalidInput
from media.kinds import MAX_PICTURES
from media.models import Media
from media.words import Words, read_words
from posts.audience import visibility_of_word, word_of
from posts.edits import source_text
from posts.models import Post, Visibility
from posts.params import FileWords, PostParams
from posts.poll_draft import MAX_OPTIONS, read_poll_draft
from posts.polls import PollState
from users.secret import new_secret
from web.filled import Filled
from web.paging import MAX_ID

A_DAY_S = "86400"
# The middle of a picture, in hundredths from its left and from its top.
MIDDLE = "50"
MAX_DRAFT_NAME = 300
_NO_MOMENT = "Validation failed: Scheduled at is invalid"


@dataclass(frozen=True, slots=True)
class TypedFile:
    """A file that is attached; `left` and `top` are where to look, in hundredths of its sides."""

    id: int
    description: str = ""
    left: str = MIDDLE
    top: str = MIDDLE

    @property
    def focus(self) -> str | None:
        """What must be seen, as the client API writes it; None where nothing is said."""
        try:
            left, top = float(self.left), float(self.top)
        except ValueError:
            return None
        if not (math.isfinite(left) and math.isfinite(top)):
            return None
        return f"{left / 50 - 1:.4f},{1 - top / 50:.4f}"

    @property
    def words(self) -> Words:
        """What is said of it."""
        return read_words(self.description, self.focus)


@dataclass(frozen=True, slots=True)
class TypedPoll:
    """A poll as it was typed; one without any choice is none."""

    titles: Sequence[str] = ()
    lasts_s: str = A_DAY_S
    is_multiple: bool = False
    hides_totals: bool = False

    @property
    def is_there(self) -> bool:
        """Whether anything is asked."""
        return any(title.strip() for title in self.titles)


@dataclass(frozen=True, slots=True)
class Typed:
    """What the composer holds; `audience` is a Visibility's value, empty for the usual one.

    `due` is a moment as a browser writes it, without a zone. The same `key` writes one post.
    `answer` and `quote` are posts, `edits` is one of one's own that is changed; `is_short` is the
    form below a thread. `draft` is what a device calls it, empty where the posts tell.
    """

    text: str = ""
    warning: str = ""
    audience: str = ""
    language: str = ""
    sensitive: bool = False
    poll: TypedPoll = field(default_factory=TypedPoll)
    files: Sequence[TypedFile] = ()
    quote_policy: str = ""
    due: str = ""
    answer: int | None = None
    quote: int | None = None
    edits: int | None = None
    key: str = field(default_factory=new_secret)
    is_short: bool = False
    draft: str = ""

    @property
    def about(self) -> str:
        """Name what is being written: a device keeps one draft of each."""
        named = (("edit", self.edits), ("answer", self.answer), ("quote", self.quote))
        found = (f"{what}-{id}" for what, id in named if id is not None)
        return self.draft or next(found, "new")

    @property
    def file_ids(self) -> tuple[int, ...]:
        """The files, in their order."""
        return tuple(one.id for one in self.files)

    def with_file(self, media: Media) -> Typed:
        """Return it with one file more."""
        return replace(self, files=(*self.files, typed_file(media)))

    def params(self) -> PostParams:
        """Return it as a post is asked for; raises InvalidInput for what cannot be read."""
        poll = self.poll
        return PostParams(
            text=self.text,
            visibility=self._word(),
            in_reply_to_id=self.answer,
            media_ids=self.file_ids,
            spoiler_text=self.warning,
            # Below a thread nothing is asked: what the person has set counts.
            sensitive=None if self.is_short else self.sensitive,
            language=self.language or None,
            poll=read_poll_draft(
                poll.titles,
                lasts_s=poll.lasts_s,
                is_multiple=poll.is_multiple,
                hides_totals=poll.hides_totals,
            )
            if poll.is_there
            else None,
            quoted_post_id=self.quote,
            quote_policy=self._quote_policy(),
        )

    def edit_params(self, before: Typed) -> PostParams:
        """Return it as a change of a post: who reads it, its poll and its quote stay.

        Of files only those are named of which something else is said than before.
        """
        return PostParams(
            text=self.text,
            media_ids=self.file_ids,
            media_attributes=tuple(
                FileWords(one.id, one.description, one.focus)
                for one in self.files
                if one not in before.files
            ),
            spoiler_text=self.warning,
            sensitive=self.sensitive,
            language=self.language or None,
            quote_policy=self._quote_policy(),
        )

    def due_in(self, zone: ZoneInfo) -> str:
        """Return when it is to be published, with its zone; raises InvalidInput for no moment."""
        try:
            moment = datetime.fromisoformat(self.due.strip())
        except ValueError as error:
            raise InvalidInput(_NO_MOMENT) from error
        return moment.replace(tzinfo=moment.tzinfo or zone).isoformat()

    def _word(self) -> str | None:
        if not self.audience:
            return None
        try:
            return word_of(Visibility(self.audience))
        except ValueError as error:
            raise InvalidInput(
                "Validation failed: Visibility is not included in the list"
            ) from error

    def _quote_policy(self) -> str | None:
        if self.quote_policy not in {"", "public", "followers", "nobody"}:
            raise InvalidInput(
                "Validation failed: Quote approval policy is not included in the list"
            )
        return self.quote_policy or None


def read_typed(form: Filled) -> Typed:
    """Read the composer's form."""
    return Typed(
        text=form.text("text"),
        warning=form.text("warning"),
        audience=form.text("audience"),
        language=form.text("language"),
        sensitive=form.has("sensitive"),
        poll=TypedPoll(
            titles=tuple(form.texts("choice")[:MAX_OPTIONS]),
            lasts_s=form.text("lasts") or A_DAY_S,
            is_multiple=form.has("multiple"),
            hides_totals=form.has("hidden-totals"),
        ),
        files=tuple(_read_file(form, id) for id in _ids(form.texts("media"))),
        quote_policy=form.text("quote_policy"),
        due=form.text("due"),
        answer=id_in(form.text("answer")),
        quote=id_in(form.text("quote")),
        edits=id_in(form.text("edits")),
        key=form.text("key") or new_secret(),
        is_short=form.has("short"),
        draft=form.text("draft")[:MAX_DRAFT_NAME],
    )


def _read_file(form: Filled, id: int) -> TypedFile:
    return TypedFile(
        id,
        description=form.text(f"description-{id}"),
        left=form.text(f"left-{id}") or MIDDLE,
        top=form.text(f"top-{id}") or MIDDLE,
    )


def _ids(texts: Sequence[str]) -> list[int]:
    found = dict.fromkeys(id for text in texts if (id := id_in(text)) is not None)
    return list(found)[: MAX_PICTURES * 2]


def id_in(text: str | None) -> int | None:
    """Return one of our ids; None for what is none."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 19:
        return None
    return int(text) if int(text) <= MAX_ID else None


def typed_file(media: Media) -> TypedFile:
    """Return what is said of a file now."""
    return _file(media.id, media.description, media.focus_x, media.focus_y)


def _file(id: int, description: str, x: float | None, y: float | None) -> TypedFile:
    if x is None or y is None:
        return TypedFile(id, description)
    return TypedFile(id, description, f"{(x + 1) * 50:.0f}", f"{(1 - y) * 50:.0f}")


def typed_of_post(post: Post, poll: PollState | None = None) -> Typed:
    """Return a post of one's own as it was typed: to be edited, or written anew."""
    return Typed(
        text=source_text(post),
        warning=post.content_warning or "",
        audience=post.visibility.value,
        language=post.language or "",
        sensitive=post.sensitive,
        poll=_typed_poll(poll),
        files=tuple(_file_of_row(row) for row in post.attachments if row.get("media_id")),
        quote_policy=post.quote_policy or "",
        answer=post.in_reply_to_id,
        quote=post.quote_of_id,
    )


def _file_of_row(row: Mapping[str, Any]) -> TypedFile:
    description = str(row.get("description") or "")
    return _file(int(row["media_id"]), description, row.get("focus_x"), row.get("focus_y"))


def _typed_poll(state: PollState | None) -> TypedPoll:
    if state is None:
        return TypedPoll()
    return TypedPoll(
        titles=tuple(option.title for option in state.options),
        is_multiple=state.poll.is_multiple,
        hides_totals=state.poll.hides_totals,
    )


def typed_of_params(params: PostParams, files: Sequence[Media]) -> Typed:
    """Return a post for later as it was typed, with its files: to be changed."""
    poll = params.poll
    return Typed(
        text=params.text,
        warning=params.spoiler_text or "",
        audience=visibility_of_word(params.visibility).value if params.visibility else "",
        language=params.language or "",
        sensitive=bool(params.sensitive),
        poll=TypedPoll(
            poll.titles,
            str(int(poll.lasts.total_seconds())),
            poll.is_multiple,
            poll.hides_totals,
        )
        if poll is not None
        else TypedPoll(),
        files=tuple(typed_file(media) for media in files),
        quote_policy=params.quote_policy or "",
        answer=params.in_reply_to_id,
        quote=params.quoted_post_id,
    )
