"""A claim held against the register and the evidence: what fits, what does not, what it is worth.

A valid number proves nothing: registers are public. What is found here is read by a verifier, who
decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from core.clock import now, wire_time
from core.errors import InvalidInput
from core.i18n import mark
from doctors.codes import (
    IN_TRAINING,
    RETIRED,
    profession_label,
    specialities_label,
    split_profession,
)
from doctors.models import Assurance, Claim, RegisterEntry
from doctors.names import (
    NameMatch,
    NameReason,
    compare_names,
    is_same_name,
    reason_in_words,
    written_name,
)
from doctors.registers import Register, register_of
from doctors.sign_on_facts import SignOnFacts

Words = Callable[..., str]
CHECK_DIGIT = "check-digit"


class Verdict(StrEnum):
    """What a comparison speaks for."""

    OK = "ok"
    DOUBT = "doubt"
    AGAINST = "against"


@dataclass(frozen=True, slots=True)
class Finding:
    """One comparison: `words` is a msgid, `values` what stands in it, codes still as codes."""

    kind: str
    verdict: Verdict
    words: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """All comparisons, the assurance they propose, and the most that a verifier may give."""

    findings: tuple[Finding, ...]
    proposed: Assurance
    highest: Assurance
    compared_at: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as `Claim.match` keeps it."""
        return asdict(self)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Match:
        """Read what `Claim.match` keeps."""
        findings = (
            Finding(one["kind"], Verdict(one["verdict"]), one["words"], one["values"])
            for one in kept.get("findings", ())
        )
        return cls(
            tuple(findings),
            Assurance(kept.get("proposed", Assurance.DECLARED)),
            Assurance(kept.get("highest", Assurance.DECLARED)),
            str(kept.get("compared_at", "")),
        )

    def verdict_of(self, kind: str) -> Verdict | None:
        """Return what the comparison of a kind speaks for; None where there was none."""
        return next((one.verdict for one in self.findings if one.kind == kind), None)

    @property
    def levels(self) -> tuple[Assurance, ...]:
        """What a verifier may give, the lowest first; a register match only where there is one."""
        is_listed = _is_listed(self.findings)
        return tuple(
            one
            for one in Assurance
            if one.rank <= self.highest.rank
            and (is_listed or one is not Assurance.REGISTER_MATCH)
        )

    @property
    def speaks_against(self) -> bool:
        """Whether anything speaks against the claim."""
        return any(one.verdict is Verdict.AGAINST for one in self.findings)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a claim is held against.

    `cited` says where the register's entries come from and of when, None for a register without
    any here. `holder` and `rival` are other accounts with the number: verified, or claiming it.
    `strong_issuers` are the identity providers that know numbers of registers.
    """

    account_name: str
    entry: RegisterEntry | None = None
    cited: str | None = None
    holder: str | None = None
    rival: str | None = None
    documents: int = 0
    sign_ons: Sequence[SignOnFacts] = ()
    strong_issuers: Sequence[str] = ()


def word_finding(finding: Finding, gettext: Words, locale: str) -> str:
    """Return a finding in words: codes of professions and specialities in the reader's language."""
    values = {}
    for name, value in finding.values.items():
        if name.endswith("profession"):
            value = profession_label(value, locale)
        elif name.endswith("specialities"):
            value = specialities_label(value, locale)
        elif name == "name_reason":
            value = reason_in_words(NameReason(value), locale)
        values[name] = value
    return gettext(finding.words, **values)


def compare(claim: Claim, facts: Facts) -> Match:
    """Hold a claim against all that is known; pure but for the moment that is noted."""
    register = register_of(claim.register_code)
    findings = [
        *_number(claim, register, facts),
        *(_entry(claim, register, facts.entry) if facts.entry is not None else ()),
        *_others(facts),
        _account(claim, facts),
        *(found for one in facts.sign_ons for found in _sign_on(claim, register, one, facts)),
        *_documents(facts),
    ]
    return Match(
        tuple(findings),
        _proposed(findings),
        _highest(findings, facts),
        wire_time(now()),
    )


def _number(claim: Claim, register: Register, facts: Facts) -> list[Finding]:
    values = {"number": claim.number, "register": register.code}
    found = []
    if not register.has_check_digit(claim.number):
        words = mark("The check digit of %(number)s is wrong: perhaps a typing error.")
        found.append(Finding(CHECK_DIGIT, Verdict.DOUBT, words, values))
    if facts.entry is not None:
        words = mark("%(register)s has the number %(number)s (%(cited)s).")
        found.append(
            Finding("number", Verdict.OK, words, values | {"cited": facts.cited or ""})
        )
    elif facts.cited is None:
        words = mark("No entries of %(register)s are held here: the number could not be looked up.")
        found.append(Finding("number", Verdict.DOUBT, words, values))
    else:
        # Some practitioners are withheld from the open files: no entry is no proof against.
        words = mark("%(register)s has no number %(number)s (%(cited)s).")
        found.append(Finding("number", Verdict.DOUBT, words, values | {"cited": facts.cited}))
    return found


