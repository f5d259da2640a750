"""The streams that somebody can listen to, under the names of the client API."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from moderation.filters import FilterContext
from posts.live import Place


class Stream(StrEnum):
    """What is told live; the values are the client API's names."""

    USER = "user"
    NOTIFICATIONS = "user:notification"
    PUBLIC = "public"
    PUBLIC_MEDIA = "public:media"
    LOCAL = "public:local"
    LOCAL_MEDIA = "public:local:media"
    REMOTE = "public:remote"
    REMOTE_MEDIA = "public:remote:media"
    HASHTAG = "hashtag"
    HASHTAG_LOCAL = "hashtag:local"
    LIST = "list"
    DIRECT = "direct"


PUBLIC_ONES = frozenset(
    {
        Stream.PUBLIC,
        Stream.PUBLIC_MEDIA,
        Stream.LOCAL,
        Stream.LOCAL_MEDIA,
        Stream.REMOTE,
        Stream.REMOTE_MEDIA,
        Stream.HASHTAG,
        Stream.HASHTAG_LOCAL,
    }
)
_WITH_MEDIA = frozenset({Stream.PUBLIC_MEDIA, Stream.LOCAL_MEDIA, Stream.REMOTE_MEDIA})
_WITHOUT_POSTS = frozenset({Stream.NOTIFICATIONS, Stream.DIRECT})


@dataclass(frozen=True, slots=True)
class Channel:
    """One stream as somebody listens to it; `about` is the hashtag, folded, or the list's id."""

    stream: Stream
    about: str = ""

    @property
    def names(self) -> list[str]:
        """How messages name it: `["hashtag", "doctoctoc"]`."""
        return [self.stream.value, self.about] if self.about else [self.stream.value]

    @property
    def carries_posts(self) -> bool:
        """Whether posts come by it."""
        return self.stream not in _WITHOUT_POSTS

    @property
    def context(self) -> FilterContext:
        """Which of a person's filters count here."""
        return FilterContext.PUBLIC if self.stream in PUBLIC_ONES else FilterContext.HOME

    def owner_id(self, actor_id: int | None) -> int | None:
        """Return whose timeline it is that somebody listens to: a person's or a list's."""
        if self.stream is Stream.LIST:
            return int(self.about)
        return actor_id if self.stream is Stream.USER else None

    def shows(self, place: Place, actor_id: int | None) -> bool:
        """Tell whether a post that shows there comes by this stream, for who may see it at all."""
        if self.stream in _WITH_MEDIA and not (place.has_media or place.is_deleted):
            return False
        match self.stream:
            case Stream.USER | Stream.LIST:
                return place.is_deleted or self.owner_id(actor_id) in place.owner_ids
            case Stream.PUBLIC | Stream.PUBLIC_MEDIA:
                return place.on_public
            case Stream.LOCAL | Stream.LOCAL_MEDIA:
                return place.on_local
            case Stream.REMOTE | Stream.REMOTE_MEDIA:
                return place.on_public and not place.author_is_local
            case Stream.HASHTAG:
                return self._is_tagged(place)
            case Stream.HASHTAG_LOCAL:
                return self._is_tagged(place) and place.author_is_local
        return False

    def _is_tagged(self, place: Place) -> bool:
        return place.tags is None or self.about in place.tags
