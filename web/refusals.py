"""Why a post, or a file for one, is not taken: the rooms' words for programs, as people say it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.errors import InvalidInput, NotFound, ServerError, TooLarge
from core.i18n import Language, mark
from media.store import StoreFull
from users.limits import TooManyAttempts

# The first that is found in what a room said decides; its groups are filled in.
_SAID: Sequence[tuple[re.Pattern[str], str]] = [
    (re.compile(pattern), words)
    for pattern, words in (
        ("Text can't be blank", mark("There is nothing in it yet: write a text or attach a file.")),
        (
            r"Text character limit of (?P<most>\d+)",
            mark(
                "It is too long: %(most)s characters at most, with the warning. Shorten it, or put "
                "the rest into an answer to it."
            ),
        ),
        ("half a character", mark("A character of the text is broken: take it out.")),
        (
            r"names more than (?P<most>\d+)",
            mark("It names more than %(most)s people: take some out."),
        ),
        (
            "files, a poll or a quote",
            mark("A post has files, a poll or a quote, one of the three: take out the others."),
        ),
        ("thread is closed", mark("This conversation is closed: nobody can answer any more.")),
        (
            "only verified doctors",
            mark("Only verified doctors write to the verified doctors: choose other readers."),
        ),
        (
            "other people than this thread",
            mark(
                "What you quote is for other people than this conversation: quote it in a post of "
                "its own."
            ),
        ),
        (
            "cannot quote one of another",
            mark(
                "A post for members only cannot quote one of another instance, whose author would "
                "have to be asked: choose other readers."
            ),
        ),
        ("Visibility is not", mark("Choose who may read it.")),
        ("Quote approval policy", mark("Choose who may quote it.")),
        (
            r"@(?P<handle>\S+) cannot have this post",
            mark(
                "@%(handle)s cannot have it: only instances that are trusted to verify their "
                "doctors receive it. Take out the name, or choose other readers."
            ),
        ),
        (
            r"@(?P<handle>\S+) cannot have this message",
            mark(
                "@%(handle)s cannot have it: this instance does not talk to theirs. Take out the "
                "name."
            ),
        ),
        ("Poll must have more", mark("A poll has two choices at least.")),
        (r"contain more than (?P<most>\d+) items", mark("A poll has %(most)s choices at most.")),
        (
            r"items can't be longer than (?P<most>\d+)",
            mark("A choice of the poll is too long: %(most)s characters at most."),
        ),
        ("duplicate items", mark("Two choices of the poll are the same: change one.")),
        ("Poll (expiration|duration)", mark("Choose how long the poll lasts.")),
        ("must be in the future", mark("The moment is too near: five minutes from now at least.")),
        ("more than a year away", mark("The moment is more than a year away: choose another.")),
        ("Scheduled at is invalid", mark("This is no moment: choose the day and the hour.")),
        (
            r"limit of (?P<most>\d+) scheduled posts for that day",
            mark("On that day %(most)s posts wait already: choose another."),
        ),
        (
            r"limit of (?P<most>\d+) scheduled",
            mark("%(most)s posts of yours wait already: publish or delete some first."),
        ),
        (
            "Media .* not found or already attached",
            mark("A file is not there any more, or belongs to another post: attach it again."),
        ),
        (
            r"more than (?P<files>\d+) files, or (?P<pictures>\d+) pictures",
            mark("Too many files: %(files)s at most, or %(pictures)s pictures. Take some out."),
        ),
        (
            "a video or a sound to a post that has other",
            mark("A film or a sound stands alone: take out the other files."),
        ),
        (
            "not finished processing",
            mark("A file is still being made ready: wait a moment, then publish again."),
        ),
        (
            "content type is invalid",
            mark(
                "This kind of file is not taken: pictures are, and where this instance can read "
                "them films, sounds and PDF."
            ),
        ),
        ("File size must be less|file is too large", mark("A file is too large.")),
        (
            "attached to nothing",
            mark("Too many of your files belong to no post: publish or remove some first."),
        ),
        (
            "a file that is not expected",
            mark("Too many files at once: attach the others after these."),
        ),
        (
            "File could not be processed|Validation failed: File:|File is not there",
            mark("A file cannot be read; it may be damaged. Save it anew and attach it again."),
        ),
        (
            "not there any more",
            mark("What it answers or quotes is not there any more, or not for you."),
        ),
        ("account cannot post", mark("Your account could not post at that moment.")),
    )
]
_KINDS: Sequence[tuple[type[ServerError], str]] = (
    (NotFound, mark("What it answers or quotes is not there any more, or not for you.")),
    (TooLarge, mark("A file is too large.")),
    (StoreFull, mark("There is no room for files at the moment: try again later, or without.")),
    (TooManyAttempts, mark("Those were many files in a short time: wait some minutes.")),
)
_OTHERWISE = mark("This cannot be done now: try again in a minute.")


def refusal_words(language: Language, error: ServerError | str) -> str:
    """Return why something was refused, in the words of a page, with what to do."""
    for kind, words in _KINDS:
        if isinstance(error, kind):
            return language.gettext(words)
    if isinstance(error, ServerError) and not isinstance(error, InvalidInput):
        return language.gettext(_OTHERWISE)
    said = str(error)
    for pattern, words in _SAID:
        if (found := pattern.search(said)) is not None:
            return language.gettext(words, **found.groupdict())
    return said.removeprefix("Validation failed: ")
