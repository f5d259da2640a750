"""Why a credential gives no badge: every reason, in one place.

A reason is kept, logged and told by commands as its English sentence. Pages find the sentence here
again and say it in the reader's language, so that what was kept long ago is translated too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from core.i18n import Language, mark


class Reason(StrEnum):
    """What this house finds wanting, with its values: `Reason.NOT_CLINICAL % {"host": host}`."""

    # Who says it.
    NOT_CLINICAL = mark("%(host)s is not a clinical peer")
    NO_AUTHORITY = mark("%(host)s is no authority for doctors of other hosts")
    NO_AUTHORITY_FOR = mark("the issuer is no authority for %(register)s beyond its own host")
    NOT_A_PINNED_PEER = mark("the issuer is not the pinned instance actor of a clinical peer")
    NOT_PINNED_ISSUER = mark("the issuer is not the pinned instance actor")
    NOT_ITS_ORIGIN = mark("the credential is not of its issuer's origin")
    # What is wrong with it.
    NO_PROOF = mark("there is no integrity proof")
    KEY_NOT_ASSERTED = mark("the proof's key is not among the issuer's assertion keys")
    KEY_NOT_PINNED = mark("the proof's key is not the pinned one")
    ABOUT_ANOTHER = mark("the credential is about another actor")
    NOT_VALID_YET = mark("the credential is not valid yet")
    EXPIRED = mark("the credential has expired")
    NO_ASSURANCE = mark("there is no assurance %(word)s")
    ONLY_DECLARED = mark("the profession is only declared")
    # Its status.
    LIST_OF_ANOTHER_ORIGIN = mark("the status list is not of the issuer's origin")
    LIST_ADDRESS_TOO_LONG = mark("the status list's address is too long")
    LIST_OF_ANOTHER_ID = mark("the status list has another id than the credential names")
    LIST_OF_ANOTHER_ISSUER = mark("the status list has another issuer than the credential")
    LIST_NOT_VALID_YET = mark("the status list is not valid yet")
    LIST_EXPIRED = mark("the status list has expired")
    LIST_IS_OLDER = mark("the status list is older than the one we have")
    # It ended.
    REVOKED = mark("revoked by its issuer")
    LIST_SAYS_REVOKED = mark("the status list says that it is revoked")
    ISSUER_BLOCKED = mark("the issuer's host is blocked")
    ISSUER_FORGOTTEN = mark("the issuer's host is not listed any more")
    ISSUER_UNLISTED = mark("the issuer is not on the trust list any more")
    TRUSTED_OTHERWISE = mark("the peer is trusted otherwise now")
    KEY_REPLACED = mark("the issuer's key was replaced")
    KEY_CHANGED = mark("the issuer's key changed and was not confirmed")
    ACTOR_DELETED = mark("the actor is deleted")
    ACCOUNT_DELETED = mark("the account is deleted")


# What fetching and reading say of documents (`federation/`), which knows no pages.
_OF_DOCUMENTS = (
    mark("answered %(status)s"),
    mark("nothing that was issued here"),
    mark("not a credential"),
    mark("the credential is not at its own id"),
    mark("redirected more than %(n)s times"),
    mark("the credential is no PractitionerCredential"),
    mark("the credential has not one subject and one status"),
    mark("the credential's status tells nothing about revocation"),
    mark("the credential lacks a date"),
    mark("the credential lacks a text"),
    mark("the credential's status index is no number"),
    mark("the status index is beyond the list"),
    mark("the document is no status list"),
    mark("the status list tells nothing about revocation"),
    mark("the status list has no issuer"),
    mark("the status list holds no list"),
    mark("the status list is not base64url"),
    mark("the status list cannot be unpacked"),
    mark("the status list is too short or too long"),
    mark("the document cannot be canonicalised"),
    mark("the proof is of another kind"),
    mark("the proof was made for another purpose"),
    mark("the proof has expired"),
    mark("the proof was made in the future"),
    mark("the proof's context is not the document's"),
    mark("the proof is not by this key"),
    mark("the proof's value cannot be read"),
    mark("the document is no JSON object"),
    mark("the document is larger than 1 MiB"),
    mark("the document rearranges its graph"),
    mark("the document's context redefines the words of authority"),
    mark("an object names a property twice"),
    mark("an id is missing"),
)
_VALUE = re.compile(r"%\((\w+)\)s")
# About which document it is stands before what is wrong with it.
_ABOUT = re.compile(r"https?://\S+: ")


def translate_reason(language: Language, reason: str) -> str | None:
    """Return a kept reason in a language; None for one that is not ours to translate."""
    about = _ABOUT.match(reason)
    prefix = about[0] if about else ""
    found = _find(reason.removeprefix(prefix))
    if found is None:
        return None
    words, values = found
    return prefix + language.gettext(words, **values)


def _find(said: str) -> tuple[str, Mapping[str, str]] | None:
    for pattern, words in _PATTERNS:
        if found := pattern.fullmatch(said):
            return words, found.groupdict()
    return None


def _pattern(words: str) -> re.Pattern[str]:
    """Return what fits a sentence with any values in it."""
    parts = _VALUE.split(words)
    return re.compile(
        "".join(
            f"(?P<{part}>.+)" if number % 2 else re.escape(part)
            for number, part in enumerate(parts)
        )
    )


_PATTERNS = tuple((_pattern(words), words) for words in (*Reason, *_OF_DOCUMENTS))
