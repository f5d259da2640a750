"""From the word a client says, or none, to the audience of a post (WIRE §6). Pure."""

from __future__ import annotations

from core.errors import InvalidInput
from posts.models import Post, Visibility
from posts.visibility import clamp
from users.models import User

_WORDS = {
    "public": Visibility.PUBLIC,
    "unlisted": Visibility.UNLISTED,
    "direct": Visibility.MENTIONED,
    "doctors": Visibility.DOCTORS,
    "local": Visibility.LOCAL,
    # A doctor's `private` means `doctors`: this is how one writes to followers all the same.
    "followers": Visibility.FOLLOWERS,
}
_NOT_A_DOCTOR = "Validation failed: only verified doctors write to the verified doctors"

_OTHER_AUDIENCE = "Validation failed: what is quoted is for other people than this thread"


def choose_audience(
    word: str | None,
    user: User,
    *,
    is_doctor: bool,
    parent: Post | None,
    quoted: Post | None = None,
) -> Visibility:
    """Return the audience of a new post; a reply is clamped to its parent's, never refused for it.

    So is a quote to that of what it quotes; only one that is for other people than the thread in
    which it stands is refused.

    `private` means what the user has set, no word their default audience; without a setting both
    are `doctors` for verified doctors and `followers` for others. Raises InvalidInput for a word
    that is none, and for `doctors` by somebody who is no verified doctor (WIRE §5).
    """
    in_thread = clamp(_asked(word, user, is_doctor=is_doctor), parent)
    chosen = clamp(in_thread, quoted)
    if clamp(chosen, parent) is not chosen:
        raise InvalidInput(_OTHER_AUDIENCE)
    require_doctor(chosen, is_doctor=is_doctor)
    return chosen


def require_doctor(chosen: Visibility, *, is_doctor: bool) -> None:
    """Raise InvalidInput for words to the verified doctors, new or changed, by who is none now."""
    if chosen is Visibility.DOCTORS and not is_doctor:
        raise InvalidInput(_NOT_A_DOCTOR)


def offered_audiences(
    user: User, *, is_doctor: bool, parent: Post | None, quoted: Post | None = None
) -> tuple[Visibility, ...]:
    """Return the audiences that somebody may choose for a post, as `choose_audience` takes them."""

    def is_kept(word: str, meant: Visibility) -> bool:
        try:
            chosen = choose_audience(
                word, user, is_doctor=is_doctor, parent=parent, quoted=quoted
            )
        except InvalidInput:
            return False
        return chosen is meant

    return tuple(meant for word, meant in _WORDS.items() if is_kept(word, meant))


def word_of(visibility: Visibility) -> str:
    """Return the word that means this audience, whatever somebody has set."""
    return next(word for word, meant in _WORDS.items() if meant is visibility)


def visibility_of_word(word: str) -> Visibility:
    """Return the audience that a word means which `word_of` gave."""
    return _WORDS[word]


def _asked(word: str | None, user: User, *, is_doctor: bool) -> Visibility:
    if word in (None, ""):
        return _set_by(user.default_audience, is_doctor=is_doctor)
    if word == "private":
        return _set_by(user.private_means, is_doctor=is_doctor)
    try:
        return _WORDS[str(word)]
    except KeyError as error:
        raise InvalidInput("Validation failed: Visibility is not included in the list") from error


def _set_by(setting: str | None, *, is_doctor: bool) -> Visibility:
    fallback = Visibility.DOCTORS if is_doctor else Visibility.FOLLOWERS
    chosen = Visibility(setting) if setting else fallback
    # Who is no doctor any more has not asked for `doctors` just now: the setting is from before.
    return fallback if chosen is Visibility.DOCTORS else chosen
