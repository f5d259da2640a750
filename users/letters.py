"""The words of our letters, in their reader's language: plain text, short, one thing each.

What strangers may have typed (a name, a reason) stands only in letters to addresses that were
confirmed: nobody sends their own words to anybody through us.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.i18n import Language, mark


class Letter(StrEnum):
    """Why somebody is written to; the value is what the queue keeps."""

    CONFIRM_ADDRESS = "confirm address"
    HAVE_ACCOUNT = "have account"
    RESET_PASSWORD = "reset password"
    PASSWORD_CHANGED = "password changed"
    CHANGE_ADDRESS = "change address"
    ADDRESS_CHANGES = "address changes"
    APPROVED = "approved"
    REFUSED = "refused"
    SOMEBODY_WAITS = "somebody waits"
    SECOND_FACTOR_ON = "second factor on"
    SECOND_FACTOR_OFF = "second factor off"
    CLAIM_WAITS = "claim waits"
    BADGE_GRANTED = "badge granted"
    BADGE_REFUSED = "badge refused"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a letter speaks of: `link` is where it leads, `until` how long that is good."""

    place: str
    username: str = ""
    name: str = ""
    link: str = ""
    until: str = ""
    forgotten: str = ""
    email: str = ""
    reason: str = ""
    waiting: int = 0
    contact: str = ""


@dataclass(frozen=True, slots=True)
class _Words:
    """A subject and paragraphs, still in English."""

    subject: str
    paragraphs: tuple[str, ...]


# Not to be translated, and on a line of its own.
_LINK, _FORGOTTEN, _REASON = "%(link)s", "%(forgotten)s", "%(reason)s"
_HELLO = mark("Hello %(name)s,")
# To an address of which we do not know yet whose it is.
_HELLO_STRANGER = mark("Hello,")
_GOOD_ONCE = mark("The link is good once, until %(until)s.")
_TELL = mark("If it was not you, tell the administrators at once.")
_QUESTIONS = mark("Questions? Write to %(contact)s.")
_WORDS: Mapping[Letter, _Words] = {
    Letter.CONFIRM_ADDRESS: _Words(
        mark("Confirm your address for %(place)s"),
        (
            _HELLO_STRANGER,
            mark("Somebody, most likely you, asked for the account @%(username)s on %(place)s "
                 "with this e-mail address. Confirm that it is yours:"),
            _LINK,
            _GOOD_ONCE,
            mark("If it was not you, do nothing: there will be no account."),
        ),
    ),
    Letter.HAVE_ACCOUNT: _Words(
        mark("You have an account on %(place)s already"),
        (
            _HELLO,
            mark("Somebody, most likely you, wanted to use this e-mail address for an account on "
                 "%(place)s. You have one: @%(username)s. Sign in here:"),
            _LINK,
            mark("If you have forgotten the password, choose a new one here:"),
            _FORGOTTEN,
            mark("If it was not you, do nothing: nobody was told that you have an account."),
        ),
    ),
    Letter.RESET_PASSWORD: _Words(
        mark("A new password for %(place)s"),
        (
            _HELLO,
            mark("Somebody, most likely you, asked for a new password for your account "
                 "@%(username)s. Choose it here:"),
            _LINK,
            mark("The link is good once, until %(until)s. With a new password you are signed out "
                 "everywhere else."),
            mark("If it was not you, do nothing: your password stays as it is."),
        ),
    ),
    Letter.PASSWORD_CHANGED: _Words(
        mark("Your password on %(place)s was changed"),
        (
            _HELLO,
            mark("The password of your account @%(username)s was changed. Every browser and "
                 "program that was signed in with it was signed out."),
            mark("If it was not you, choose a new one at once, and tell the administrators:"),
            _FORGOTTEN,
        ),
    ),
    Letter.CHANGE_ADDRESS: _Words(
        mark("Confirm your new address for %(place)s"),
        (
            _HELLO_STRANGER,
            mark("The account @%(username)s on %(place)s is to have this e-mail address. Confirm "
                 "that it is yours:"),
            _LINK,
            _GOOD_ONCE,
            mark("If this account is not yours, do nothing: nothing will change."),
        ),
    ),
    Letter.ADDRESS_CHANGES: _Words(
        mark("Your account on %(place)s is to have another address"),
        (
            _HELLO,
            mark("Your account @%(username)s is to have another e-mail address: %(email)s. It "
                 "changes as soon as that address is confirmed."),
            mark("If it was not you, choose a new password at once: that stops the change."),
            _FORGOTTEN,
        ),
    ),
    Letter.APPROVED: _Words(
        mark("Your account on %(place)s is ready"),
        (
            _HELLO,
            mark("The administrators of %(place)s have let you in. Your username is "
                 "%(username)s. Sign in here:"),
            _LINK,
        ),
    ),
    Letter.REFUSED: _Words(
        mark("Your account on %(place)s"),
        (
            _HELLO,
            mark("The administrators of %(place)s have decided not to make the account "
                 "@%(username)s. What you sent was deleted."),
            mark("They write:"),
            _REASON,
        ),
    ),
    Letter.SOMEBODY_WAITS: _Words(
        mark("Somebody waits to be let in to %(place)s"),
        (
            _HELLO,
            # Counted below, as languages count in their own ways.
            "",
            _LINK,
        ),
    ),
    Letter.SECOND_FACTOR_ON: _Words(
        mark("Your account on %(place)s has a second factor"),
        (
            _HELLO,
            mark("From now on, signing in to your account @%(username)s asks for a code besides "
                 "the password."),
            _TELL,
        ),
    ),
    Letter.SECOND_FACTOR_OFF: _Words(
        mark("Your account on %(place)s has no second factor any more"),
        (
            _HELLO,
            mark("From now on, signing in to your account @%(username)s asks for the password "
                 "alone."),
            _TELL,
        ),
    ),
    Letter.CLAIM_WAITS: _Words(
        mark("Somebody on %(place)s asks for a badge"),
        (
            _HELLO,
            mark("Somebody has stated a profession and asks to have it verified. Decide here:"),
            _LINK,
        ),
    ),
    Letter.BADGE_GRANTED: _Words(
        mark("Your profession is verified on %(place)s"),
        (
            _HELLO,
            mark("The profession that you stated for your account @%(username)s is verified. Your "
                 "badge is visible from now on, here and on the linked instances:"),
            _LINK,
        ),
    ),
    Letter.BADGE_REFUSED: _Words(
        mark("Your profession was not verified on %(place)s"),
        (
            _HELLO,
            mark("What you stated for your account @%(username)s could not be verified. Read why, "
                 "and what you can do, here:"),
            _LINK,
        ),
    ),
}  # fmt: skip


def word_letter(letter: Letter, language: Language, facts: Facts) -> tuple[str, str]:
    """Return the subject and the text of a letter."""
    values = {name: getattr(facts, name) for name in Facts.__slots__}
    words = _WORDS[letter]
    paragraphs = [
        language.gettext(paragraph, **values) if paragraph else _count(language, facts)
        for paragraph in words.paragraphs
        if facts.reason or paragraph not in {_REASON, mark("They write:")}
    ]
    if facts.contact:
        paragraphs.append(language.gettext(_QUESTIONS, **values))
    # What mail programs know as a signature (RFC 3676 §4.3).
    paragraphs.append(f"-- \n{facts.place}")
    return language.gettext(words.subject, **values), "\n\n".join(paragraphs) + "\n"


def _count(language: Language, facts: Facts) -> str:
    return language.ngettext(
        "%(n)d person asks for an account. Decide here:",
        "%(n)d people ask for an account. Decide here:",
        facts.waiting,
    )
