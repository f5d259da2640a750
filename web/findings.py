"""What comparing a claim found, in words: for verifiers, and for its owner in the second person."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.i18n import Language, mark
from core.settings import Settings
from doctors.matching import CHECK_DIGIT, Finding, Match, word_finding
from doctors.models import Claim
from doctors.registers.flagging import FlagReason
from users.openid import providers

# Of other accounts only verifiers read.
_NOT_FOR_OWNERS = frozenset({"holder", "rival"})
_TO_OWNER: Mapping[str, str] = {
    "The account goes by that name: %(name)s.": mark("Your account goes by that name: %(name)s."),
    "The account goes by another name: %(name)s. The badge will say so.": mark(
        "Your account goes by another name: %(name)s. The badge will say so."
    ),
    "They signed on at %(issuer)s, which says no name and no number.": mark(
        "You signed on at %(issuer)s, which says no name and no number."
    ),
    "They signed on at %(issuer)s with this very number.": mark(
        "You signed on at %(issuer)s with this very number."
    ),
    "They signed on at %(issuer)s with another number: %(number)s.": mark(
        "You signed on at %(issuer)s with another number: %(number)s."
    ),
    "%(issuer)s knows them by the same name: %(name)s.": mark(
        "%(issuer)s knows you by the same name: %(name)s."
    ),
    "%(issuer)s knows them by a similar name: %(name)s.": mark(
        "%(issuer)s knows you by a similar name: %(name)s."
    ),
    "%(issuer)s knows them by another name: %(name)s.": mark(
        "%(issuer)s knows you by another name: %(name)s."
    ),
    "%(issuer)s knows them as %(profession)s.": mark("%(issuer)s knows you as %(profession)s."),
    "%(issuer)s knows them as %(profession)s, and not of this profession.": mark(
        "%(issuer)s knows you as %(profession)s, and not of this profession."
    ),
}
# Why a verification has to be looked at again, as the room says it.
_FLAGS: Sequence[tuple[re.Pattern[str], str]] = [
    (re.compile(pattern), words)
    for pattern, words in (
        (
            f"{FlagReason.GONE}|does not have",
            mark("The register does not have this number any more."),
        ),
        (
            f"{FlagReason.PROFESSION}|has another profession",
            mark("The register has another profession."),
        ),
        ("has another name", mark("The register has another name.")),
        ("as a student$", mark("The register lists a student.")),
        ("not as a student any more", mark("The register lists somebody who practises by now.")),
        ("more than a year ago", mark("It rests on documents, and is more than a year old.")),
    )
]


@dataclass(frozen=True, slots=True)
class Said:
    """A finding in words; `verdict` is `ok`, `doubt` or `against`."""

    kind: str
    verdict: str
    text: str


def findings_of(
    claim: Claim, language: Language, settings: Settings, *, to_owner: bool = False
) -> list[Said]:
    """Word what a claim's comparison found; its owner reads nothing of other accounts."""
    names = {one.issuer.rstrip("/"): one.name for one in providers(settings)}
    return [
        _word(finding, language, names, to_owner=to_owner)
        for finding in Match.of(claim.match).findings
        if not (to_owner and finding.kind in _NOT_FOR_OWNERS)
    ]


def _word(
    finding: Finding, language: Language, names: Mapping[str, str], *, to_owner: bool
) -> Said:
    values = dict(finding.values)
    if "issuer" in values:
        issuer = str(values["issuer"])
        values["issuer"] = names.get(issuer.rstrip("/"), issuer)
    words = _TO_OWNER.get(finding.words, finding.words) if to_owner else finding.words
    named = replace(finding, words=words, values=values)
    text = word_finding(named, language.gettext, language.code)
    return Said(finding.kind, finding.verdict.value, text)


def has_typing_error(claim: Claim) -> bool:
    """Tell whether the check digit of a claim's number is wrong."""
    return Match.of(claim.match).verdict_of(CHECK_DIGIT) is not None


def flag_words(language: Language, reason: str | None) -> str:
    """Return in words why a verification has to be looked at again."""
    for pattern, words in _FLAGS:
        if reason and pattern.search(reason):
            return language.gettext(words)
    return reason or ""