def _entry(claim: Claim, register: Register, entry: RegisterEntry) -> list[Finding]:
    return [
        _name(claim, entry),
        _profession(claim, register, entry),
        *_specialities(claim, entry),
    ]


def _name(claim: Claim, entry: RegisterEntry) -> Finding:
    claimed = written_name(given=claim.given_name, family=claim.family_name)
    whose = written_name(given=entry.given_name, family=entry.family_name)
    compared = compare_names(claimed, given=entry.given_name, family=entry.family_name)
    values = {"name": whose, "name_reason": compared.reason.value}
    if compared.match is NameMatch.SAME:
        words = mark("The name is the register’s: %(name)s.")
        return Finding("name", Verdict.OK, words, values)
    if compared.match is NameMatch.PART:
        words = mark("The register has a similar name: %(name)s (%(name_reason)s).")
        return Finding("name", Verdict.DOUBT, words, values)
    words = mark("The register has another name: %(name)s.")
    return Finding("name", Verdict.AGAINST, words, values)


def _profession(claim: Claim, register: Register, entry: RegisterEntry) -> Finding:
    base, variant = split_profession(claim.profession)
    values = {"profession": entry.profession, "claimed_profession": claim.profession}
    if base != split_profession(entry.profession)[0]:
        words = mark("The register has another profession: %(profession)s.")
        return Finding("profession", Verdict.AGAINST, words, values)
    learns = entry.category in register.student_categories
    if learns and variant not in IN_TRAINING:
        words = mark("The register lists a student, not yet in practice: %(claimed_profession)s.")
        return Finding("profession", Verdict.AGAINST, words, values)
    if variant == RETIRED:
        words = mark("The register has %(profession)s; retirement it does not say.")
        return Finding("profession", Verdict.DOUBT, words, values)
    if variant in IN_TRAINING and not learns:
        words = mark("The register lists a practising %(profession)s, not a student.")
        return Finding("profession", Verdict.DOUBT, words, values)
    words = mark("The profession is the register’s: %(profession)s.")
    return Finding("profession", Verdict.OK, words, values | {"profession": claim.profession})


def _specialities(claim: Claim, entry: RegisterEntry) -> list[Finding]:
    if not claim.specialities:
        return []
    missing = [code for code in claim.specialities if code not in entry.specialities]
    if missing:
        words = mark("The register does not have: %(specialities)s.")
        return [Finding("specialities", Verdict.DOUBT, words, {"specialities": missing})]
    words = mark("The specialities are the register’s: %(specialities)s.")
    values = {"specialities": list(claim.specialities)}
    return [Finding("specialities", Verdict.OK, words, values)]


def _others(facts: Facts) -> list[Finding]:
    found = []
    if facts.holder is not None:
        words = mark("The number stands verified for another account here: @%(username)s.")
        found.append(Finding("holder", Verdict.AGAINST, words, {"username": facts.holder}))
    if facts.rival is not None:
        words = mark("@%(username)s claims the same number.")
        found.append(Finding("rival", Verdict.DOUBT, words, {"username": facts.rival}))
    return found


def _account(claim: Claim, facts: Facts) -> Finding:
    values = {"name": facts.account_name}
    claimed = written_name(given=claim.given_name, family=claim.family_name)
    given, family = claim.given_name, claim.family_name
    compared = compare_names(facts.account_name, given=given, family=family)
    if compared.match is NameMatch.SAME or is_same_name(facts.account_name, claimed):
        return Finding("account", Verdict.OK, mark("The account goes by that name: %(name)s."),
                       values)  # fmt: skip
    words = mark("The account goes by another name: %(name)s. The badge will say so.")
    return Finding("account", Verdict.DOUBT, words, values)


def _sign_on(
    claim: Claim, register: Register, facts: SignOnFacts, known: Facts
) -> list[Finding]:
    values: dict[str, Any] = {"issuer": facts.issuer}
    found = [_signed_number(claim, register, facts, known)] if facts.number else []
    name = f"{facts.given_name} {facts.family_name}".strip()
    if name:
        values |= {"name": written_name(given=facts.given_name, family=facts.family_name)}
        compared = compare_names(name, given=claim.given_name, family=claim.family_name)
        verdict, words = _SIGNED_NAME[compared.match]
        found.append(Finding("sign-on-name", verdict, words, values))
    if not found:
        words = mark("They signed on at %(issuer)s, which says no name and no number.")
        found.append(Finding("sign-on", Verdict.DOUBT, words, values))
    if facts.professions and is_strong(facts, known.strong_issuers):
        found.append(_signed_profession(claim, register, facts))
    return found


_SIGNED_NAME = {
    NameMatch.SAME: (Verdict.OK, mark("%(issuer)s knows them by the same name: %(name)s.")),
    NameMatch.PART: (Verdict.DOUBT, mark("%(issuer)s knows them by a similar name: %(name)s.")),
    NameMatch.OTHER: (Verdict.AGAINST, mark("%(issuer)s knows them by another name: %(name)s.")),
}


def _signed_number(
    claim: Claim, register: Register, facts: SignOnFacts, known: Facts
) -> Finding:
    values = {"issuer": facts.issuer, "number": facts.number}
    if not is_strong(facts, known.strong_issuers):
        words = mark("%(issuer)s names a number, %(number)s, but is not one that knows numbers.")
        return Finding("sign-on", Verdict.DOUBT, words, values)
    try:
        is_same = register.normalise(facts.number) == claim.number
    except InvalidInput:
        is_same = False
    if is_same:
        words = mark("They signed on at %(issuer)s with this very number.")
        return Finding("sign-on", Verdict.OK, words, values)
    words = mark("They signed on at %(issuer)s with another number: %(number)s.")
    return Finding("sign-on", Verdict.AGAINST, words, values)


def _signed_profession(claim: Claim, register: Register, facts: SignOnFacts) -> Finding:
    base, variant = split_profession(claim.profession)
    values = {"issuer": facts.issuer, "profession": facts.professions[0]}
    learns = facts.category in register.student_categories
    if base not in facts.professions or (learns and variant not in IN_TRAINING):
        words = mark("%(issuer)s knows them as %(profession)s, and not of this profession.")
        return Finding("sign-on-profession", Verdict.AGAINST, words, values)
    words = mark("%(issuer)s knows them as %(profession)s.")
    return Finding("sign-on-profession", Verdict.OK, words, values | {"profession": base})


def is_strong(facts: SignOnFacts, strong_issuers: Sequence[str]) -> bool:
    """Tell whether who vouches is a provider that knows who holds a register's number."""
    return facts.issuer.rstrip("/") in {one.rstrip("/") for one in strong_issuers}


def _documents(facts: Facts) -> list[Finding]:
    if facts.documents:
        words = mark("Documents to read: %(count)s.")
        return [Finding("documents", Verdict.DOUBT, words, {"count": facts.documents})]
    return []


def _proposed(findings: Sequence[Finding]) -> Assurance:
    verdicts = [(one.kind, one.verdict) for one in findings]
    if any(verdict is Verdict.AGAINST for _, verdict in verdicts):
        return Assurance.DECLARED
    if _is_signed(findings):
        return Assurance.STRONG_AUTH
    if ("sign-on-name", Verdict.OK) in verdicts:
        return Assurance.INSTITUTION_ATTESTED
    return Assurance.REGISTER_MATCH if _is_listed(findings) else Assurance.DECLARED


def _highest(findings: Sequence[Finding], facts: Facts) -> Assurance:
    if _is_signed(findings):
        return Assurance.STRONG_AUTH
    if facts.documents or facts.sign_ons:
        return Assurance.INSTITUTION_ATTESTED
    return Assurance.REGISTER_MATCH if _is_listed(findings) else Assurance.DECLARED


def _is_signed(findings: Sequence[Finding]) -> bool:
    """Tell whether a provider that knows numbers vouches for this one, and for the profession.

    Where it does not say a profession, the register has to.
    """
    verdicts = [(one.kind, one.verdict) for one in findings]
    if any(kind.startswith("sign-on") and v is Verdict.AGAINST for kind, v in verdicts):
        return False
    says_profession = {("sign-on-profession", Verdict.OK), ("profession", Verdict.OK)}
    return ("sign-on", Verdict.OK) in verdicts and bool(says_profession & set(verdicts))


def _is_listed(findings: Sequence[Finding]) -> bool:
    """Tell whether the register has this number for this person in this profession."""
    verdicts = {one.kind: one.verdict for one in findings}
    return all(verdicts.get(kind) is Verdict.OK for kind in ("number", "name", "profession"))
